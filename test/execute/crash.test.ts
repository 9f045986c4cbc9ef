import { describe, expect, test } from 'vitest';
import type { Plan } from '../../src/domain/plan.ts';
import { hasEnded, type RolloutStatus } from '../../src/domain/rollout.ts';
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
  /** Where the user asks for an abort; whoever comes next is asked for it at once. */
  readonly abortAt?: string;
  /** How the rollout has to end, wherever it was cut off; not asked where that depends on the place. */
  readonly wants?: RolloutStatus;
}

/** All cuts of a scene are one test, and the machine may have others on it. */
const TIMEOUT_MS = 60_000;

function setUp({ plan, faults = [], abortAt }: Scene) {
  const ranch = new ModelRanch(plan, builds());
  ranch.breaks(...faults);
  const journal = new MemoryJournal();
  const first = new Controller(ranch, plan, journal);
  first.onPoint = (point) => {
    if (point === abortAt) first.wish = 'abort';
  };
  const second = new Controller(ranch, plan, journal);
  if (abortAt !== undefined) second.wish = 'abort';
  return { ranch, journal, first, second };
}

async function pointsOf(scene: Scene): Promise<readonly string[]> {
  const { first } = setUp(scene);
  await first.run();
  return first.points;
}

/** Cuts a rollout off at one place, goes on with a new controller, and tells what is wrong then. */
async function cutOff(scene: Scene, at: number, how: Cut): Promise<readonly string[]> {
  const { ranch, journal, first, second } = setUp(scene);
  const end = await first.cutAt(at, how).run();
  const told: string[] = [];
  if (how === 'kill' && end !== 'dead') told.push(`did not die but ${JSON.stringify(end)}`);
  if (end !== 'dead' && end.kind === 'paused' && end.reason !== 'interrupted') told.push(end.reason);
  ranch.clock.pass(scene.waitMs ?? 0);
  if (journal.status === undefined || !hasEnded(journal.status)) {
    const next = await second.run();
    if (next === 'dead' || next.kind !== 'ended') told.push(`then ${JSON.stringify(next)}`);
  }
  if (scene.wants !== undefined && journal.status !== scene.wants) told.push(`ended ${journal.status}`);
  const ended = outcomes(journal).filter(
    (line) => !/: (changed|reverted( [a-z-]+)?|skipped( interrupted)?)$/.test(line),
  );
  return [...told, ...leftovers(ranch), ...ended];
}

async function everywhere(scene: Scene, how: Cut): Promise<readonly string[]> {
  const points = await pointsOf(scene);
  const wrong: string[] = [];
  for (const [at, what] of points.entries()) {
    const problems = await cutOff(scene, at, how);
    if (problems.length > 0) wrong.push(`${at} ${what}: ${problems.join('; ')}`);
  }
  expect(points.length).toBeGreaterThan(60);
  return wrong;
}

const oneHost = planOf({ waves: [['h1']] });
const twoWaves = planOf({ waves: [['h1'], ['h2']] });
const baked = planOf({ waves: [['h1', 'h2']], options: { bakeSeconds: 12 } });

const takenBack = planOf({ waves: [['h1'], ['h2']], options: { onFailure: 'all' } });

/** The new SQ of a host is found dead at its confirmation. */
function dies(host: string): Fault {
  return { host, command: 'confirm', code: 'verify-failed' };
}

/** SQ of a host is restarted by somebody while it bakes. */
function restarts(host: string): Fault {
  return { host, command: 'inspect', before: (found) => found.restart(1337) };
}

describe.each(['interrupt', 'kill'] as const)('%s', (how) => {
  test.each([
    ['resumed at once', { plan: twoWaves, wants: 'completed' }],
    ['resumed when timers have fired', { plan: oneHost, waitMs: 40_000 }],
    ['resumed when leases have run out', { plan: oneHost, waitMs: 1_000_000 }],
    ['with a bake', { plan: baked, wants: 'completed' }],
    ['a canary that fails', { plan: twoWaves, faults: [dies('h1')] }],
    ['all is taken back', { plan: takenBack, faults: [dies('h2')] }],
    ['a bake that fails', { plan: baked, faults: [restarts('h2')] }],
    ['an abort', { plan: twoWaves, abortAt: 'appended step-done h2 prove', wants: 'aborted' }],
  ] satisfies [string, Scene][])(
    '%s',
    async (_name, scene) => {
      expect(await everywhere(scene, how)).toEqual([]);
    },
    TIMEOUT_MS,
  );
});
