import { type Command, Option } from 'commander';
import { list, type ProgramBuilder, phextName, whole } from './program.ts';

const HOSTS = () => new Option('--hosts <names>', 'only these hosts, comma separated').argParser(list);
const TAGS = () => new Option('--tags <names>', 'only hosts with one of these tags').argParser(list);
const YES = () => new Option('-y, --yes', 'agree to what the plan says');

const DIR = () => new Option('--dir <dir>', 'where it lies').default('lab');

const PORT = () =>
  new Option('--port <port>', 'only the instance on this port; may be given again').argParser(
    (text: string, before: readonly number[] = []) => [...before, whole(1)(text)],
  );

const INCLUDE = () =>
  new Option('--include <states>', 'also take in hosts that are: stopped, ahead').argParser(list);

function rolloutOptions(): readonly Option[] {
  return [
    HOSTS(),
    TAGS(),
    new Option('--canary <share>', 'hosts of the first wave: a number or a percentage (default: 1)'),
    new Option('--max-parallel <n>', 'hosts in flight at once (default: 10)').argParser(whole(1)),
    new Option('--budget <share>', 'hosts that may fail before it stops (default: 0)'),
    new Option('--bake <seconds>', 'how long gates keep watching (default: 10)').argParser(whole(0)),
    new Option(
      '--deadman <seconds>',
      'how long a switched host waits to be confirmed (default: 30)',
    ).argParser(whole(10)),
    new Option('--on-failure <what>', 'what goes back when it stops (default: host)').choices([
      'host',
      'wave',
      'all',
      'pause',
    ]),
    INCLUDE(),
  ];
}

const PLAYBOOK = () =>
  new Option('--playbook <file>', 'take version and options from a playbook; options given here come first');

/** `top` of a group: adds a command of the program's own. */
type Top = (...rest: Parameters<ProgramBuilder['add']> extends [unknown, ...infer R] ? R : never) => Command;

function begin(top: Top): void {
  top('init', 'write a first inventory', () => import('./commands/init.ts'), [
    new Option('--from-ssh-config', 'take the hosts of ~/.ssh/config'),
    new Option(
      '--hosts <hosts>',
      'hosts to write, comma separated: NAME or NAME=USER@ADDRESS:PORT',
    ).argParser(list),
    new Option('--user <user>', 'the SSH user of hosts that name none'),
    new Option('--name <name>', 'the name of the ranch'),
  ]);
  top('check', 'validate inventory and playbooks', () => import('./commands/check.ts'));
  top(
    'trust [hosts...]',
    'record host keys; shows their fingerprints first',
    () => import('./commands/trust.ts'),
    [YES()],
  );
}

function look(top: Top): void {
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
}

function artifacts(to: ProgramBuilder): void {
  const artifact = to.program.command('artifact').description('binaries: register, build, list, verify');
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
}

function rollOut(top: Top): void {
  top('plan [version]', 'what a rollout would do, and why', () => import('./commands/plan.ts'), [
    ...rolloutOptions(),
    PLAYBOOK(),
    new Option('-o, --output <file>', 'save the plan, for `rollout --plan`'),
  ]);
  top(
    'rollout [version]',
    'bring every host to a version, proven on each first',
    () => import('./commands/rollout.ts'),
    [
      ...rolloutOptions(),
      new Option('--plan <file>', 'carry out a saved plan'),
      PLAYBOOK(),
      new Option('--mesh', 'then ask from each host for the SQ of each other (`ranch mesh --quick`)'),
      new Option('--dry-run', 'only show the plan'),
      YES(),
    ],
  );
}

function control(top: Top): void {
  top('resume [rollout]', 'go on with a rollout that stopped', () => import('./commands/resume.ts'));
  top(
    'pause [rollout]',
    'let a running rollout finish its step, then wait',
    () => import('./commands/pause.ts'),
  );
  top('abort [rollout]', 'end a rollout: what is begun goes back', () => import('./commands/abort.ts'));
  top('retry [rollout]', 'a new rollout for the hosts that failed', () => import('./commands/retry.ts'), [
    INCLUDE(),
    YES(),
  ]);
  top(
    'rollback [rollout]',
    'back to the release each host had before',
    () => import('./commands/rollback.ts'),
    [...rolloutOptions(), new Option('--dry-run', 'only show the plan'), YES()],
  );
}

const VALIDATE_HELP = `
Asks the live server nothing. It starts the very program that runs there on a spare port, on nothing and then on a copy of
its content, tries the whole contract of its version on it (docs/sq-api.md), and removes it.

What a version is known to do wrong is told with its severity and what to do about it, and fails nothing. The exit code is
1 where something can be put right on the host: no --key, no --data-dir, a build for which there is a better one of the
same version, content that its SQ cannot serve, or an answer that is not what the table has for that build.
docs/hardening.md says how to run SQ safely.`;

const INTEGRITY_HELP = `
Files and memory of the live SQ are looked at and left as they are; it stands still for some milliseconds, twice, while
its files are copied. Everything else is done on a scratch SQ: the program that runs there, on the copy, removed afterwards.
SQ 0.5.1 and older are not asked; their files are looked at all the same.

A known hazard is told with its severity and does not fail the check: files that kill -9 tears under writers (SQ writes a
file by truncating it), what nobody needs in a data folder. A write that is lost while nothing is killed, a live file that
is damaged, a memory that is not on the disk, and what could not be asked end it with 1.`;

