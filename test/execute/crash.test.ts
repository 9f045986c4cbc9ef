import { describe, expect, test } from 'vitest';
import type { Plan } from '../../src/domain/plan.ts';
import { Controller, type Cut } from './controller.ts';
import { MemoryJournal } from './memory-journal.ts';
import { type Fault, ModelRanch } from './model-ranch.ts';
import { builds, planOf } from './plans.ts';
import { leftovers, outcomes } from './told.ts';

interface Scene {
  readonly plan: Plan;
  readonly faults?: readonly Fault[];
  /** Time between the end of one controller and the start of the next. */
  readonly waitMs?: number;
}

function setUp({ plan, faults = [] }: Scene) {
  const ranch = new ModelRanch(plan, builds());
  ranch.breaks(...faults);
  return { ranch, journal: new MemoryJournal() };
}

async function pointsOf(scene: Scene): Promise<readonly string[]> {
  const { ranch, journal } = setUp(scene);
  const controller = new Controller(ranch, scene.plan, journal);
  await controller.run();
  return controller.points;
}

/** Cuts a rollout off at one place, goes on with a new controller, and tells what is wrong then. */
async function cutOff(scene: Scene, at: number, how: Cut): Promise<readonly string[]> {
  const { ranch, journal } = setUp(scene);
  const first = await new Controller(ranch, scene.plan, journal).cutAt(at, how).run();
  const told: string[] = [];
  if (how === 'kill' && first !== 'dead') told.push(`did not die but ${JSON.stringify(first)}`);
  if (how === 'interrupt' && first !== 'dead' && first.kind === 'paused' && first.reason !== 'interrupted')
    told.push(`paused: ${first.reason}`);
  ranch.clock.pass(scene.waitMs ?? 0);
  if (journal.status === 'running' || journal.status === 'paused' || journal.status === undefined) {
    const second = await new Controller(ranch, scene.plan, journal).run();
    if (second === 'dead' || second.kind !== 'ended') told.push(`then ${JSON.stringify(second)}`);
  }
  const ended = outcomes(journal).filter(
    (line) => !/: (changed|reverted( [a-z-]+)?|skipped( interrupted)?)$/.test(line),
  );
  return [...told, ...leftovers(ranch), ...ended];
}

async function everywhere(scene: Scene, how: Cut): Promise<readonly string[]> {
  const points = await pointsOf(scene);
  const wrong: string[] = [];
  for (const [at, what] of points.entries()) {
    let problems: readonly string[];
    try {
      problems = await cutOff(scene, at, how);
    } catch (error) {
      problems = [
        String(error),
        ...String((error as Error).stack)
          .split('\n')
          .slice(1, 3),
      ];
    }
    if (problems.length > 0) wrong.push(`${at} ${what}: ${problems.join('; ')}`);
  }
  expect(points.length).toBeGreaterThan(60);
  return wrong.slice(0, 6);
}

const twoWaves = planOf({ waves: [['h1'], ['h2', 'h3']] });
const baked = planOf({ waves: [['h1'], ['h2']], options: { bakeSeconds: 12 } });

describe.each(['interrupt', 'kill'] as const)('%s', (how) => {
  test.each([
    ['resumed at once', { plan: twoWaves }],
    ['resumed when timers have fired', { plan: twoWaves, waitMs: 40_000 }],
    ['resumed when leases have run out', { plan: twoWaves, waitMs: 1_000_000 }],
    ['with a bake', { plan: baked }],
    [
      'a canary that fails',
      { plan: twoWaves, faults: [{ host: 'h1', command: 'confirm', code: 'verify-failed' }] },
    ],
    [
      'all is taken back',
      {
        plan: planOf({ waves: [['h1'], ['h2', 'h3']], options: { onFailure: 'all' } }),
        faults: [{ host: 'h3', command: 'confirm', code: 'verify-failed' }],
      },
    ],
    [
      'a bake that fails',
      { plan: baked, faults: [{ host: 'h2', command: 'inspect', before: (h) => h.restart(1337) }] },
    ],
  ] satisfies [string, Scene][])('%s', async (_name, scene) => {
    expect(await everywhere(scene, how)).toEqual([]);
  });
});
