/** One finding, as a check prints it with `--json`. */
export interface Told {
  readonly check: string;
  readonly host: string;
  readonly ok: boolean;
  readonly severity: string;
  readonly got: string;
}

/** The findings that a check printed, one a line. */
export function toldIn(stdout: string): readonly Told[] {
  return stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]));
}
