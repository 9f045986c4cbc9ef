import { Command, InvalidArgumentError, Option } from 'commander';
import type { ExitCode } from '../domain/errors.ts';
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

function whole(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d{1,7}$/.test(text) && value >= least) return value;
    throw new InvalidArgumentError(`It takes a whole number from ${least}.`);
  };
}

function list(text: string, before: readonly string[] = []): readonly string[] {
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

const HOSTS = () => new Option('--hosts <names>', 'only these hosts, comma separated').argParser(list);
const TAGS = () => new Option('--tags <names>', 'only hosts with one of these tags').argParser(list);
const YES = () => new Option('-y, --yes', 'agree to what the plan says');

const DIR = () => new Option('--dir <dir>', 'where it lies').default('lab');

const PORT = () =>
  new Option('--port <port>', 'only the instance on this port; may be given again').argParser(
    (text: string, before: readonly number[] = []) => [...before, whole(1)(text)],
  );

function rolloutOptions(): readonly Option[] {
  return [
    HOSTS(),
    TAGS(),
    new Option('--canary <share>', 'hosts of the first wave: a number or a percentage'),
    new Option('--max-parallel <n>', 'hosts in flight at once').argParser(whole(1)),
    new Option('--budget <share>', 'hosts that may fail before it stops'),
    new Option('--bake <seconds>', 'how long gates keep watching').argParser(whole(0)),
    new Option('--deadman <seconds>', 'how long a switched host waits to be confirmed').argParser(whole(10)),
    new Option('--on-failure <what>', 'what goes back when it stops').choices([
      'host',
      'wave',
      'all',
      'pause',
    ]),
    new Option('--include <states>', 'also take in hosts that are: stopped, ahead').argParser(list),
  ];
}

/** All commands of ranch. */
export function describeCommands(to: ProgramBuilder): void {
  const { program } = to;
  const top = (...rest: Parameters<ProgramBuilder['add']> extends [unknown, ...infer R] ? R : never) =>
    to.add(program, ...rest);

  program.commandsGroup('Begin');
  top('init', 'write a first inventory', () => import('./commands/init.ts'), [
    new Option('--from-ssh-config', 'take the hosts of ~/.ssh/config'),
    new Option('--hosts <names>', 'hosts to write, comma separated').argParser(list),
    new Option('--name <name>', 'the name of the ranch'),
  ]);
  top('check', 'validate inventory and playbooks', () => import('./commands/check.ts'));
  top(
    'trust [hosts...]',
    'record host keys; shows their fingerprints first',
    () => import('./commands/trust.ts'),
    [YES()],
  );

  program.commandsGroup('Look');
  top('status [host]', 'what is known of the ranch', () => import('./commands/status.ts'));
  top('sweep', 'look at every host now, and record it', () => import('./commands/sweep.ts'), [
    HOSTS(),
    TAGS(),
    new Option('--http', 'also ask each SQ (0.5.2 and newer) for its version'),
  ]);
  top('drift', 'how hosts differ from the target', () => import('./commands/drift.ts'), [
    HOSTS(),
    TAGS(),
    new Option('--exit-code', 'end with 5 where there is drift'),
  ]);

  program.commandsGroup('Roll out');
  const artifact = program.command('artifact').description('binaries: register, build, list, verify');
  to.add(artifact, 'add <file>', 'register a binary', () => import('./commands/artifact-add.ts'), [
    new Option('--version <version>', 'its version').makeOptionMandatory(),
    new Option('--platform <key>', 'its platform, where the file does not say'),
    new Option('--no-run', 'do not run it here to ask for its version'),
    new Option('--replace', 'in place of another binary of that version'),
  ]);
  to.add(artifact, 'build <version>', 'build one with cargo', () => import('./commands/artifact-build.ts'), [
    new Option('--locked', 'with the dependencies its author had'),
    new Option('--on <host>', 'on a host, for its platform'),
    new Option('--replace', 'in place of another binary of that version'),
  ]);
  to.add(artifact, 'list', 'what ranch.lock pins', () => import('./commands/artifact-list.ts'));
  to.add(artifact, 'verify', 'check every pinned binary', () => import('./commands/artifact-verify.ts'));
  top('plan <version>', 'what a rollout would do, and why', () => import('./commands/plan.ts'), [
    ...rolloutOptions(),
    new Option('-o, --output <file>', 'save the plan, for `rollout --plan`'),
  ]);
  top('rollout [version]', 'do it', () => import('./commands/rollout.ts'), [
    ...rolloutOptions(),
    new Option('--plan <file>', 'carry out a saved plan'),
    new Option('--dry-run', 'only show the plan'),
    YES(),
  ]);
  top('resume [rollout]', 'go on with a rollout that stopped', () => import('./commands/resume.ts'));
  top(
    'pause [rollout]',
    'let a running rollout finish its step, then wait',
    () => import('./commands/pause.ts'),
  );
  top('abort [rollout]', 'end a rollout: what is begun goes back', () => import('./commands/abort.ts'));
  top('retry [rollout]', 'a new rollout for the hosts that failed', () => import('./commands/retry.ts'), [
    YES(),
  ]);
  top(
    'rollback [rollout]',
    'back to the release each host had before',
    () => import('./commands/rollback.ts'),
    [...rolloutOptions(), new Option('--dry-run', 'only show the plan'), YES()],
  );

  program.commandsGroup('Care');
  top('stop <host>', 'end SQ at a quiet moment', () => import('./commands/stop.ts'), [
    PORT(),
    new Option('--forget-key', 'also a bare process whose key is in no key file'),
    new Option('--allow-unsaved', 'although its memory holds what its disk does not'),
  ]);
  top('start <host>', 'start what was stopped', () => import('./commands/start.ts'), [PORT()]);
  top('restart <host>', 'a quiet stop and a start in one', () => import('./commands/restart.ts'), [PORT()]);
  top('backup <host>', 'bring the phext files here', () => import('./commands/backup.ts'), [
    PORT(),
    new Option('--to <dir>', 'where to (default: backups in the state folder)'),
  ]);
  top('restore <host> <backup>', 'put a backup in place', () => import('./commands/restore.ts'), [
    PORT(),
    new Option('--from-other', 'a backup of another host'),
    YES(),
  ]);
  top('logs <host>', "the end of SQ's logs", () => import('./commands/logs.ts'), [
    PORT(),
    new Option('-n, --lines <n>', 'how many').argParser(whole(1)).default(50),
  ]);

  program.commandsGroup('Remember');
  top('history', 'past rollouts', () => import('./commands/history.ts'), [
    new Option('-n, --limit <n>', 'how many').argParser(whole(1)).default(20),
  ]);
  top('show [rollout]', 'one rollout, step by step', () => import('./commands/show.ts'));
  top('hold <host>', 'leave a host out of plans for a while', () => import('./commands/hold.ts'), [
    new Option('--until <time>', 'a date and time, or 2h, 3d').makeOptionMandatory(),
  ]);
  top('forget <host>', 'drop what was seen of a host', () => import('./commands/forget.ts'));

  program.commandsGroup('Run');
  top('daemon', 'run the playbooks that have a schedule', () => import('./commands/daemon.ts'), [
    new Option('--playbooks <dir>', 'where they are').default('playbooks'),
    new Option('--once', 'run each once, then end'),
  ]);
  program.helpCommand(true);
  const lab = program.command('lab').description('the embedded ranch, to try things on');
  to.add(lab, 'demo', 'bring it up, roll out, take it down', () => import('./commands/lab-demo.ts'));
  to.add(lab, 'up', 'bring it up and keep it up', () => import('./commands/lab-up.ts'), [
    new Option('--real', 'with the real SQ, built by cargo'),
    DIR(),
  ]);
  to.add(lab, 'status', 'whether it is up, and how to reach it', () => import('./commands/lab-status.ts'), [
    DIR(),
  ]);
  to.add(lab, 'down', 'take it down from elsewhere', () => import('./commands/lab-down.ts'), [DIR()]);
}
