import { STEPS } from '../domain/rollout.ts';
import { OUTCOME_INK, outcomeSymbol } from './colours.ts';
import { ink, type Line, type Span } from './line.ts';
import type { Mark, ProgressRow } from './progress-row.ts';
import { showBytes, showShortAge } from './quantity.ts';
import type { Ink, Symbols, TimedView } from './style.ts';

/** Columns of an upload's bar. */
const BAR = 20;

/** Columns of each step's cell: its name, and at least a mark and three columns of seconds. */
export const STEP_WIDTHS: readonly number[] = STEPS.map((step) => Math.max(4, step.length));

/** What stands in one row after the host's name. */
export interface RowCells {
  /** A mark for each step from the first on; the steps after them wait or are covered by `note`. */
  readonly marks: readonly Span[];
  /** What there is to say beyond the marks: an upload, a failure, an outcome. */
  readonly note: Line;
}

const MARK_INK: Readonly<Record<Mark, Ink>> = {
  running: 'bold',
  done: 'green',
  failed: 'red',
  reverted: 'magenta',
};

function markSpan(mark: Mark | undefined, symbols: Symbols, age: string): Span {
  if (mark === undefined) return ink('gray', symbols.waiting);
  return ink(MARK_INK[mark], mark === 'running' ? symbols.running + age : symbols[mark]);
}

/** ` 45% of 2.6 MB █████░░░░░`: the number first, since the end may be cut. */
function uploadNote(upload: NonNullable<ProgressRow['upload']>, symbols: Symbols): Line {
  const share = upload.totalBytes > 0 ? Math.min(1, Math.max(0, upload.sentBytes / upload.totalBytes)) : 0;
  const full = Math.floor(share * BAR);
  return [
    `${String(Math.floor(share * 100)).padStart(3)}% of ${showBytes(upload.totalBytes)} `,
    ink('cyan', symbols.full.repeat(full)),
    ink('gray', symbols.empty.repeat(BAR - full)),
  ];
}

function outcomeNote(row: ProgressRow, symbols: Symbols): Line {
  if (row.outcome === undefined) return row.trouble ? [ink('red', row.trouble.message)] : [];
  const word = ink(OUTCOME_INK[row.outcome], `${outcomeSymbol(row.outcome, symbols)} ${row.outcome}`);
  return row.trouble && row.outcome !== 'changed' ? [word, `: ${row.trouble.message}`] : [word];
}

function revertNote(mark: Mark, symbols: Symbols): Line {
  if (mark === 'failed') return [ink('red', `${symbols.failed} revert failed`)];
  return [ink('magenta', `${symbols.reverted} reverted`)];
}

function noteOf(row: ProgressRow, view: TimedView): Line {
  const { symbols } = view.style;
  const { current } = row;
  if (!current) return outcomeNote(row, symbols);
  const age = showShortAge(view.now - current.since);
  if (current.step === 'revert') return [ink('magenta', `${symbols.reverted} reverting ${age}`)];
  if (row.marks.revert !== undefined)
    return [...revertNote(row.marks.revert, symbols), `, ${current.step} ${age}`];
  if (row.upload && current.step === 'stage') return uploadNote(row.upload, symbols);
  return current.attempt > 1 ? [ink('gray', `attempt ${current.attempt}`)] : [];
}

/**
 * The marks and the note of one row. `ages` adds seconds to the mark that runs. After a revert the release is not
 * shown as a step forward: the row ends where it failed.
 */
export function rowCells(row: ProgressRow, ages: boolean, view: TimedView): RowCells {
  const { marks, current } = row;
  const steps = marks.revert === undefined ? STEPS : STEPS.filter((step) => step !== 'release');
  const note = noteOf(row, view);
  const last = steps.reduce((found, step, at) => (marks[step] === undefined ? found : at), -1);
  const shown = note.length > 0 ? steps.slice(0, last + 1) : steps;
  const age = ages && current ? showShortAge(view.now - current.since) : '';
  return { marks: shown.map((step) => markSpan(marks[step], view.style.symbols, age)), note };
}
