import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lockHolder, withExclusive } from '../../src/store/lock.ts';
import { openStore } from '../../src/store/open.ts';
import { startChild } from './child.ts';
import { handClock, host, START, stateDir } from './fixtures.ts';

const holder = { command: 'ranch stop lilly', clock: handClock() };

describe('withExclusive', () => {
  it('keeps another process out, names it, and is free as soon as that one was killed', async () => {
    const dir = stateDir();
    const child = await startChild('child-locks.ts', [dir]);
    expect(await child.line()).toBe('locked');
    const refused = withExclusive(dir, holder, () => Promise.resolve('in'));
    await expect(refused).rejects.toMatchObject({
      code: 'state-locked',
      exitCode: 4,
      place: dir,
      message: expect.stringMatching(
        new RegExp(`ranch rollout 0\\.5\\.2.*pid ${child.process.pid} .*since 20`),
      ),
    });
    expect(await lockHolder(dir)).toMatchObject({ pid: child.process.pid, command: 'ranch rollout 0.5.2' });

    await child.kill();
    expect(await lockHolder(dir)).toBeUndefined();
    expect(await withExclusive(dir, holder, () => Promise.resolve('in'))).toBe('in');
  });

  it('does not hinder reading, nor recording', async () => {
    const dir = stateDir();
    await withExclusive(dir, holder, async () => {
      const store = await openStore(dir, { clock: handClock() });
      store.hold(host('lilly'), START + 1);
      const reader = await openStore(dir, { clock: handClock(), readOnly: true });
      expect(reader.holds()).toHaveLength(1);
      reader.close();
      store.close();
    });
  });

  it('is exclusive within one process too, and let go of when the work throws', async () => {
    const dir = stateDir();
    await withExclusive(dir, holder, async () => {
      const second = withExclusive(dir, holder, () => Promise.resolve());
      await expect(second).rejects.toMatchObject({ code: 'state-locked' });
      expect(await lockHolder(dir)).toMatchObject({ pid: process.pid, since: START });
      expect(statSync(join(dir, 'lock')).mode & 0o777).toBe(0o600);
      expect(statSync(join(dir, 'lock.json')).mode & 0o777).toBe(0o600);
    });
    const failing = withExclusive(dir, holder, () => Promise.reject(new Error('on purpose')));
    await expect(failing).rejects.toThrow('on purpose');
    expect(existsSync(join(dir, 'lock.json'))).toBe(false);
    await withExclusive(dir, holder, () => Promise.resolve());
  });

  it.each([
    ['torn', '{"pid": 7, "mach'],
    ['of another shape', '{"pid": "seven"}'],
    ['gone', undefined],
  ])('is held though the note of who holds it is %s', async (_, note) => {
    const dir = stateDir();
    await withExclusive(dir, holder, async () => {
      if (note === undefined) rmSync(join(dir, 'lock.json'));
      else writeFileSync(join(dir, 'lock.json'), note);
      await expect(withExclusive(dir, holder, () => Promise.resolve())).rejects.toMatchObject({
        code: 'state-locked',
        message: 'is in use by another ranch that has just started',
      });
      expect(await lockHolder(dir)).toBeUndefined();
    });
  });

  it('tells of a note or a lock that cannot be read', async () => {
    const dir = stateDir();
    await withExclusive(dir, holder, async () => {
      rmSync(join(dir, 'lock.json'));
      mkdirSync(join(dir, 'lock.json'));
      await expect(lockHolder(dir)).rejects.toMatchObject({ code: 'store-failed' });
      rmSync(join(dir, 'lock.json'), { recursive: true });
    });
    rmSync(join(dir, 'lock'));
    mkdirSync(join(dir, 'lock'));
    await expect(lockHolder(dir)).rejects.toMatchObject({ code: 'store-failed' });
  });

  it('makes nothing by looking', async () => {
    const dir = stateDir();
    expect(await lockHolder(dir)).toBeUndefined();
    expect(existsSync(dir)).toBe(false);
  });
});
