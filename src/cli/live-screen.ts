import type { Plan } from '../domain/plan.ts';
import { nextProgress, startProgress } from '../views/progress.ts';
import { progressFrame } from '../views/progress-frame.ts';
import type { ProgressEvent } from '../views/progress-row.ts';
import { repaint, rowsOf } from '../views/repaint.ts';
import type { Door } from './door.ts';

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

/** Hosts as rows, steps as columns, repainted in place. */
export function liveScreen(door: Door, plan: Plan): Screen {
  const { io, talk } = door;
  let progress = startProgress(plan);
  let painted: readonly string[] = [];
  // A terminal that became narrower has broken the lines that no longer fit: they take more rows now.
  const over = (lines: readonly string[]): string => repaint(rowsOf(painted, io.err.columns()), lines);
  const paint = (above: readonly string[] = []): void => {
    const size = { width: io.err.columns(), height: io.rows(), now: Date.now(), style: talk.style };
    const frame = progressFrame(progress, size);
    io.err.write(over([...above, ...frame]));
    painted = frame;
  };
  io.err.write(HIDE_CURSOR);
  const timer = setInterval(paint, FRAME_MS);
  return {
    onEvent: (event) => {
      progress = nextProgress(progress, event);
    },
    note: (line) => paint([line]),
    close: () => {
      clearInterval(timer);
      paint();
      io.err.write(SHOW_CURSOR);
    },
  };
}
