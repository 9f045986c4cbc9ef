import type { ExitCode } from '../domain/errors.ts';
import type { View } from '../views/style.ts';

/** One of the two streams that a command writes to. */
export interface Sink {
  write(text: string): void;
  /** True when a person looks at it, on a terminal that understands escape sequences. */
  readonly terminal: boolean;
  columns(): number;
  readonly colour: boolean;
}

/** Where a command's words go and where its answers come from: the process, or a test. */
export interface Io {
  /** Data. */
  readonly out: Sink;
  /** Talk. */
  readonly err: Sink;
  /** Lines of the terminal behind `err`. */
  rows(): number;
  readonly utf8: boolean;
  /** A line typed by a person; `hidden` for secrets. Undefined when nobody can be asked. */
  ask?(question: string, hidden: boolean): Promise<string | undefined>;
  /** Calls back on Ctrl-C (and SIGTERM) until it is let go. */
  onInterrupt(handler: () => void): () => void;
}

/** The options that every command takes. */
export interface GlobalOptions {
  readonly inventory: string;
  readonly state: string;
  readonly json: boolean;
  readonly plain: boolean;
  readonly color: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly input: boolean;
  readonly sshConfig?: string;
}

/** What a command is given. */
export interface Door {
  readonly io: Io;
  readonly options: GlobalOptions;
  /** For lines on stdout: as wide as the terminal, or as wide as they are. */
  readonly view: View;
  /** The same for lines on stderr. */
  readonly talk: View;
  /** Data, one line each, on stdout. */
  print(lines: readonly string[]): void;
  /** Runs another command line through the same door: for commands that are made of commands. */
  run(argv: readonly string[]): Promise<ExitCode>;
  /** Talk, on stderr; silent under `-q`. */
  say(lines: readonly string[]): void;
  /** Trouble, on stderr, whatever was asked for. */
  warn(lines: readonly string[]): void;
}

/** A command: thin, and loaded when it is called. */
export type Command<T> = (door: Door, args: readonly string[], options: T) => Promise<ExitCode>;
