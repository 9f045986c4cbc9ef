import { expect, test } from 'vitest';
import type { HostDrift, InstanceDrift } from '../../src/domain/drift.ts';
import { withStore } from '../../src/store/open.ts';
import { drift, handClock, host, reached, START, sha, stateDir } from './fixtures.ts';

const clock = handClock();

/** Instances that say less of themselves than a port. */
const ODD: readonly InstanceDrift[] = [
  { state: 'not-installed', reason: 'nothing is there' },
  { state: 'stopped', reason: 'it does not run', binary: '/opt/sq' },
  { state: 'stopped', reason: 'it does not run', binary: '/opt/sq' },
  { state: 'stopped', reason: 'it does not run', dataDir: '/var/lib/sq' },
  { state: 'unknown', reason: 'it cannot be read', port: 1337, runningSha: sha('3') },
];

const lilly = (instances: readonly InstanceDrift[]): HostDrift => ({
  ...drift('lilly', 'unknown'),
  instances,
});

test('instances without a port are told apart by their binary, their data or their place in the list', async () => {
  await withStore(stateDir(), { clock }, async (store) => {
    store.recordSweep({ id: 's1', at: START, tookMs: 1 }, [reached('lilly')], [lilly(ODD)]);
    const names = store.driftHistory(host('lilly'), 9).map(({ instance }) => instance);
    expect(names.reverse()).toEqual([undefined, '?', '/opt/sq', '/opt/sq #2', '/var/lib/sq', ':1337']);
    const last = store.driftHistory(host('lilly'), 1)[0];
    expect(last).toMatchObject({ instance: ':1337', sha: sha('3'), current: true });
    expect(last).not.toHaveProperty('version');
  });
});

test('an instance that is gone ends its stretch; one of a host that was not reached goes on', async () => {
  await withStore(stateDir(), { clock }, async (store) => {
    const sweep = (id: string, at: number, there: boolean, instances: readonly InstanceDrift[]) =>
      store.recordSweep({ id, at, tookMs: 1 }, there ? [reached('lilly')] : [], [lilly(instances)]);
    sweep('s1', START, true, ODD.slice(4));
    sweep('s2', START + 1, false, []);
    const currents = () =>
      store
        .driftHistory(host('lilly'), 9)
        .filter(({ instance, current }) => instance !== undefined && current)
        .map(({ instance }) => instance);
    expect(currents()).toEqual([':1337']);
    sweep('s3', START + 2, true, []);
    expect(currents()).toEqual([]);
    sweep('s4', START + 3, true, [{ state: 'behind', reason: 'old', port: 1337, runningSha: sha('3') }]);
    sweep('s5', START + 4, true, [{ state: 'in-sync', reason: 'new', port: 1337, runningSha: sha('3') }]);
    expect(store.driftHistory(host('lilly'), 2).map(({ state }) => state)).toEqual(['in-sync', 'behind']);
  });
});

test('a host that was never seen has no history', async () => {
  await withStore(stateDir(), { clock }, async (store) => {
    expect(store.driftHistory(host('nobody'), 9)).toEqual([]);
    store.recordSweep({ id: 's1', at: START, tookMs: 1 }, [reached('lilly')], [drift('lilly', 'behind')]);
    expect(store.driftHistory(host('nobody'), 9)).toEqual([]);
  });
});
