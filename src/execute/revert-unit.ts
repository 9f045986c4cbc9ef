import { RanchError, type Trouble, troubleOf } from '../domain/errors.ts';
import type { Outcome } from '../domain/rollout.ts';
import type { Lease } from '../host/unit-host.ts';
import { lostOnTheWay, visitUntil } from './connection.ts';
import type { UnitRun } from './execution.ts';
import { endUnit, step } from './step.ts';

/** After its deadline the host's own revert takes a quiet stop and a start. */
const AFTER_DEADLINE_MS = 10_000;

function revertFailed(run: UnitRun, text: string, because: Trouble): RanchError {
  return new RanchError({
    code: 'revert-failed',
    place: run.spec.name,
    message: `${text} (after: ${because.message})`,
    remedy: 'Look at the host now: the old binary lies under `.ranch/releases` beside the new one.',
  });
}

function unreachableWhileArmed(run: UnitRun, seconds: number, because: Trouble): RanchError {
  return new RanchError({
    code: 'unreachable',
    place: run.spec.name,
    message: `could not be reached after its switch (${because.message}); it reverts by itself after ${seconds} s`,
    remedy: 'When it can be reached again, run `ranch sweep` to see what it runs.',
  });
}

/**
 * Puts the old binary back after a failure, or finds that the host did so by itself. Tries for as long as the dead
 * man's switch may take. Gives the outcome and journals it, with what led to it.
 */
export async function revertUnit(run: UnitRun, lease: Lease, cause: unknown): Promise<Outcome> {
  const { control, plan } = run.execution;
  const because = troubleOf(cause, run.spec.name);
  const { deadmanSeconds } = plan.options;
  try {
    const outcome = await visitUntil(run, deadmanSeconds * 1000 + AFTER_DEADLINE_MS, (host) =>
      step(run, 'revert', async () => {
        const text = await host.unit.revert(lease);
        const after = await host.unit.inspect(run.unit.binary, run.unit.instances);
        const wanted = run.unit.from?.sha256;
        const back =
          wanted === undefined
            ? after.running.length === 0
            : after.stopped.length === 0 && after.running.every(({ sha256 }) => sha256 === wanted);
        if (!back) throw revertFailed(run, `the old binary is not back: ${text}`, because);
        await host.unit.release(lease);
        return { facts: { outcome: text }, value: text };
      }),
    );
    void outcome;
    return endUnit(run, 'reverted', cause);
  } catch (error) {
    if (control.signal.aborted) throw error;
    if (!lostOnTheWay(error)) return endUnit(run, 'failed', error);
    return endUnit(run, 'unreachable', unreachableWhileArmed(run, deadmanSeconds, because));
  }
}
