import type { Plan } from '../domain/plan.ts';
import type { RolloutEvent } from '../domain/rollout.ts';
import { nextProgress, type Progress, startProgress } from '../views/progress.ts';
import { progressFrame } from '../views/progress-frame.ts';
import type { ProgressEvent } from '../views/progress-row.ts';
import { repaint, rowsOf } from '../views/repaint.ts';
import type { View } from '../views/style.ts';
import type { Io } from './door.ts';
import { silenceTyping } from './silence-typing.ts';

/** Ten frames a second look smooth and cost little. */
const FRAME_MS = 100;
const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';

/** What shows a rollout under way. */
export interface Screen {
  onEvent(event: ProgressEvent): void;
  /** A word of ranch's own, which stays. */
  note(line: string): void;
  close(): void;
}

/** What is shown: a plan, and what happened of it before, where it is gone on with. */
export interface Watched {
  readonly plan: Plan;
  readonly events?: readonly RolloutEvent[];
}

/** The part of a door that a live view needs. */
export interface Terminal {
  readonly io: Pick<Io, 'err' | 'rows' | 'ask'>;
  readonly talk: View;
}

/** Hosts as rows, steps as columns, repainted in place; where somebody types, without what is typed. */
export function liveScreen(door: Terminal, { plan, events = [] }: Watched, silence = silenceTyping): Screen {
  const { io, talk } = door;
  let progress = events.reduce<Progress>(nextProgress, startProgress(plan));
  let painted: readonly string[] = [];
  // A terminal that became narrower has broken the lines that no longer fit: they take more rows now.
  const over = (lines: readonly string[]): string => repaint(rowsOf(painted, io.err.columns()), lines);
  const paint = (above: readonly string[] = []): void => {
    // A line that ends in the last column is one that terminals disagree on when they are resized.
    const width = Math.max(1, io.err.columns() - 1);
    const size = { width, height: io.rows(), now: Date.now(), style: talk.style };
    const frame = progressFrame(progress, size);
    io.err.write(over([...above, ...frame]));
    painted = frame;
  };
  const letTyping = io.ask ? silence() : undefined;
  io.err.write(HIDE_CURSOR);
  paint(); // at once: what was done before is seen before more is done
  const timer = setInterval(paint, FRAME_MS);
  return {
    onEvent: (event) => {
      progress = nextProgress(progress, event);
    },
    note: (line) => paint([line]),
    close: () => {
      clearInterval(timer);
      paint();
      io.err.write(`\n${SHOW_CURSOR}`);
      letTyping?.();
    },
  };
}
