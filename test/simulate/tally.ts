import { faultLine } from '../fault-line.ts';

/** A run that broke a promise. */
export interface Broken {
  readonly seed: number;
  readonly wrong: readonly string[];
}

/** What came of many runs: counts by name, plain data that travels between threads. */
export interface Tally {
  runs: number;
  /** Entries of the chronicles: things that happened. */
  happened: number;
  /** Faults that came to pass, by kind. */
  readonly faults: Record<string, number>;
  /** How rollouts ended, and how their units did. */
  readonly rollouts: Record<string, number>;
  readonly units: Record<string, number>;
  /** Scrolls that SQ acknowledged on a full disk and that were gone when it was put back or let go of them. */
  unsaved: number;
  readonly broken: Broken[];
}

export function emptyTally(): Tally {
  return { runs: 0, happened: 0, faults: {}, rollouts: {}, units: {}, unsaved: 0, broken: [] };
}

function addAll(to: Record<string, number>, from: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(from)) to[name] = (to[name] ?? 0) + count;
}

/** Adds one tally to another. */
export function addTally(to: Tally, from: Tally): void {
  to.runs += from.runs;
  to.happened += from.happened;
  to.unsaved += from.unsaved;
  addAll(to.faults, from.faults);
  addAll(to.rollouts, from.rollouts);
  addAll(to.units, from.units);
  to.broken.push(...from.broken);
}

function counts(of: Readonly<Record<string, number>>): string {
  const sorted = Object.entries(of).sort(([a], [b]) => a.localeCompare(b));
  return sorted.map(([name, count]) => `${name} ${count}`).join(', ') || 'none';
}

/** A tally as lines to read. */
export function showTally(tally: Tally): string {
  const faults = Object.values(tally.faults).reduce((sum, count) => sum + count, 0);
  const lost = tally.broken.length;
  return [
    `runs:      ${tally.runs} (${tally.happened} things happened)`,
    `faults:    ${faults} injected: ${counts(tally.faults)}`,
    `rollouts:  ${counts(tally.rollouts)}`,
    `units:     ${counts(tally.units)}`,
    `unsaved:   ${tally.unsaved} scrolls that SQ acknowledged on a full disk were gone, though that had room again when SQ was ended`,
    `survived:  ${tally.runs - lost}`,
    `lost:      ${lost}`,
    // A run that broke a promise did so by one of its faults.
    faultLine(`${tally.runs} simulated runs`, faults, faults - lost),
  ].join('\n');
}
