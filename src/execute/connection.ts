import { ERROR_CODES, EXIT, RanchError } from '../domain/errors.ts';
import type { VisitOptions } from '../domain/ports.ts';
import type { HostLink } from '../host/access.ts';
import type { Execution, UnitRun } from './execution.ts';

type Which = Pick<VisitOptions, 'keep' | 'reuse'>;

/** A whole visit: an upload over a slow link is the longest part. */
const VISIT_DEADLINE_MS = 900_000;
/** Between two tries to reach a host that is armed: its timer is running, so not long. */
const RETRY_MS = 500;
/** How long a host that was lost is tried again only to tidy up: what is left there ends by itself as well. */
export const LET_GO_MS = 10_000;

/** One visit to the unit's host, over a fresh connection unless `which` allows a kept one. */
export function visit<T>(run: UnitRun, use: (host: HostLink) => Promise<T>, which: Which = {}): Promise<T> {
  const { signal } = run.execution.control;
  return run.execution.access.withHost(run.spec, use, { ...which, deadlineMs: VISIT_DEADLINE_MS, signal });
}

/** True for what happened on the way to a host, not on it: nobody knows whether the command arrived. */
export function lostOnTheWay(error: unknown): boolean {
  return error instanceof RanchError && ERROR_CODES[error.code] === EXIT.unreachable;
}

/**
 * True when the connection to the host itself is gone. A refusal or a silence of SQ's own port has such a code as
 * well, but comes from the host: then SQ is what failed.
 */
export function connectionLost(error: unknown): boolean {
  if (!lostOnTheWay(error) || !(error instanceof RanchError)) return false;
  return error.code !== 'connection-refused' && error.code !== 'deadline';
}

/**
 * True for what ends an execution because the user wants it to stop at once. A host's own failure is that too then:
 * it is in the journal, and its consequence is drawn by whoever resumes. A defect is not.
 */
export function isInterruption({ control }: Execution, error: unknown): boolean {
  if (!control.signal.aborted) return error instanceof RanchError && error.code === 'interrupted';
  if (!(error instanceof RanchError)) return error === control.signal.reason;
  return error.code !== 'illegal-transition' && error.code !== 'internal';
}

/**
 * A visit that is tried again, each time over a fresh connection, until `forMs` are over. Only for commands that can
 * be repeated.
 */
export async function visitUntil<T>(
  run: UnitRun,
  forMs: number,
  use: (host: HostLink) => Promise<T>,
  which: Pick<Which, 'keep'> = {},
): Promise<T> {
  const { clock, control } = run.execution;
  const end = clock.monotonic() + forMs;
  for (;;) {
    try {
      return await visit(run, use, which);
    } catch (error) {
      if (!lostOnTheWay(error) || control.signal.aborted || clock.monotonic() + RETRY_MS >= end) throw error;
      await clock.sleep(RETRY_MS, control.signal);
    }
  }
}
