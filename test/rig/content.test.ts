import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { readCandidate } from '../../src/app/content/candidate.ts';
import { carryOutContent, contentExit } from '../../src/app/content/deploy.ts';
import { diffContent, sideOf } from '../../src/app/content/diff.ts';
import { type ContentOrder, previewContent } from '../../src/app/content/preview.ts';
import { rescueContent } from '../../src/app/content/rescue.ts';
import type { MaintainContext } from '../../src/app/maintain/context.ts';
import { stopHost } from '../../src/app/maintain/stop.ts';
import type { ContentOutcome } from '../../src/domain/content.ts';
import { parseCoordinate } from '../../src/sq/coordinate.ts';
import { implode, scrollsOf } from '../../src/sq/phext.ts';
import {
  content,
  contextFor,
  DATA,
  folder,
  hostOf,
  onDisk,
  PHEXT,
  phext as phextFile,
  pidOf,
  rig,
  select,
  serving,
  sha,
  useRig,
} from './maintain-world.ts';
import { sqBinary } from './sq-binary.ts';
import { lostWrites, startWriters } from './writers.ts';

// Hosts on a machine that others use as well: a limit for what hangs.
vi.setConfig({ testTimeout: 600_000 });
useRig();

/** What hosts serve before: one scroll of the content is another, one is gone, one is new. */
function earlier(): Uint8Array {
  const [first, second, ...rest] = scrollsOf(content);
  if (!first || !second) throw new Error('the content has scrolls');
  const extra = { coordinate: parseCoordinate('777.7.7/7.7.7/7.7.7'), bytes: Buffer.from('only before') };
  return implode([{ ...first, bytes: Buffer.from('an earlier beginning') }, ...rest, extra]);
}

async function order(file = phextFile, phext = PHEXT): Promise<ContentOrder> {
  return { phext, ports: [], source: { kind: 'file', candidate: await readCandidate(file) } };
}

const back: ContentOrder = { phext: PHEXT, ports: [], source: { kind: 'kept' } };

async function deploy(context: MaintainContext, wanted: ContentOrder): Promise<readonly ContentOutcome[]> {
  return carryOutContent(context, await previewContent(context, context.ranch.hosts, wanted), wanted);
}

/** A host that serves the earlier content. */
async function withEarlier(
  host: string,
  way: 'unit' | 'user' | 'bare',
  version: '0.5.1' | '0.5.2',
): Promise<MaintainContext> {
  await writeFile(join(folder, 'earlier.phext'), earlier());
  await rig.reset(host);
  await rig.putContent(host, join(folder, 'earlier.phext'), PHEXT, way);
  await rig.startSq(way, host, sqBinary(version));
  return contextFor(hostOf(host, way === 'unit' ? 'root' : 'ranch', {}));
}

