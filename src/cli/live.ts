import type { Watching } from '../app/execute-plan.ts';
import type { Plan } from '../domain/plan.ts';
import type { RolloutEvent } from '../domain/rollout.ts';
import type { UploadProgress } from '../domain/upload-progress.ts';
import { eventLine } from '../views/event-line.ts';
import { jsonLine } from '../views/json-lines.ts';
import { nextProgress, startProgress } from '../views/progress.ts';
import { progressFrame } from '../views/progress-frame.ts';
import { repaint } from '../views/repaint.ts';
import type { Door } from './door.ts';

/** Ten frames a second look smooth and cost little. */
const FRAME_MS = 100;
const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';

type Event = RolloutEvent | UploadProgress;

interface Screen {
  onEvent(event: Event): void;
  close(): void;
}

/** Hosts as rows, steps as columns, repainted in place. */
function liveScreen(door: Door, plan: Plan): Screen {
  const { io, view } = door;
  let progress = startProgress(plan);
  let painted = 0;
  const paint = (): void => {
    const size = { width: io.columns(), height: io.rows(), now: Date.now(), style: view.style };
    const lines = progressFrame(progress, size);
    io.err(repaint(painted, lines));
    painted = lines.length;
  };
  io.err(HIDE_CURSOR);
  const timer = setInterval(paint, FRAME_MS);
  return {
    onEvent: (event) => {
      progress = nextProgress(progress, event);
    },
    close: () => {
      clearInterval(timer);
      paint();
      io.err(SHOW_CURSOR);
    },
  };
}

/** One line an event: as text on stderr, or as records on stdout. */
function lineScreen(door: Door): Screen {
  return {
    onEvent: (event) => {
      if (event.type === 'upload-progress') return;
      if (door.options.json) door.print([jsonLine(event)]);
      else door.say([eventLine(event, door.view.style)]);
    },
    close: () => undefined,
  };
}

/**
 * Runs something that is watched: live on a terminal, a line an event elsewhere. The first Ctrl-C asks for a pause
 * after the step, the second stops at once.
 */
export async function watched<T>(
  door: Door,
  plan: Plan,
  run: (watching: Watching) => Promise<T>,
): Promise<T> {
  const { io, options } = door;
  const live = io.terminal && !options.plain && !options.json && !options.quiet;
  const screen = live ? liveScreen(door, plan) : lineScreen(door);
  const stop = new AbortController();
  let pause = false;
  const letGo = io.onInterrupt(() => {
    if (pause) stop.abort();
    else door.say(['Pausing once the step is done; press Ctrl-C again to stop at once.']);
    pause = true;
  });
  try {
    return await run({ stop: stop.signal, pauseAsked: () => pause, onEvent: screen.onEvent });
  } finally {
    letGo();
    screen.close();
  }
}
