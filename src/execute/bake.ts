import pLimit from 'p-limit';
import { RanchError } from '../domain/errors.ts';
import { endConfirmed } from './confirm-unit.ts';
import { visit } from './connection.ts';
import type { Execution, UnitRun } from './execution.ts';
import { undoUnit } from './undo-unit.ts';
import type { Confirmed } from './unit-result.ts';

/** Between two looks while a wave bakes: a unit that restarts in a loop is seen at the next. */
const LOOK_EVERY_MS = 5_000;

/** How soon a wish to pause or to abort is heard while a wave bakes. */
const HEAR_EVERY_MS = 500;

/** A unit that is confirmed and waits for its wave's gate. */
export interface Baking {
  readonly run: UnitRun;
  readonly confirmed: Confirmed;
}

export type GateAnswer =
  | { readonly answer: 'pass'; readonly reason: string }
  | { readonly answer: 'fail'; readonly reason: string; readonly failed: readonly Baking[] }
  | { readonly answer: 'inconclusive'; readonly reason: string };

type Look = 'well' | { readonly bad: string } | { readonly unknown: string };

/** Whether the very processes that were confirmed still run. */
async function lookAt({ run, confirmed }: Baking): Promise<Look> {
  try {
    const now = await visit(run, (host) => host.unit.inspect(run.unit.binary, run.unit.instances));
    for (const was of confirmed.running) {
      const is = now.running.find(({ port }) => port === was.port);
      if (!is) return { bad: `SQ on port ${was.port} of ${run.spec.name} is gone` };
      if (is.sha256 !== was.sha256)
        return { bad: `port ${was.port} of ${run.spec.name} runs another binary` };
      if (is.pid !== was.pid || is.startTicks !== was.startTicks) {
        return { bad: `SQ on port ${was.port} of ${run.spec.name} was restarted` };
      }
    }
    return 'well';
  } catch (error) {
    if (run.execution.control.signal.aborted || !(error instanceof RanchError)) throw error;
    return { unknown: `${run.spec.name}: ${error.message}` };
  }
}

/**
 * Does something with each, so many at once as the plan says. What one throws is thrown once all have come to rest: a
 * journal that fails at one must not leave others running, unseen by whoever resumes.
 */
async function forEach<T>(
  { plan }: Execution,
  baking: readonly Baking[],
  act: (one: Baking) => Promise<T>,
): Promise<readonly T[]> {
  const limit = pLimit(plan.options.maxParallel);
  const acts = baking.map((one) => limit(() => act(one)));
  await Promise.allSettled(acts);
  return Promise.all(acts);
}

function lookAtAll(execution: Execution, baking: readonly Baking[]) {
  return forEach(execution, baking, async (one) => ({ one, look: await lookAt(one) }));
}

/** Waits so long, or until the user wants something else; true when the time is over. */
async function waitedFor({ clock, control }: Execution, ms: number): Promise<boolean> {
  const end = clock.monotonic() + ms;
  for (;;) {
    if (control.wants() !== 'run') return false;
    const left = end - clock.monotonic();
    if (left <= 0) return true;
    await clock.sleep(Math.min(HEAR_EVERY_MS, left), control.signal);
  }
}

/** A bake may be long, and so may a pause: nothing is kept on the hosts for it, and a resume watches anew. */
async function breakOff(execution: Execution, baking: readonly Baking[], left: number): Promise<GateAnswer> {
  const { control, plan } = execution;
  const { bakeSeconds } = plan.options;
  const letGo = ({ run, confirmed }: Baking) =>
    visit(run, (host) => host.unit.release(confirmed.lease)).catch(() => {
      // The lease that may be left runs out by itself.
      control.signal.throwIfAborted();
    });
  await forEach(execution, baking, letGo);
  const watched = Math.max(0, Math.floor(bakeSeconds - left / 1000));
  const reason = `asked for after ${watched} s of the ${bakeSeconds} s that its gate watches`;
  return { answer: 'inconclusive', reason };
}

/**
 * Watches a wave's confirmed units, one at least, for the time of the bake. A unit that is not what was confirmed fails
 * the gate at once; one that cannot be reached at the end makes it inconclusive, and so does a user who does not want to
 * wait.
 */
export async function bake(execution: Execution, baking: readonly Baking[]): Promise<GateAnswer> {
  const { clock, plan } = execution;
  const { bakeSeconds } = plan.options;
  const end = clock.monotonic() + bakeSeconds * 1000;
  for (;;) {
    const left = end - clock.monotonic();
    if (left > 0 && !(await waitedFor(execution, Math.min(LOOK_EVERY_MS, left)))) {
      return breakOff(execution, baking, end - clock.monotonic());
    }
    const looks = await lookAtAll(execution, baking);
    const bad = looks.flatMap(({ one, look }) =>
      typeof look === 'object' && 'bad' in look ? [{ one, why: look.bad }] : [],
    );
    if (bad.length > 0) {
      return {
        answer: 'fail',
        reason: bad.map(({ why }) => why).join('; '),
        failed: bad.map(({ one }) => one),
      };
    }
    if (clock.monotonic() < end) continue;
    const unknown = looks.flatMap(({ look }) =>
      typeof look === 'object' && 'unknown' in look ? [look.unknown] : [],
    );
    if (unknown.length > 0) return { answer: 'inconclusive', reason: unknown.join('; ') };
    const units = baking.length === 1 ? '1 unit' : `${baking.length} units`;
    return { answer: 'pass', reason: `${units} ran for ${bakeSeconds} s as confirmed` };
  }
}

/** After the gate: what passed is let go, what failed goes back. Gives each unit's end through the journal. */
export async function endBake(
  execution: Execution,
  baking: readonly Baking[],
  failed: readonly Baking[],
): Promise<void> {
  await forEach(execution, baking, async (one) => {
    if (failed.includes(one)) {
      await undoUnit(one.run);
      return;
    }
    await endConfirmed(one.run, one.confirmed.lease, execution.plan.options.bakeSeconds);
  });
}
