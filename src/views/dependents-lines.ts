/** An instance that was stopped or started, as far as the systemd units that need it go. */
export interface Depended {
  /** `stopped`, `started`, `already-running`, ... */
  readonly state: string;
  readonly dependents: readonly string[];
  readonly stillDown: readonly string[];
}

/** What happened to the systemd units that need an instance: an indented line each, none where there is nothing to tell. */
export function dependentsLines({ state, dependents, stillDown }: Depended): readonly string[] {
  const what = state.endsWith('stopped')
    ? 'needs it and is down with it; `ranch start` brings it back'
    : 'went down with it and is back';
  return [
    ...dependents.map((unit) => `  ${unit} ${what}`),
    ...stillDown.map(
      (unit) => `  ${unit} went down with it and does not come back: see \`systemctl status ${unit}\``,
    ),
  ];
}
