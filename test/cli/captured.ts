import type { Io } from '../../src/cli/door.ts';
import { runCli } from '../../src/cli/run-cli.ts';

/** All that a command line gives. */
export interface Ended {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/** Who sits before the command line: nobody at all, where nothing is said. */
export interface Person {
  /** Answers to questions, in order; undefined: there is nobody to ask. */
  readonly answers?: readonly string[];
  /** Called for each piece of stderr, with what presses Ctrl-C. */
  readonly onTalk?: (text: string, interrupt: () => void) => void;
  /** stderr is a terminal of this size; stdout is a pipe. */
  readonly screen?: { readonly columns: number; readonly rows: number };
  readonly colour?: boolean;
  readonly utf8?: boolean;
}

/** Runs one command line in this process and gives what it wrote and how it ended. */
export async function ranch(argv: readonly string[], person: Person = {}): Promise<Ended> {
  const { answers, screen, colour = false } = person;
  const left = [...(answers ?? [])];
  const handlers = new Set<() => void>();
  const interrupt = (): void => {
    for (const handler of [...handlers]) handler();
  };
  let stdout = '';
  let stderr = '';
  const tell = (text: string): void => {
    stdout += text;
  };
  const talk = (text: string): void => {
    stderr += text;
    person.onTalk?.(text, interrupt);
  };
  const io: Io = {
    out: { write: tell, terminal: false, columns: () => 80, colour },
    err: { write: talk, terminal: screen !== undefined, columns: () => screen?.columns ?? 80, colour },
    rows: () => screen?.rows ?? 24,
    utf8: person.utf8 ?? true,
    ...(answers && {
      ask: async (question: string) => {
        talk(`${question}\n`);
        return left.shift();
      },
    }),
    onInterrupt: (handler) => {
      handlers.add(handler);
      return () => handlers.delete(handler);
    },
  };
  const exitCode = await runCli(argv, io);
  return { stdout, stderr, exitCode };
}
