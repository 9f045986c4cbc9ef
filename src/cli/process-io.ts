import { Writable } from 'node:stream';
import type { WriteStream } from 'node:tty';
import type { Io, Sink } from './door.ts';

/** Takes what is written and shows nothing: readline echoes what is typed to its output. */
function nowhere(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() });
}

/** Reads a line from the terminal; what is hidden is not echoed. Undefined where the input ends. */
async function askTerminal(question: string, hidden: boolean): Promise<string | undefined> {
  const { createInterface } = await import('node:readline');
  return new Promise((resolve) => {
    const { stdin, stderr } = process;
    const output = hidden ? nowhere() : stderr;
    // With a terminal readline takes the echo over from the system, which is what lets it be muted.
    const readline = createInterface({ input: stdin, output, terminal: true });
    if (hidden) stderr.write(question);
    readline.question(hidden ? '' : question, (answer) => {
      resolve(answer);
      readline.close();
    });
    readline.once('close', () => {
      if (hidden) stderr.write('\n');
      resolve(undefined);
    });
    readline.once('SIGINT', () => {
      readline.close();
      process.kill(process.pid, 'SIGINT');
    });
  });
}

/** What an environment says of colour: NO_COLOR (no-color.org) wins over FORCE_COLOR, and both over the terminal. */
export function wantsColour(env: NodeJS.ProcessEnv, terminal: boolean): boolean {
  if (env['NO_COLOR']) return false;
  const force = env['FORCE_COLOR'];
  return force === undefined ? terminal : force !== '0' && force !== 'false';
}

/** Node gives a `WriteStream` of `tty` that is none where the output goes to a file or a pipe. */
type Standard = WriteStream & { readonly fd: 1 | 2 };

/**
 * One stream of the process. A reader that went away (`ranch show | head`) is no error: what is done goes on, and is
 * no longer told. Any other failure to write ends the process with 1, since what was to be told is lost.
 */
function sinkOf(stream: Standard, env: NodeJS.ProcessEnv): Sink {
  let gone = false;
  stream.on('error', (error: NodeJS.ErrnoException) => {
    gone = true;
    if (error.code !== 'EPIPE') process.exitCode = 1;
  });
  const terminal = stream.isTTY === true && env['TERM'] !== 'dumb';
  return {
    write: (text) => {
      if (!gone) stream.write(text);
    },
    terminal,
    columns: () => stream.columns ?? 80,
    colour: wantsColour(env, terminal),
  };
}

/** The real process. */
export function processIo(): Io {
  const { stdout, stderr, stdin, env } = process;
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '';
  return {
    out: sinkOf(stdout, env),
    err: sinkOf(stderr, env),
    rows: () => stderr.rows ?? 24,
    utf8: /utf-?8/i.test(locale) || locale === '',
    ...(stdin.isTTY === true ? { ask: askTerminal } : {}),
    onInterrupt(handler) {
      process.on('SIGINT', handler);
      process.on('SIGTERM', handler);
      return () => {
        process.off('SIGINT', handler);
        process.off('SIGTERM', handler);
      };
    },
  };
}
