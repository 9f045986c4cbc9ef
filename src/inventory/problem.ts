import { type ErrorCode, RanchError } from '../domain/errors.ts';
import { safe } from './safe-text.ts';

/** One thing that is wrong in a file. */
export interface Problem {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units, as editors count. */
  readonly column: number;
  /** Where in the data: `hosts.aurora.instances[0].port`; empty for the file as a whole. */
  readonly path: string;
  /** What is wrong, with the value and what is allowed; without place and suggestion. */
  readonly message: string;
  /** What was probably meant. */
  readonly suggestion?: string;
}

/** Problems of one file that are told at most: more do not help, and a hostile file must not cost more. */
export const MAX_PROBLEMS = 200;

/** `file:line:column: what is wrong; did you mean "x"?` */
export function showProblem(problem: Problem): string {
  const meant = problem.suggestion === undefined ? '' : `; did you mean "${problem.suggestion}"?`;
  return `${safe(problem.file)}:${problem.line}:${problem.column}: ${problem.message}${meant}`;
}

function inOrder(problems: readonly Problem[]): readonly Problem[] {
  return [...problems].sort((a, b) => a.line - b.line || a.column - b.column);
}

/** Everything that is wrong with a file, told at once. `message` holds a line for each problem. */
export class ProblemsError extends RanchError {
  readonly problems: readonly Problem[];

  /** `more` is true when there were problems beyond the ones given. */
  constructor(code: ErrorCode, file: string, found: readonly Problem[], more = false) {
    const problems = inOrder(found);
    const count = `${more ? 'more than ' : ''}${problems.length} problem${problems.length === 1 ? '' : 's'}`;
    super({
      code,
      place: safe(file),
      message: [count, ...problems.map((problem) => `  ${showProblem(problem)}`)].join('\n'),
      remedy: 'Correct the file and run `ranch check`; nothing was touched.',
    });
    this.problems = problems;
  }
}
