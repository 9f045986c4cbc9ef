import { type Problem, ProblemsError, showProblem } from '../../src/inventory/problem.ts';

/** The problems that `run` throws; none when it throws nothing. Anything else it throws goes on. */
export function problemsOf(run: () => unknown): readonly Problem[] {
  try {
    run();
    return [];
  } catch (error) {
    if (error instanceof ProblemsError) return error.problems;
    throw error;
  }
}

/** The same as lines, as a user reads them. */
export function linesOf(run: () => unknown): readonly string[] {
  return problemsOf(run).map(showProblem);
}