function checks(top: Top): void {
  top(
    'smoke [hosts...]',
    'whether each SQ answers, reads and keeps a write',
    () => import('./commands/smoke.ts'),
    [TAGS(), PORT()],
  );
  top(
    'validate [hosts...]',
    'the API contract and the hazards of each SQ, on scratch servers',
    () => import('./commands/validate.ts'),
    [TAGS(), PORT()],
  ).addHelpText('after', VALIDATE_HELP);
  top(
    'mesh [hosts...]',
    'how every host reaches the SQ of every other, and whether messages get there',
    () => import('./commands/mesh.ts'),
    [TAGS(), new Option('--quick', 'versions and ways alone: nothing is written')],
  );
  top(
    'integrity [hosts...]',
    'whether each SQ keeps what it is given',
    () => import('./commands/integrity.ts'),
    [
      TAGS(),
      PORT(),
      new Option('--kills <n>', 'kill -9 a scratch server under writers, n times')
        .argParser(whole(0))
        .default(3),
      new Option('--seed <text>', 'do again what a run with that seed did (default: drawn)'),
    ],
  ).addHelpText('after', INTEGRITY_HELP);
}

function content(to: ProgramBuilder): void {
  const group = to.program
    .command('content')
    .description('phexts: deploy, verify, compare, read out, go back');
  const phext = () =>
    new Option('--phext <name>', 'the phext, without .phext').argParser(phextName).makeOptionMandatory();
  const dry = () => new Option('--dry-run', 'only show what it would do');
  to.add(
    group,
    'deploy <file> [hosts...]',
    'put a phext in place and read all of it back',
    () => import('./commands/content-deploy.ts'),
    [phext(), TAGS(), PORT(), dry(), YES()],
  );
  to.add(
    group,
    'verify [hosts...]',
    'read every coordinate through the API and compare',
    () => import('./commands/content-verify.ts'),
    [phext(), new Option('--file <file>', "compare with this, not with the host's own disk"), TAGS(), PORT()],
  );
  to.add(
    group,
    'diff <a> <b>',
    'scrolls that two hosts, or a host and a file, do not share',
    () => import('./commands/content-diff.ts'),
    [phext(), new Option('--exit-code', 'end with 5 where they differ')],
  );
  to.add(
    group,
    'rescue <host>',
    'read out what SQ holds in memory',
    () => import('./commands/content-rescue.ts'),
    [phext(), new Option('-o, --output <file>', 'where to').makeOptionMandatory(), PORT()],
  );
  to.add(
    group,
    'rollback [hosts...]',
    'put back what the last deploy replaced',
    () => import('./commands/content-rollback.ts'),
    [phext(), TAGS(), PORT(), dry(), YES()],
  );
}

function care(top: Top): void {
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
}

function remember(top: Top): void {
  top('history', 'past rollouts', () => import('./commands/history.ts'), [
    new Option('-n, --limit <n>', 'how many').argParser(whole(1)).default(20),
  ]);
  top('show [rollout]', 'one rollout, step by step', () => import('./commands/show.ts'));
  top('hold <host>', 'leave a host out of plans for a while', () => import('./commands/hold.ts'), [
    new Option('--until <time>', 'a date and time, or 2h, 3d; now lifts it').makeOptionMandatory(),
  ]);
  top('forget <host>', 'drop what was seen of a host', () => import('./commands/forget.ts'));
}

function run(top: Top): void {
  top('daemon', 'run the playbooks that have a schedule', () => import('./commands/daemon.ts'), [
    new Option('--playbooks <dir>', 'where they are').default('playbooks'),
    new Option('--once', 'run each sweep that has a schedule once, then end'),
  ]);
}

function lab(to: ProgramBuilder): void {
  const group = to.program.command('lab').description('the embedded ranch, to try things on');
  to.add(group, 'demo', 'bring it up, roll out, take it down', () => import('./commands/lab-demo.ts'));
  to.add(group, 'up', 'bring it up and keep it up', () => import('./commands/lab-up.ts'), [
    new Option('--real', 'with the real SQ, built by cargo'),
    DIR(),
  ]);
  to.add(group, 'status', 'whether it is up, and how to reach it', () => import('./commands/lab-status.ts'), [
    DIR(),
  ]);
  to.add(group, 'down', 'take it down from elsewhere', () => import('./commands/lab-down.ts'), [DIR()]);
}

/** All commands of ranch. */
export function describeCommands(to: ProgramBuilder): void {
  const { program } = to;
  const top: Top = (...rest) => to.add(program, ...rest);
  program.commandsGroup('Begin');
  begin(top);
  program.commandsGroup('Look');
  look(top);
  program.commandsGroup('Roll out');
  artifacts(to);
  rollOut(top);
  control(top);
  program.commandsGroup('Prove');
  checks(top);
  content(to);
  program.commandsGroup('Care');
  care(top);
  program.commandsGroup('Remember');
  remember(top);
  program.commandsGroup('Run');
  run(top);
  lab(to);
  program.helpCommand(true);
}
