import { type ParsedScript, parseScript, reachable, stripped } from './shell-functions.ts';
import arm from './unit/arm.sh';
import backup from './unit/backup.sh';
import confirm from './unit/confirm.sh';
import content from './unit/content.sh';
import core from './unit/core.sh';
import dependents from './unit/dependents.sh';
import guard from './unit/guard.sh';
import hold from './unit/hold.sh';
import inspect from './unit/inspect.sh';
import key from './unit/key.sh';
import lease from './unit/lease.sh';
import litter from './unit/litter.sh';
import logs from './unit/logs.sh';
import maintain from './unit/maintain.sh';
import probe from './unit/probe.sh';
import quiet from './unit/quiet.sh';
import revert from './unit/revert.sh';
import scratch from './unit/scratch.sh';
import service from './unit/service.sh';
import stage from './unit/stage.sh';
import switching from './unit/switch.sh';

/**
 * What a controller can ask of a unit: the shell function behind each command. `raw` ones print what another process
 * wrote, the closing `end` record included, or bytes.
 */
const COMMANDS = {
  lease: { call: 'lease' },
  stage: { call: 'stage' },
  'prove-begin': { call: 'prove_begin' },
  'prove-again': { call: 'prove_again' },
  'prove-end': { call: 'prove_end' },
  'probe-begin': { call: 'probe_begin' },
  'probe-again': { call: 'probe_again' },
  'probe-read': { call: 'probe_read' },
  'probe-put': { call: 'probe_put' },
  'probe-remove': { call: 'probe_remove' },
  'probe-block': { call: 'probe_block' },
  'probe-version': { call: 'probe_version' },
  'probe-figures': { call: 'probe_figures' },
  'forget-scratch': { call: 'forget_scratch' },
  'list-litter': { call: 'list_litter' },
  arm: { call: 'arm' },
  switch: { call: 'switch', raw: true },
  confirm: { call: 'confirm' },
  revert: { call: 'revert' },
  release: { call: 'release' },
  inspect: { call: 'inspect' },
  full: { call: 'list_full' },
  key: { call: 'key' },
  maintain: { call: 'maintain', raw: true },
  'maintain-result': { call: 'maintain_result', raw: true },
  kept: { call: 'list_kept' },
  snapshot: { call: 'snapshot_of' },
  'read-snapshot': { call: 'read_snapshot', raw: true },
  'drop-snapshot': { call: 'drop_snapshot' },
  'restore-begin': { call: 'restore_begin' },
  'restore-put': { call: 'restore_put' },
  'restore-end': { call: 'restore_end' },
  'snapshot-one': { call: 'snapshot_one' },
  contents: { call: 'list_contents' },
  'file-end': { call: 'file_end' },
  'content-prove': { call: 'content_prove' },
  'restore-take': { call: 'restore_take' },
  logs: { call: 'logs' },
} as const satisfies Record<string, { readonly call: string; readonly raw?: boolean }>;

export type UnitCommand = keyof typeof COMMANDS;

export const UNIT_COMMANDS: readonly string[] = Object.keys(COMMANDS);

/** The shell files of a unit, in the order in which their top-level lines run. */
export const UNIT_FILES: readonly string[] = [
  core,
  lease,
  stage,
  quiet,
  scratch,
  probe,
  service,
  hold,
  arm,
  switching,
  confirm,
  revert,
  inspect,
  key,
  dependents,
  maintain,
  backup,
  litter,
  content,
  logs,
];

let parsed: ParsedScript | undefined;
const made = new Map<string, string>();

function build(main: string): string {
  parsed ??= parseScript(UNIT_FILES.join('\n'));
  return [parsed.topLevel, ...reachable(parsed, main), stripped(main)].join('\n');
}

function memo(name: string, main: () => string): string {
  const known = made.get(name);
  if (known !== undefined) return known;
  const text = build(main());
  made.set(name, text);
  return text;
}

/** The script of one command: the functions it needs and no others, for it travels in the exec request. */
export function unitScript(command: UnitCommand): string {
  const entry: { readonly call: string; readonly raw?: boolean } = COMMANDS[command];
  return memo(command, () =>
    ['open_unit "$2"', 'shift 2', `${entry.call} "$@"`, ...(entry.raw ? [] : ['say end'])].join('\n'),
  );
}

/**
 * What is kept beside the binary while it is armed or a detached change is under way: the timer, the detached work,
 * and the look at boot run from it, so that what fires is what was sent.
 */
export function guardScript(): string {
  return memo('guard', () => guard);
}
