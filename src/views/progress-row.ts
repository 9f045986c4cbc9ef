import type { HostName } from '../domain/brand.ts';
import type { Trouble } from '../domain/errors.ts';
import type { Outcome, RolloutEvent, Step } from '../domain/rollout.ts';
import type { UploadProgress } from '../domain/upload-progress.ts';

/** How a step of a unit stands; a step without a mark waits. `reverted`: was done, and was put back. */
export type Mark = 'running' | 'done' | 'failed' | 'reverted';

/** One unit of a rollout under way. */
export interface ProgressRow {
  readonly host: HostName;
  readonly unit: string;
  /** The host's name, with a port where the host has several units. */
  readonly label: string;
  /** Index of its wave. */
  readonly wave: number;
  readonly marks: Readonly<Partial<Record<Step, Mark>>>;
  /** The step that is under way; `since` in milliseconds since the epoch. */
  readonly current?: { readonly step: Step; readonly attempt: number; readonly since: number };
  readonly upload?: { readonly sentBytes: number; readonly totalBytes: number };
  readonly outcome?: Outcome;
  /** Of the last step that failed, or of its end. */
  readonly trouble?: Trouble;
}

/** What a live view is fed with. */
export type ProgressEvent = RolloutEvent | UploadProgress;

type RowEvent = Extract<ProgressEvent, { readonly unit: string }>;

/** True once any step of it was meant. */
export function hasBegun(row: ProgressRow): boolean {
  return row.marks.lease !== undefined || Object.keys(row.marks).length > 0;
}

function marked(row: ProgressRow, step: Step, mark: Mark): ProgressRow['marks'] {
  const marks = { ...row.marks, [step]: mark };
  const undone = step === 'revert' && mark === 'done' && row.marks.switch !== undefined;
  return undone ? { ...marks, switch: 'reverted' } : marks;
}

/** A row without what is over: the step under way, its upload. */
function settled(row: ProgressRow): ProgressRow {
  const { current: _current, upload: _upload, ...rest } = row;
  return rest;
}

/** From its confirmation on a unit is watched; the journal has the bake only when that is over. */
function watched(row: ProgressRow, since: number): ProgressRow {
  return { ...row, marks: marked(row, 'bake', 'running'), current: { step: 'bake', attempt: 1, since } };
}

/** The row once nobody works on it or watches it any more. */
export function unwatched(row: ProgressRow): ProgressRow {
  if (row.current?.step !== 'bake') return row;
  const { bake: _bake, ...marks } = row.marks;
  return { ...settled(row), marks };
}

/** One unit's row after one more event of that unit. */
export function nextRow(before: ProgressRow, event: RowEvent): ProgressRow {
  if (event.type === 'upload-progress') {
    return { ...before, upload: { sentBytes: event.sentBytes, totalBytes: event.totalBytes } };
  }
  const row = unwatched(before);
  switch (event.type) {
    case 'step-intended': {
      const { outcome: _outcome, ...rest } = settled(row);
      const current = { step: event.step, attempt: event.attempt, since: event.at };
      return { ...rest, marks: marked(row, event.step, 'running'), current };
    }
    case 'step-done': {
      const done = { ...settled(row), marks: marked(row, event.step, 'done') };
      return event.step === 'confirm' ? watched(done, event.at) : done;
    }
    case 'step-failed':
      return { ...settled(row), marks: marked(row, event.step, 'failed'), trouble: event.trouble };
    case 'unit-ended': {
      const trouble = event.trouble ?? row.trouble;
      return { ...settled(row), outcome: event.outcome, ...(trouble ? { trouble } : {}) };
    }
  }
}
