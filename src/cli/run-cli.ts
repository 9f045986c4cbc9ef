import { version } from '../../package.json';
import { EXIT, type ExitCode } from '../domain/errors.ts';
import { describeCommands } from './describe-commands.ts';
import type { Command, Door, GlobalOptions, Io, Sink } from './door.ts';
import { Misuse, misuseTrouble } from './misuse.ts';
import { type Launch, ProgramBuilder } from './program.ts';

async function viewOf(sink: Sink, io: Io, options: Pick<GlobalOptions, 'color'>): Promise<Door['view']> {
  const { makeStyle } = await import('../views/style.ts');
  const coloured = options.color && sink.colour;
  const palette = coloured ? (await import('picocolors')).default.createColors(true) : undefined;
  const style = {
    ...makeStyle({ ...(palette ? { palette } : {}), ascii: !io.utf8 }),
    // To ask for it loads the tables of all time zones (15 ms), and most commands show no time of day.
    get timeZone() {
      return Intl.DateTimeFormat().resolvedOptions().timeZone;
    },
  };
  return { width: sink.terminal ? sink.columns() : Number.POSITIVE_INFINITY, style };
}

function writeLines(sink: Sink, lines: readonly string[]): void {
  if (lines.length > 0) sink.write(`${lines.join('\n')}\n`);
}

async function openDoor(io: Io, options: GlobalOptions): Promise<Door> {
  return {
    io,
    options,
    view: await viewOf(io.out, io, options),
    talk: await viewOf(io.err, io, options),
    run: (argv) => runCli(argv, io),
    print: (lines) => writeLines(io.out, lines),
    say: (lines) => {
      if (!options.quiet) writeLines(io.err, lines);
    },
    warn: (lines) => writeLines(io.err, lines),
  };
}

/** Tells an error as place, cause and remedy; a defect of ranch's own with its stack under `-v`. */
async function tell(door: Door, error: unknown): Promise<ExitCode> {
  const { ERROR_CODES, troubleOf } = await import('../domain/errors.ts');
  const { troubleText } = await import('../views/trouble-text.ts');
  const { fileTrouble } = await import('./file-trouble.ts');
  const trouble = fileTrouble(error) ?? troubleOf(error);
  door.warn(troubleText(trouble, door.talk));
  if (door.options.verbose && error instanceof Error && trouble.code === 'internal') {
    door.warn([error.stack ?? '']);
  }
  return ERROR_CODES[trouble.code];
}

function isCommand(value: unknown): value is Command<Readonly<Record<string, unknown>>> {
  return typeof value === 'function';
}

/** Runs one command line. Gives the exit code; everything a user sees goes through `io`. */
export async function runCli(argv: readonly string[], io: Io): Promise<ExitCode> {
  const launch: Launch = async (load, globals, args, options) => {
    const door = await openDoor(io, globals);
    try {
      const { default: command } = await load();
      if (!isCommand(command)) throw new TypeError('the command module exports no command');
      return await command(door, args, options);
    } catch (error) {
      return tell(door, error);
    }
  };
  const builder = new ProgramBuilder(version, launch);
  describeCommands(builder);
  const help = configure(builder, io);
  try {
    await builder.program.parseAsync([...argv], { from: 'user' });
    return builder.exitCode;
  } catch (error) {
    if (!(error instanceof Misuse)) throw error;
    return misused(error, help.join(''), io);
  }
}

/** Help that was asked for is data. Half a command (`ranch lab`) is a mistake, `ranch` alone is a question. */
async function misused(misuse: Misuse, help: string, io: Io): Promise<ExitCode> {
  const { code, exitCode } = misuse.reason;
  if (exitCode === 0) return EXIT.ok;
  if (code === 'commander.help') {
    const alone = misuse.command.parent === null;
    (alone ? io.out : io.err).write(help);
    return alone ? EXIT.ok : EXIT.usage;
  }
  const { troubleText } = await import('../views/trouble-text.ts');
  const color = misuse.command.optsWithGlobals()['color'] !== false;
  writeLines(io.err, troubleText(await misuseTrouble(misuse), await viewOf(io.err, io, { color })));
  return EXIT.usage;
}

/**
 * Help goes through `io`, errors come here as `Misuse`, and nothing ends the process. Gives the help that commander
 * meant for stderr.
 */
function configure(builder: ProgramBuilder, io: Io): readonly string[] {
  const { program } = builder;
  const help: string[] = [];
  for (const command of [program, ...program.commands, ...program.commands.flatMap((c) => c.commands)]) {
    command
      .exitOverride((reason) => {
        throw new Misuse(command, reason);
      })
      .configureOutput({
        writeOut: (text) => io.out.write(text),
        writeErr: (text) => void help.push(text),
        outputError: () => undefined,
        getOutHelpWidth: () => (io.out.terminal ? Math.min(io.out.columns(), 100) : 80),
        getErrHelpWidth: () => (io.err.terminal ? Math.min(io.err.columns(), 100) : 80),
        getOutHasColors: () => io.out.colour,
        getErrHasColors: () => io.err.colour,
      });
  }
  return help;
}