describe('content deploy', () => {
  test.each([
    ['h1', 'unit'],
    ['h2', 'user'],
    ['h3', 'bare'],
    ['h4', 'bare'],
  ] as const)(
    'under writers on %s (%s): every scroll is served, no write is lost, and it can go back',
    async (host, way) => {
      const context = await withEarlier(host, way, '0.5.2');
      const writers = startWriters(rig.address(host), 1337, PHEXT);
      await writers.going;
      const [outcome] = await deploy(context, await order());
      const written = await writers.stop();
      expect(outcome).toMatchObject({
        outcome: 'changed',
        verified: { kind: 'written-since', scrolls: expect.any(Number) },
      });
      const live = await onDisk(host, `${DATA[way]}/${PHEXT}.phext`);
      const kept = await onDisk(host, `${outcome?.kept}/${PHEXT}.phext`);
      // acknowledged before the stop: in what is kept; after the start: in what is live
      expect(lostWrites(live, written)).toEqual([]);
      const old = lostWrites(
        kept,
        written.map((one) => ({ ...one, acknowledged: 1 })),
      );
      expect(old).toEqual([]);
      const [first] = scrollsOf(content);
      expect(await select(host, first?.coordinate ?? '')).toBe(Buffer.from(first?.bytes ?? []).toString());
      expect(await select(host, '777.7.7/7.7.7/7.7.7')).toBe('');

      const [again] = await deploy(context, back);
      expect(again).toMatchObject({ outcome: 'changed', verified: { kind: 'served' } });
      expect(sha(await onDisk(host, `${DATA[way]}/${PHEXT}.phext`))).toBe(sha(kept));
      expect(await select(host, '777.7.7/7.7.7/7.7.7')).toBe('only before');
      const left = await rig.run(host, `ls -A ${DATA[way]}/.ranch`);
      expect(left.split('\n').filter((name) => /restore|snapshots|tmp/.test(name))).toEqual([]);
    },
  );

  test('what does not hold goes back by itself, and what was put there is kept', async () => {
    const context = await withEarlier('h1', 'unit', '0.5.2');
    // Somebody's unit appends to what is new to it, so that what is proven and put there is not what is served.
    const file = `${DATA.unit}/${PHEXT}.phext`;
    const appends = `/bin/sh -c "grep -q only.before ${file} || printf appended >>${file}"`;
    await rig.run(
      'h1',
      `sed -i 's|^ExecStart=|ExecStartPre=${appends.replaceAll('|', '\\|')}\\n&|' /etc/systemd/system/sq.service; systemctl daemon-reload`,
    );
    const [outcome] = await deploy(context, await order());
    expect(outcome).toMatchObject({
      outcome: 'reverted',
      trouble: {
        code: 'verify-failed',
        message: expect.stringMatching(/1 changed .*what was there before is back/),
      },
    });
    expect(sha(await onDisk('h1', `${DATA.unit}/${PHEXT}.phext`))).toBe(sha(Buffer.from(earlier())));
    const taken = await onDisk('h1', `${outcome?.kept}/${PHEXT}.phext`);
    expect(sha(taken)).toBe(sha(Buffer.concat([content, Buffer.from('appended')])));
    expect(await select('h1', '777.7.7/7.7.7/7.7.7')).toBe('only before');
    // what was taken back is nothing to roll back to
    const [refused] = await previewContent(context, context.ranch.hosts, back);
    expect(refused?.preview).toMatchObject({ kind: 'refused', trouble: { code: 'no-such-backup' } });
    expect(contentExit(outcome ? [outcome] : [])).toBe(6);
  });

  test('where SQ does not start on it, the old content comes back', async () => {
    const context = await withEarlier('h1', 'unit', '0.5.2');
    await rig.run(
      'h1',
      `sed -i 's|^ExecStart=|ExecStartPre=/bin/grep -q only.before ${DATA.unit}/${PHEXT}.phext\\n&|' /etc/systemd/system/sq.service; systemctl daemon-reload`,
    );
    const [outcome] = await deploy(context, await order());
    expect(outcome).toMatchObject({
      outcome: 'failed',
      trouble: { code: 'switch-failed', message: expect.stringMatching(/the old content is back/) },
    });
    expect(sha(await onDisk('h1', `${DATA.unit}/${PHEXT}.phext`))).toBe(sha(Buffer.from(earlier())));
    expect(await rig.run('h1', `systemctl is-active sq; ls -A ${DATA.unit}/.ranch 2>/dev/null || true`)).toBe(
      'active',
    );
  });

  test('another phext under writers to the primary: none of their writes is lost, and it can be taken away again', async () => {
    const context = await serving('h1', 'unit', '0.5.2');
    await writeFile(join(folder, 'second.phext'), 'one\x17two\x18three');
    const second = await order(join(folder, 'second.phext'), 'second');
    const writers = startWriters(rig.address('h1'), 1337, PHEXT);
    await writers.going;
    const [outcome] = await deploy(context, second);
    const written = await writers.stop();
    expect(outcome).toMatchObject({ outcome: 'changed', verified: { kind: 'served', scrolls: 3 } });
    expect(lostWrites(await onDisk('h1', `${DATA.unit}/${PHEXT}.phext`), written)).toEqual([]);
    expect(await onDisk('h1', `${DATA.unit}/second.phext`)).toEqual(Buffer.from('one\x17two\x18three'));
    const [gone] = await deploy(context, { ...back, phext: 'second' });
    expect(gone).toMatchObject({ outcome: 'changed', verified: { kind: 'not-asked' } });
    expect(await rig.run('h1', `ls ${DATA.unit}`)).toBe(`${PHEXT}.phext`);
  });

  test('a disk without room, and a stopped instance', async () => {
    const context = await withEarlier('h4', 'bare', '0.5.1');
    await stopHost(context, 'h4');
    const [stopped] = await deploy(context, await order());
    expect(stopped).toMatchObject({
      outcome: 'changed',
      downMs: 0,
      verified: { kind: 'not-asked', why: 'it does not run' },
    });
    expect(await pidOf('h4')).toBe('none');
    expect(sha(await onDisk('h4', `${DATA.bare}/${PHEXT}.phext`))).toBe(sha(content));

    const full = await withEarlier('h1', 'unit', '0.5.2');
    const was = await pidOf('h1');
    await rig.run(
      'h1',
      `mkdir -p /tmp/keep && cp -a ${DATA.unit}/${PHEXT}.phext /tmp/keep/ && mount -t tmpfs -o size=11m none ${DATA.unit} && cp -a /tmp/keep/${PHEXT}.phext ${DATA.unit}/`,
    );
    try {
      const [outcome] = await deploy(full, await order());
      expect(outcome).toMatchObject({ outcome: 'failed', trouble: { code: 'disk-full' } });
      expect(await pidOf('h1')).toBe(was);
      const sum = await rig.run('h1', `sha256sum <${DATA.unit}/${PHEXT}.phext; ls -A ${DATA.unit}`);
      expect(sum.split(/\s+/)).toEqual([sha(Buffer.from(earlier())), '-', `${PHEXT}.phext`]);
    } finally {
      await rig.run('h1', `umount ${DATA.unit}; rm -rf /tmp/keep`);
    }
  });
});

