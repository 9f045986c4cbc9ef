import pino, { type DestinationStream, type Logger } from 'pino';
import type { Clock } from '../domain/ports.ts';
import { visible, visibleJson } from '../views/visible.ts';

export type { Logger } from 'pino';

/** How much is told: `-q` gives `warn`, `-v` gives `debug`. */
export type LogLevel = 'debug' | 'info' | 'warn';

/** Where lines go; each ends in a line break. */
export interface LogSink {
  write(line: string): void;
}

/**
 * Names that no record of ranch has: where one of them turns up all the same, its value is not written. Secrets of
 * ranch's own are `Secret`, which redacts itself wherever it stands.
 */
const SECRET_NAMES = ['password', 'passphrase', 'privateKey', 'authorization', 'secret', 'token'];

/** What a host said may be in a line: nothing in it may act on the terminal of whoever reads the log. */
function harmless(sink: LogSink): DestinationStream {
  return { write: (line) => sink.write(`${visibleJson(line.trimEnd())}\n`) };
}

/** A log of JSON lines: `time` (ISO 8601), `level` by name, `event`, what belongs to it, and `msg` for people. */
export function makeLog(level: LogLevel, clock: Pick<Clock, 'now'>, sink: LogSink): Logger {
  return pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: () => `,"time":"${new Date(clock.now()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      redact: {
        paths: SECRET_NAMES.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]),
        censor: '[redacted]',
      },
    },
    harmless(sink),
  );
}

/** For a person at a terminal. pino-pretty shows texts as they are, so they are made harmless before it sees them. */
async function prettySink(colour: boolean): Promise<LogSink> {
  const { default: pretty } = await import('pino-pretty');
  const stream = pretty({
    colorize: colour,
    // One line an event; what `msg` says already is not said twice.
    singleLine: true,
    ignore: 'pid,event,kind,run',
    translateTime: 'SYS:HH:MM:ss',
    sync: true,
    destination: 1,
  });
  const shown = (_key: string, value: unknown): unknown =>
    typeof value === 'string' ? visible(value) : value;
  return { write: (line) => void stream.write(`${JSON.stringify(JSON.parse(line, shown))}\n`) };
}

/**
 * The log of this process, on standard output: for people on a terminal, JSON lines elsewhere (and with `json`).
 * Written at once, so that nothing is lost when the process is killed; a reader that went away does not end it.
 */
export async function processLog(
  level: LogLevel,
  clock: Pick<Clock, 'now'>,
  show: { readonly json: boolean; readonly colour: boolean },
): Promise<Logger> {
  const pretty = process.stdout.isTTY === true && !show.json;
  const sink = pretty ? await prettySink(show.colour) : pino.destination({ dest: 1, sync: true });
  return makeLog(level, clock, sink);
}
