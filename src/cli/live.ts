import type { Watching } from '../app/execute-plan.ts';
import { eventLine } from '../views/event-line.ts';
import { jsonLine } from '../views/json-lines.ts';
import type { Door } from './door.ts';
import { liveScreen, type Screen, type Watched } from './live-screen.ts';

/** One line an event: as text on stderr, or as records on stdout. */
function lineScreen(door: Door): Screen {
  return {
    onEvent: (event) => {
      if (event.type === 'upload-progress') return;
      if (door.options.json) door.print([jsonLine(event)]);
      else door.say([eventLine(event, door.talk.style)]);
    },
    note: (line) => door.say([line]),
    close: () => undefined,
  };
}

/**
 * Runs something that is watched: live on a terminal, a line an event elsewhere. The first Ctrl-C asks for a pause
 * after the step, the second stops at once.
 */
export async function watched<T>(
  door: Door,
  what: Watched,
  run: (watching: Watching) => Promise<T>,
): Promise<T> {
  const { io, options } = door;
  const live = io.err.terminal && !options.plain && !options.json && !options.quiet;
  const screen = live ? liveScreen(door, what) : lineScreen(door);
  const stop = new AbortController();
  let pause = false;
  const letGo = io.onInterrupt(() => {
    if (stop.signal.aborted) return;
    if (pause) {
      screen.note('Stopping at once; what is left half way is for `ranch resume` to settle.');
      stop.abort();
      return;
    }
    pause = true;
    screen.note('Pausing once the step is done; press Ctrl-C again to stop at once.');
  });
  try {
    return await run({ stop: stop.signal, pauseAsked: () => pause, onEvent: screen.onEvent });
  } finally {
    letGo();
    screen.close();
  }
}
