import { describe, expect, it } from 'vitest';
import { openStore } from '../../src/store/open.ts';
import { slowness } from '../machine-speed.ts';
import { drift, handClock, host, reached, START, sha, stateDir, unreachable } from './fixtures.ts';

const MINUTE = 60_000;

describe('recordSweep', () => {
  it('gives back what was seen, to the last field', async () => {
    const store = await openStore(stateDir(), { clock: handClock() });
    const seen = reached('lilly');
    store.recordSweep({ id: 's1', at: START, tookMs: 12.5 }, [seen], [drift('lilly', 'in-sync')]);
    expect(store.latestObservations()).toEqual([{ observation: seen, sweep: 's1' }]);
    expect(store.latestDrift()).toEqual([{ ...drift('lilly', 'in-sync'), since: START }]);
    expect(store.sweeps(5)).toEqual([
      { id: 's1', at: START, tookMs: 12.5, hosts: 1, reached: 1, drifted: 0 },
    ]);
    store.close();
  });

  it('keeps since while the state stays, and starts a stretch when state or sha change', async () => {
    const store = await openStore(stateDir(), { clock: handClock() });
    const seen = [
      ['behind', '1'],
      ['behind', '1'],
      ['behind', '2'],
      ['in-sync', '2'],
    ] as const;
    for (const [index, [state, digit]] of seen.entries()) {
      const at = START + index * MINUTE;
      store.recordSweep(
        { id: `s${index}`, at, tookMs: 1 },
        [reached('lilly', at)],
        [drift('lilly', state, at, digit)],
      );
    }
    const history = store.driftHistory(host('lilly'), 10);
    const brief = (whole: boolean) =>
      history
        .filter(({ instance }) => (instance === undefined) === whole)
        .map(({ state, sha: of, since, lastSeen, current }) => [
          state,
          of,
          (since - START) / MINUTE,
          (lastSeen - START) / MINUTE,
          current,
        ]);
    expect(brief(true)).toEqual([
      ['in-sync', undefined, 3, 3, true],
      ['behind', undefined, 0, 2, false],
    ]);
    expect(brief(false)).toEqual([
      ['in-sync', sha('2'), 3, 3, true],
      ['behind', sha('2'), 2, 2, false],
      ['behind', sha('1'), 0, 1, false],
    ]);
    expect(history.find(({ current }) => !current)?.reason).toBe(`is behind at ${START + 2 * MINUTE}`);
    store.close();
  });

  it('says since when a host is unreachable, and what it last looked like', async () => {
    const store = await openStore(stateDir(), { clock: handClock() });
    const good = reached('lilly', START);
    const sweep = (index: number) => ({ id: `s${index}`, at: START + index * MINUTE, tookMs: 1 });
    store.recordSweep(sweep(0), [good], [drift('lilly', 'in-sync')]);
    for (const index of [1, 2]) {
      const at = START + index * MINUTE;
      const lost = { ...drift('lilly', 'unreachable', at), instances: [] };
      store.recordSweep(sweep(index), [unreachable('lilly', at)], [lost]);
    }
    expect(store.latestObservations()).toEqual([
      {
        observation: unreachable('lilly', START + 2 * MINUTE),
        sweep: 's2',
        unreachableSince: START + MINUTE,
        lastReached: good,
      },
    ]);
    expect(store.latestDrift()[0]?.since).toBe(START + MINUTE);

    const back = START + 3 * MINUTE;
    store.recordSweep(sweep(3), [reached('lilly', back)], [drift('lilly', 'in-sync', back)]);
    expect(store.latestObservations()[0]).toEqual({ observation: reached('lilly', back), sweep: 's3' });
    expect(store.latestDrift()[0]?.since).toBe(back);
    const instance = store.driftHistory(host('lilly'), 10).filter((row) => row.instance === ':1337');
    expect(instance.map(({ since }) => since)).toEqual([START]);
    store.close();
  });

  it('ends the stretch of an instance that a reached host no longer has', async () => {
    const store = await openStore(stateDir(), { clock: handClock() });
    const one = drift('lilly', 'in-sync');
    store.recordSweep({ id: 's1', at: START, tookMs: 1 }, [reached('lilly')], [one]);
    store.recordSweep(
      { id: 's2', at: START + 1, tookMs: 1 },
      [reached('lilly')],
      [{ ...one, instances: [] }],
    );
    const row = store.driftHistory(host('lilly'), 10).find(({ instance }) => instance === ':1337');
    expect(row).toMatchObject({ current: false, lastSeen: START });
    store.close();
  });

  it('records nothing of a sweep with one record that could not be read again', async () => {
    const store = await openStore(stateDir(), { clock: handClock() });
    const broken = { ...reached('lilly'), uptimeSeconds: Number.NaN };
    const record = () =>
      store.recordSweep({ id: 's1', at: START, tookMs: 1 }, [reached('aurora'), broken], []);
    expect(record).toThrow(expect.objectContaining({ code: 'internal', place: 'observation of lilly' }));
    expect(store.latestObservations()).toEqual([]);
    expect(store.sweeps(5)).toEqual([]);
    store.close();
  });

  it('forgets a host and says whether there was anything', async () => {
    const store = await openStore(stateDir(), { clock: handClock() });
    store.recordSweep(
      { id: 's1', at: START, tookMs: 1 },
      [reached('a'), reached('b')],
      [drift('a', 'behind'), drift('b', 'behind')],
    );
    store.hold(host('a'), START + MINUTE);
    expect(store.forget(host('a'))).toBe(true);
    expect(store.forget(host('a'))).toBe(false);
    expect(store.latestObservations().map(({ observation }) => observation.host)).toEqual(['b']);
    expect(store.latestDrift().map((row) => row.host)).toEqual(['b']);
    expect(store.driftHistory(host('a'), 5)).toEqual([]);
    expect(store.holds()).toEqual([]);
    store.close();
  });

  it('takes 5,000 hosts in a few seconds of CPU at most, and gives them back', async () => {
    const store = await openStore(stateDir(), { clock: handClock() });
    const names = Array.from({ length: 5_000 }, (_, index) => `host-${index}`);
    const cpuMs = (at: number) => {
      const observations = names.map((name) => reached(name, at));
      const drifts = names.map((name) => drift(name, 'in-sync', at));
      const from = process.cpuUsage();
      store.recordSweep({ id: `s${at}`, at, tookMs: 1 }, observations, drifts);
      const { user, system } = process.cpuUsage(from);
      return (user + system) / 1_000;
    };
    // The best of three: the first also compiles the code. About 0.4 s on a quiet machine; what this is to catch is a
    // cost that grows faster than the ranch.
    expect(Math.min(cpuMs(START), cpuMs(START + 1), cpuMs(START + 2))).toBeLessThan(3_000 * slowness());
    expect(store.latestDrift()).toHaveLength(5_000);
    expect(store.latestObservations()).toHaveLength(5_000);
    store.close();
  });
});
