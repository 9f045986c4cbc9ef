import { ERROR_CODES, type ExitCode, RanchError, troubleOf } from '../domain/errors.ts';
import { ProblemsError, showProblem } from '../inventory/problem.ts';
import type { Logger } from './log.ts';

/** An error as fields of a log line: code, place, what to do, every problem of a file, the stack of a defect. */
export function troubleFields(error: unknown): Readonly<Record<string, unknown>> {
  const { code, place, message, remedy } = troubleOf(error);
  return {
    code,
    place,
    ...(error instanceof ProblemsError ? { problems: error.problems.map(showProblem) } : { message }),
    remedy,
    ...(error instanceof Error && !(error instanceof RanchError) ? { stack: error.stack } : {}),
  };
}

/** Tells why a run came to nothing; gives the exit code that stands for it. The daemon stays. */
export function tellTrouble(log: Logger, error: unknown, tookMs: number): ExitCode {
  const { code, place, message } = troubleOf(error);
  const [first = ''] = message.split('\n');
  const fields = { event: 'run-skipped', tookMs, ...troubleFields(error) };
  const text = `not run: ${place}: ${first}`;
  if (code === 'interrupted') log.info(fields, text);
  else log.error(fields, text);
  return ERROR_CODES[code];
}
