import type { Target } from '../../../src/sq/requests.ts';
import type { RunningSq, Subject } from '../subject.ts';

/** One line of the contract: something to try, and what it gives. */
export interface Row {
  readonly what: string;
  /** Arguments after `host PORT`; `--data-dir data` when not given. A row with its own has a server of its own. */
  readonly args?: readonly string[];
  /** True for what a server does not survive, or what must be its first request. */
  readonly fresh?: boolean;
  /** Which subjects it is about; all when not given. */
  readonly only?: (subject: Subject) => boolean;
  /** `at` names a phext that no other row uses. */
  readonly attempt: (sq: RunningSq, at: Target) => Promise<unknown>;
  /** What `attempt` resolves to, the same for all subjects or by subject. */
  readonly gives: unknown | ((subject: Subject) => unknown);
}

/** 0.5.1 and older. */
export function isFragile(subject: Subject): boolean {
  return subject.version === '0.5.1';
}

export function isStable(subject: Subject): boolean {
  return !isFragile(subject);
}
