import type { CannedAnswer } from './lab-spec.ts';

/**
 * The answer of a host that runs nothing to every script: `stdout` between the markers that `src/ssh` puts around a
 * script's output, which the host finds in the command itself.
 */
export function cannedScript(stdout: string, exitCode = 0): CannedAnswer {
  return {
    pattern: '([0-9a-f]{16}) ([0-9a-f]{16})-begins',
    stdout: `{0}{1}-begins\n${stdout}{0}{1}-ends ${exitCode}\n`,
    exitCode: 0,
  };
}
