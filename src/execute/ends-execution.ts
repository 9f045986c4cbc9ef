import { type ErrorCode, RanchError } from '../domain/errors.ts';
import type { Execution } from './execution.ts';

/** What the journal throws: it cannot be written, or it refuses what cannot follow. */
const JOURNAL: readonly ErrorCode[] = ['store-failed', 'store-corrupt', 'illegal-transition'];

/**
 * True for what ends an execution at once, at whatever host it was met: the user wants it to stop, or the journal fails.
 * Neither is a failure of that host's, nor told as one; whoever resumes looks at the host.
 */
export function endsExecution({ control }: Execution, error: unknown): boolean {
  return control.signal.aborted || (error instanceof RanchError && JOURNAL.includes(error.code));
}
