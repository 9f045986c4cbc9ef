import { createInterface } from 'node:readline';
import type { Io } from './door.ts';

/** Reads a line from the terminal; what is hidden is not echoed. */
function askTerminal(question: string, hidden: boolean): Promise<string | undefined> {
  return new Promise((resolve) => {
    const readline = createInterface({ input: process.stdin, output: process.stderr, terminal: true });
    if (hidden) {
      process.stderr.write(question);
      // readline echoes through its output: while a secret is typed it has none
      Reflect.set(readline, '_writeToOutput', () => undefined);
    }
    readline.question(hidden ? '' : question, (answer) => {
      readline.close();
      if (hidden) process.stderr.write('\n');
      resolve(answer);
    });
    readline.once('close', () => resolve(undefined));
    readline.once('SIGINT', () => {
      readline.close();
      process.kill(process.pid, 'SIGINT');
    });
  });
}

/** The real process. */
export function processIo(): Io {
  const { stdout, stderr, stdin, env } = process;
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '';
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    terminal: stderr.isTTY === true && env['TERM'] !== 'dumb',
    columns: () => stderr.columns ?? stdout.columns ?? 80,
    rows: () => stderr.rows ?? 24,
    colour: (stdout.isTTY === true || env['FORCE_COLOR'] !== undefined) && env['NO_COLOR'] === undefined,
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
