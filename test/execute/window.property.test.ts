import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { HostName } from '../../src/domain/brand.ts';
import type { Plan } from '../../src/domain/plan.ts';
import type { Outcome } from '../../src/domain/rollout.ts';
import { DEFAULT_PLAN_OPTIONS } from '../../src/plan/options.ts';
import { planRollout } from '../../src/plan/plan.ts';
import { host, looks, ranchOf, TARGET } from '../plan/given.ts';
import { Controller } from './controller.ts';
import { MemoryJournal } from './memory-journal.ts';
import { type Fault, ModelRanch } from './model-ranch.ts';
import { builds } from './plans.ts';
import { leftovers } from './told.ts';

const ZONES = ['z0', 'z1', 'z2'];

const plans: fc.Arbitrary<Plan> = fc
  .record({
    zones: fc.array(fc.nat({ max: 2 }), { minLength: 1, maxLength: 9 }),
    waits: fc.array(fc.tuple(fc.nat({ max: 8 }), fc.nat({ max: 8 })), { maxLength: 3 }),
    quorums: fc.array(fc.nat({ max: 100 }), { minLength: 3, maxLength: 3 }),
    maxParallel: fc.integer({ min: 1, max: 5 }),
    budget: fc.nat({ max: 9 }),
    bakeSeconds: fc.constantFrom(0, 3),
    onFailure: fc.constantFrom('host', 'wave', 'all'),
  })
  .map(({ zones, waits, quorums, maxParallel, budget, bakeSeconds, onFailure }) => {
    const hosts = zones.map((zone, index) => {
      const after = waits.flatMap(([who, whom]) => (who === index && whom < who ? [`h${whom}`] : []));
      return host(`h${index}`, { zone: ZONES[zone] ?? 'z0', after });
    });
    const ranch = ranchOf(
      hosts,
      quorums.map((percent, index) => ({
        name: ZONES[index] ?? 'z0',
        quorum: { kind: 'percent', percent },
      })),
    );
    const share = { kind: 'count', count: budget } as const;
    const options = { ...DEFAULT_PLAN_OPTIONS, maxParallel, budget: share, bakeSeconds, onFailure };
    return planRollout({
      ranch,
      hosts,
      observations: looks(ranch),
      target: TARGET,
      options,
      now: 0,
    });
  });

/** What may go wrong with a command; a host never refuses to be let go. */
const KINDS: readonly Partial<Fault>[] = [
  { code: 'host-moved' },
  { code: 'unreachable' },
  { lost: 'before' },
  { lost: 'after' },
  { delayMs: 7_000 },
  { delayMs: 61_000 },
];
const COMMANDS = ['lease', 'stage', 'prove-begin', 'arm', 'switch', 'http select', 'confirm', 'release'];

const faults: fc.Arbitrary<readonly Fault[]> = fc.array(
  fc
    .record({
      host: fc.nat({ max: 8 }).map((index) => `h${index}`),
      command: fc.constantFrom(...COMMANDS),
      skip: fc.nat({ max: 1 }),
      kind: fc.constantFrom(...KINDS),
    })
    .filter(({ command, kind }) => command !== 'release' || kind.code !== 'host-moved')
    .map(({ kind, ...fault }): Fault => ({ ...fault, ...kind })),
  { maxLength: 5 },
);

/** Watches a journal: how many hosts are in flight or down, at every moment. */
function watchWindow(plan: Plan, journal: MemoryJournal): readonly string[] {
  const zoneOf = new Map(plan.waves.flatMap(({ hosts }) => hosts.map((each) => [each.host, each.zone])));
  const waveOf = new Map(plan.waves.flatMap((wave) => wave.hosts.map((each) => [each.host, wave])));
  const inFlight = new Set<HostName>();
  const ended = new Map<HostName, Outcome>();
  const broken: string[] = [];
  for (const event of journal.all) {
    if (!('unit' in event)) continue;
    // A confirmed host serves again, and an undo is one at a time.
    if (event.type === 'step-intended' && event.step === 'lease') inFlight.add(event.host);
    if (event.type === 'step-done' && event.step === 'confirm') inFlight.delete(event.host);
    if (event.type === 'unit-ended') {
      inFlight.delete(event.host);
      ended.set(event.host, event.outcome);
    }
    const wave = waveOf.get(event.host);
    if (wave && inFlight.size > wave.maxParallel) broken.push(`${inFlight.size} in flight at ${event.host}`);
    for (const { zone, maxDown } of plan.zones) {
      const down = [...zoneOf].filter(
        ([name, where]) =>
          where === zone &&
          (inFlight.has(name) || ['failed', 'unreachable'].includes(ended.get(name) ?? 'changed')),
      );
      if (down.length > maxDown) broken.push(`${down.length} of ${zone} down at ${event.host}`);
    }
  }
  return broken;
}

test('whatever the plan and whatever fails, no window and no quorum is overrun, and all is tidied up', async () => {
  let most = 0;
  await fc.assert(
    fc.asyncProperty(plans, faults, async (plan, broken) => {
      const ranch = new ModelRanch(plan, builds());
      ranch.breaks(...broken.filter((fault) => [...ranch.hosts.keys()].some((name) => name === fault.host)));
      const journal = new MemoryJournal();
      const end = await new Controller(ranch, plan, journal).run();
      expect(end).toMatchObject({ kind: 'ended' });
      expect(watchWindow(plan, journal)).toEqual([]);
      expect(leftovers(ranch)).toEqual([]);
      const endings = journal.all.filter(({ type }) => type === 'unit-ended');
      expect(endings.length).toBeGreaterThanOrEqual(ranch.hosts.size);
      most = Math.max(most, ...plan.waves.map(({ hosts }) => hosts.length));
    }),
    { numRuns: 150, seed: 20261124 },
  );
  expect(most).toBeGreaterThan(3);
});
