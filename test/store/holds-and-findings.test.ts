import { expect, it } from 'vitest';
import type { Finding } from '../../src/domain/finding.ts';
import { openStore } from '../../src/store/open.ts';
import { isRolloutId, newRolloutId } from '../../src/store/rollout-id.ts';
import { handClock, host, START, stateDir } from './fixtures.ts';
import { rollout } from './rollout-events.ts';

it('holds a host until its time is over or the hold is lifted', async () => {
  const clock = handClock();
  const store = await openStore(stateDir(), { clock });
  store.hold(host('lilly'), START + 100);
  store.hold(host('aurora'), START + 50);
  clock.set(START + 10);
  store.hold(host('lilly'), START + 200);
  expect(store.holds()).toEqual([
    { host: 'aurora', since: START, until: START + 50 },
    { host: 'lilly', since: START, until: START + 200 },
  ]);
  clock.set(START + 50);
  expect(store.holds().map((row) => row.host)).toEqual(['lilly']);
  store.hold(host('lilly'), START + 50);
  expect(store.holds()).toEqual([]);
  store.close();
});

it('gives findings of a rollout, of a host, of all, the newest first', async () => {
  const store = await openStore(stateDir(), { clock: handClock() });
  const finding = (name: string, check: string): Finding => ({
    kind: 'finding',
    check,
    host: host(name),
    port: 1337,
    ok: false,
    severity: 'high',
    asked: 'version',
    got: '0.5.1',
    advice: 'Upgrade it.',
    tookMs: 3.5,
  });
  store.recordFindings(rollout('r-1'), [finding('lilly', 'a'), finding('aurora', 'b')]);
  store.recordFindings(null, [finding('lilly', 'c')]);
  const checks = (query: {
    readonly rollout?: ReturnType<typeof rollout>;
    readonly host?: ReturnType<typeof host>;
  }) => store.findings({ ...query, limit: 9 }).map((row) => row.finding.check);
  expect(checks({})).toEqual(['c', 'b', 'a']);
  expect(checks({ rollout: rollout('r-1') })).toEqual(['b', 'a']);
  expect(checks({ host: host('lilly') })).toEqual(['c', 'a']);
  expect(checks({ rollout: rollout('r-1'), host: host('lilly') })).toEqual(['a']);
  expect(store.findings({ limit: 1 })).toEqual([{ finding: finding('lilly', 'c'), at: START }]);
  store.close();
});

it('makes rollout ids that sort by time', () => {
  const random = { next: () => 0, hex: (digits: number) => 'f'.repeat(digits) };
  const ids = [START, START + 1, START + 86_400_000].map((now) => newRolloutId(now, random));
  expect(ids.every(isRolloutId)).toBe(true);
  expect([...ids].sort()).toEqual(ids);
  expect(ids[0]).toMatch(/^r-[0-9a-z]{8}ffff$/);
  expect(isRolloutId('1; rm -rf')).toBe(false);
});
