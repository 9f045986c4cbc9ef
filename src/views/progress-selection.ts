import { type Progress, progressRows } from './progress.ts';
import { hasBegun, type ProgressRow } from './progress-row.ts';
import { grouped } from './quantity.ts';

/** Which rows a screen shows, and a word on those that it does not. */
export interface ProgressSelection {
  readonly shown: readonly ProgressRow[];
  /** Absent where every row is shown. */
  readonly rest?: string;
}

type Kind = 'active' | 'bad' | 'waiting' | 'well';

const BAD: readonly (ProgressRow['outcome'] | undefined)[] = [
  'failed',
  'reverted',
  'unreachable',
  'inconclusive',
];

function kindOf(row: ProgressRow): Kind {
  if (row.outcome === undefined) return hasBegun(row) ? 'active' : 'waiting';
  return BAD.includes(row.outcome) ? 'bad' : 'well';
}

function restText(rows: readonly ProgressRow[], shown: ReadonlySet<ProgressRow>): string {
  const counts = new Map<string, number>();
  for (const row of rows) {
    if (shown.has(row)) continue;
    const word = row.outcome ?? (kindOf(row) === 'active' ? 'under way' : 'waiting');
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return `and ${[...counts].map(([word, amount]) => `${grouped(amount)} ${word}`).join(', ')}`;
}

/**
 * At most `lines` rows, the last line of which counts what is not shown. While all fit they keep the order of the
 * plan, so that nothing jumps. Else: those at work (which get at least half of the screen), those that
 * did not end well, those that come next, then the others.
 */
export function progressSelection(progress: Progress, lines: number): ProgressSelection {
  const rows = progressRows(progress);
  if (rows.length <= lines) return { shown: rows };
  const room = Math.max(0, lines - 1);
  const of = (kind: Kind): readonly ProgressRow[] => rows.filter((row) => kindOf(row) === kind);
  const bad = of('bad');
  const active = of('active').slice(0, Math.max(Math.ceil(room / 2), room - bad.length));
  const shown = [...active, ...bad, ...of('waiting'), ...of('well')].slice(0, room);
  return { shown, rest: restText(rows, new Set(shown)) };
}