describe('content diff and rescue', () => {
  test('two hosts, and what memory holds that the disk does not', async () => {
    await withEarlier('h1', 'unit', '0.5.2');
    await withEarlier('h4', 'bare', '0.5.2');
    const context = contextFor(hostOf('h1', 'root', {}), hostOf('h4', 'ranch', {}));
    const url = `http://${rig.address('h4')}:1337/api/v2/update?p=${PHEXT}&c=555.5.5/5.5.5/5.5.5`;
    await (await fetch(url, { method: 'POST', body: 'written on one' })).text();
    const diff = await diffContent(
      context,
      [sideOf(context.ranch, 'h1'), sideOf(context.ranch, 'h4')],
      PHEXT,
    );
    expect(diff.differences).toEqual([
      { coordinate: '555.5.5/5.5.5/5.5.5', kind: 'added', after: 14, summary: 'written on one' },
    ]);

    // a full disk cuts the file within a character, and SQ holds all of it
    await rig.run('h4', `f=${DATA.bare}/${PHEXT}.phext; printf 'cut \\303' >$f`);
    const file = join(folder, 'rescued.phext');
    const rescued = await rescueContent(context, 'h4', { phext: PHEXT, ports: [], file });
    expect(rescued).toMatchObject({ checksum: expect.any(String), onDisk: 5 });
    const wanted = [
      ...scrollsOf(earlier()),
      { coordinate: parseCoordinate('555.5.5/5.5.5/5.5.5'), bytes: Buffer.from('written on one') },
    ];
    expect(sha(await readFile(file))).toBe(sha(implode(wanted)));
    await expect(
      rescueContent(context, 'h4', { phext: 'other', ports: [], file: `${file}2` }),
    ).rejects.toMatchObject({ code: 'usage', message: expect.stringMatching(/holds that/) });
  });
});
