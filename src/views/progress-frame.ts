import { STEPS } from '../domain/rollout.ts';
import { STATUS_INK } from './colours.ts';
import { budgetUsed, hostStands, standTally, type UnitStand } from './host-stands.ts';
import { ink, type Line, renderCell, renderLine } from './line.ts';
import { type Progress, progressRows } from './progress.ts';
import { rowCells, STEP_WIDTHS } from './progress-cells.ts';
import { hasBegun, type ProgressRow } from './progress-row.ts';
import { progressSelection } from './progress-selection.ts';
import { showDuration, showShortAge } from './quantity.ts';
import type { TimedView } from './style.ts';
import { towards } from './towards.ts';

/** Columns of all step cells with a space before each. */
const STEPS_WIDTH = STEP_WIDTHS.reduce((sum, width) => sum + width + 1, 0);

/** Columns of a host's name at most; a fully qualified name is cut. */
const MAX_NAME = 28;

/** Columns of `✓ changed`; with less, the marks of all steps say it. */
const LEAST_CHANGED = 9;

/** The size of the screen beside the rest of a view. */
export interface Screen extends TimedView {
  readonly height: number;
}

function waveText(progress: Progress): string {
  const wave = progress.wave === undefined ? undefined : progress.waves[progress.wave];
  return wave === undefined
    ? ''
    : `wave ${(progress.wave ?? 0) + 1} of ${progress.waves.length}: ${wave.name}`;
}

function heading(progress: Progress, used: number, view: TimedView): Line {
  const { what, way } = towards(progress);
  const budget = `budget ${used} of ${progress.budget} used`;
  const { startedAt, endedAt } = progress;
  const wave = waveText(progress);
  const parts: Line = [
    ink('bold', `${what} ${way}`),
    ink(STATUS_INK[progress.status], progress.status),
    ...(startedAt === undefined ? [] : [showDuration((endedAt ?? view.now) - startedAt)]),
    used > 0 ? ink('yellow', budget) : budget,
    ...(wave === '' ? [] : [wave]),
  ];
  return parts.flatMap((part, index) => (index === 0 ? [part] : [` ${view.style.symbols.dot} `, part]));
}

function unitStand(row: ProgressRow): UnitStand {
  const begun = hasBegun(row);
  return row.outcome === undefined
    ? { host: row.host, begun }
    : { host: row.host, begun, outcome: row.outcome };
}

/** The names of the steps over their columns. */
function titles(name: number): Line {
  const steps = STEPS.map((step, at) => ` ${step.padEnd(STEP_WIDTHS[at] ?? 0)}`).join('');
  return [ink('gray', `${'HOST'.padEnd(name)} ${steps}`)];
}

function wideRow(row: ProgressRow, name: number, view: TimedView): string {
  const { marks, note } = rowCells(row, true, view);
  let used = name + 1;
  let text = `${renderCell([row.label], name, 'left', view.style)} `;
  marks.forEach((mark, at) => {
    const width = Math.min(STEP_WIDTHS[at] ?? 1, Math.max(0, view.width - used - 1));
    text += ` ${renderCell([mark], width, 'left', view.style)}`;
    used += width + 1;
  });
  const room = view.width - used - 1;
  const known = row.outcome === 'changed' && room < LEAST_CHANGED;
  if (note.length === 0 || known || room < 1) return text.trimEnd();
  return `${text} ${renderLine(note, { ...view, width: room })}`;
}

function narrowRow(row: ProgressRow, name: number, view: TimedView): string {
  const { note, marks } = rowCells(row, false, view);
  const { current } = row;
  const padding = ' '.repeat(STEPS.length - marks.length);
  const step = current ? [`${current.step} ${showShortAge(view.now - current.since)} `] : [];
  const label = renderCell([row.label], name, 'left', view.style);
  return `${label} ${renderLine([...marks, padding, ' ', ...step, ...note], { ...view, width: view.width - name - 1 })}`;
}

/**
 * A rollout under way as a frame for a terminal: what it does, how far it is, and hosts as rows with steps as columns. At
 * most `height - 1` lines (the cursor needs one) and never wider than `width`. Where not all hosts fit,
 * those that are at work and those that failed are shown first and the rest is counted.
 */
export function progressFrame(progress: Progress, screen: Screen): readonly string[] {
  const stands = hostStands(progressRows(progress).map(unitStand));
  const widest = Math.max(progress.labelWidth, 'HOST'.length);
  const wide = screen.width >= Math.min(widest, 16) + 1 + STEPS_WIDTH;
  const name = Math.min(
    widest,
    MAX_NAME,
    wide ? screen.width - STEPS_WIDTH - 1 : Math.floor(screen.width / 3),
  );
  const reason: readonly Line[] = progress.reason === undefined ? [] : [[ink('yellow', progress.reason)]];
  const above: readonly Line[] = [
    heading(progress, budgetUsed(stands), screen),
    standTally(stands),
    ...reason,
    [],
    ...(wide ? [titles(name)] : []),
  ];
  const { shown, rest } = progressSelection(progress, Math.max(0, screen.height - 1 - above.length));
  return [
    ...above.map((line) => renderLine(line, screen)),
    ...shown.map((row) => (wide ? wideRow(row, name, screen) : narrowRow(row, name, screen))),
    ...(rest === undefined ? [] : [renderLine([ink('gray', rest)], screen)]),
  ].slice(0, Math.max(0, screen.height - 1));
}
