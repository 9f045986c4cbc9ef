import { Command, InvalidArgumentError, Option } from 'commander';
import type { ExitCode } from '../domain/errors.ts';
import { isPhextName } from '../inventory/names.ts';
import type { GlobalOptions } from './door.ts';
import { MAIN_HELP } from './main-help.ts';

/** Runs a command's module with what was parsed. */
export type Launch = (
  load: () => Promise<{ readonly default: unknown }>,
  globals: GlobalOptions,
  args: readonly string[],
  options: Readonly<Record<string, unknown>>,
) => Promise<ExitCode>;

const DEFAULTS: GlobalOptions = {
  inventory: 'inventory.yaml',
  state: 'state',
  json: false,
  plain: false,
  color: true,
  quiet: false,
  verbose: false,
  input: true,
};

/** The global options; every command takes them before or after its name. */
function globalOptions(): readonly Option[] {
  return [
    new Option('-i, --inventory <file>', 'the inventory (default: inventory.yaml)').env('RANCH_INVENTORY'),
    new Option('--state <dir>', 'the state folder (default: state)').env('RANCH_STATE'),
    new Option('--json', 'records on stdout, one a line'),
    new Option('--plain', 'no live view: one line an event'),
    new Option('--no-color', 'no colour'),
    new Option('-q, --quiet', 'no talk on stderr'),
    new Option('-v, --verbose', 'more of what happened'),
    new Option('--no-input', 'never ask'),
    new Option('--ssh-config <file>', 'read this instead of ~/.ssh/config')
      .env('RANCH_SSH_CONFIG')
      .hideHelp(),
  ];
}

/** Reads a whole number from `least` on. */
export function whole(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d{1,7}$/.test(text) && value >= least) return value;
    throw new InvalidArgumentError(`It takes a whole number from ${least}.`);
  };
}

/** Reads the name of a phext. */
export function phextName(text: string): string {
  if (isPhextName(text)) return text;
  throw new InvalidArgumentError('It takes a name of letters, digits, ".", "_" and "-", without ".phext".');
}

/** Reads names with commas between them; the option may be given again. */
export function list(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, ...text.split(',').filter((part) => part !== '')];
}

/** An option counts wherever it stands: before the command or after it, and both count more than the environment. */
function globalsOf(command: Command): GlobalOptions {
  const found = new Map<string, unknown>();
  for (const wanted of ['cli', 'env'] as const) {
    for (let at: Command | null = command; at; at = at.parent) {
      for (const [name, value] of Object.entries(at.opts())) {
        const global = name in DEFAULTS || name === 'sshConfig';
        if (global && !found.has(name) && at.getOptionValueSource(name) === wanted) found.set(name, value);
      }
    }
  }
  return { ...DEFAULTS, ...Object.fromEntries(found) };
}

/** `rollout [version]`: a command and its arguments in the list of commands. */
function termOf(command: Command): string {
  const args = command.registeredArguments.map((argument) => {
    const name = argument.name() + (argument.variadic ? '...' : '');
    return argument.required ? `<${name}>` : `[${name}]`;
  });
  return [command.name(), ...args].join(' ');
}

/** The command line as data: names, arguments, options; each command's code is loaded when it is called. */
export class ProgramBuilder {
  readonly program: Command;
  readonly #launch: Launch;
  exitCode: ExitCode = 0;

  constructor(version: string, launch: Launch) {
    this.#launch = launch;
    this.program = new Command('ranch')
      .description('Keeps a fleet of self-hosted SQ servers on one proven version.')
      .version(version, '-V, --version')
      .showSuggestionAfterError(true)
      .enablePositionalOptions()
      .usage('[options] COMMAND')
      .addHelpText('after', MAIN_HELP)
      .configureHelp({ subcommandTerm: termOf });
    for (const option of globalOptions()) this.program.addOption(option);
  }

  /** Adds a command below `parent`. `usage` is its name and arguments: `rollout [version]`. */
  add(
    parent: Command,
    usage: string,
    description: string,
    load: () => Promise<{ readonly default: unknown }>,
    options: readonly Option[] = [],
  ): Command {
    const command = parent
      .command(usage)
      .description(description)
      .addHelpText('after', '\nThe options of `ranch --help` fit here as well.');
    for (const option of options) command.addOption(option);
    for (const option of globalOptions()) command.addOption(option.hideHelp());
    command.action(async (...given: readonly unknown[]) => {
      const words = given.slice(0, -2).flat();
      const args = words.filter((word): word is string => typeof word === 'string');
      this.exitCode = await this.#launch(load, globalsOf(command), args, command.opts());
    });
    return command;
  }
}
