import { describe, expect, test } from 'vitest';
import { driftOf } from '../../src/plan/drift.ts';
import { binary, host, NEW, NEWER, OLD, PATH, reached, server, sha, TARGET, v } from './given.ts';

const runs = (sha256: typeof OLD, version?: string) =>
  ({ sha256, ...(version === undefined ? {} : { version: v(version) }) }) as const;

describe('instances', () => {
  test('are matched by port, and the host shows the worst', () => {
    const spec = host('a', { instances: [{ port: 1337 }, { port: 1339 }] });
    const seen = reached('a', {
      servers: [server({ port: 1339 }), server({ running: runs(NEWER, '0.5.6') })],
    });
    const drift = driftOf(spec, seen, TARGET);
    expect(drift.instances.map(({ port, state }) => [port, state])).toEqual([
      [1337, 'ahead'],
      [1339, 'behind'],
    ]);
    expect(drift.state).toBe('behind');
    expect(drift.reason).toMatch(/^port 1339: /);
  });

  test('tell what runs, from where and on which data', () => {
    const [instance] = driftOf(
      host('a'),
      reached('a', { servers: [server({ running: runs(OLD, '0.4.5') })] }),
      TARGET,
    ).instances;
    expect(instance).toMatchObject({
      runningSha: OLD,
      runningVersion: '0.4.5',
      binary: PATH,
      dataDir: '/var/lib/sq',
    });
  });

  test('that start are found by the port they were asked for', () => {
    const { port: _, ...starting } = server();
    expect(driftOf(host('a'), reached('a', { servers: [starting] }), TARGET).state).toBe('behind');
    const portless = { ...starting, args: ['--config', 'x'] };
    expect(
      driftOf(host('a', { instances: [] }), reached('a', { servers: [portless] }), TARGET),
    ).toMatchObject({
      state: 'unknown',
      reason: expect.stringMatching(/listens on no port/),
    });
    expect(
      driftOf(host('a'), reached('a', { servers: [{ ...starting, args: ['host', 'x'] }] }), TARGET).reason,
    ).toMatch(/port unknown|binary/);
  });

  test('are found through a symbolic link', () => {
    const link = binary(NEW, { path: '/bin/sq', realPath: PATH });
    const seen = reached('a', { servers: [server({ replaced: true })], binaries: [link] });
    expect(driftOf(host('a'), seen, TARGET).state).toBe('restart-needed');
  });

  test('without a version get it from what is known', () => {
    const known = new Map([
      [OLD, v('0.4.5')],
      [sha('9'), v('0.1.0')],
    ]);
    expect(driftOf(host('a'), reached('a'), TARGET, known).reason).toBe('runs 0.4.5, target is 0.5.2');
    expect(driftOf(host('a'), reached('a'), { version: v('0.4.4'), artifacts: [] }, known).state).toBe(
      'ahead',
    );
  });
});
