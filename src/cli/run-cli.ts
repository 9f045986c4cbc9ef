import { CommanderError } from 'commander';
import { version } from '../../package.json';
import { EXIT, type ExitCode } from '../domain/errors.ts';
import type { Command, Door, GlobalOptions, Io } from './door.ts';
import { describeCommands, type Launch, ProgramBuilder } from './program.ts';

async function openDoor(io: Io, options: GlobalOptions): Promise<Door> {
  const { makeStyle } = await import('../views/style.ts');
  const coloured = options.color && io.colour;
  const palette = coloured ? (await import('picocolors')).default.createColors(true) : undefined;
  const style = makeStyle({
    ...(palette ? { palette } : {}),
    ascii: !io.utf8,
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  });
  return {
    io,
    options,
    view: { width: io.terminal ? io.columns() : Number.POSITIVE_INFINITY, style },
    run: (argv) => runCli(argv, io),
    print: (lines) => {
      if (lines.length > 0) io.out(`${lines.join('\n')}\n`);
    },
    say: (lines) => {
      if (!options.quiet && lines.length > 0) io.err(`${lines.join('\n')}\n`);
    },
  };
}

/** Tells an error as place, cause and remedy; a defect of ranch's own with its stack under `-v`. */
async function tell(door: Door, error: unknown): Promise<ExitCode> {
  const { ERROR_CODES, troubleOf } = await import('../domain/errors.ts');
  const { troubleText } = await import('../views/trouble-text.ts');
  const trouble = troubleOf(error);
  door.io.err(`${troubleText(trouble, door.view).join('\n')}\n`);
  if (door.options.verbose && error instanceof Error && trouble.code === 'internal') {
    door.io.err(`${error.stack ?? ''}\n`);
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
  configure(builder, io);
  try {
    await builder.program.parseAsync([...argv], { from: 'user' });
    return builder.exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  }
}

/** Help and usage errors of every command go through `io`, and none of them ends the process. */
function configure(builder: ProgramBuilder, io: Io): void {
  const all = [
    builder.program,
    ...builder.program.commands,
    ...builder.program.commands.flatMap((c) => c.commands),
  ];
  for (const command of all) {
    command
      .exitOverride()
      .configureOutput({ writeOut: (text) => io.out(text), writeErr: (text) => io.err(text) });
  }
}
