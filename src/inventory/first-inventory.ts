import { stringify } from 'yaml';

/** A host of a first inventory. What is not given is left to `~/.ssh/config` and to `defaults`. */
export interface FirstHost {
  readonly name: string;
  readonly address?: string;
  readonly user?: string;
  readonly port?: number;
  readonly jump?: readonly string[];
  readonly identityFile?: string;
  readonly sentinel?: string;
  readonly tags?: readonly string[];
  readonly zone?: string;
}

/** What `ranch init` asked. */
export interface FirstAnswers {
  readonly ranch: string;
  /** The version that every host should run. */
  readonly version: string;
  /** The SSH user of most hosts. */
  readonly user?: string;
  readonly hosts: readonly FirstHost[];
  /** Path or address of the JSON Schema as seen from the inventory; `./schema/inventory.schema.json` if not given. */
  readonly schema?: string;
}

const DEFAULT_SCHEMA = './schema/inventory.schema.json';

function scalar(value: string | number): string {
  return stringify(value, { lineWidth: 0, blockQuote: false }).trimEnd();
}

function list(values: readonly string[]): string {
  return `[${values.map((value) => JSON.stringify(value)).join(', ')}]`;
}

function hostLines(host: FirstHost): readonly string[] {
  const fields = [
    host.address === undefined || host.address === host.name ? '' : `address: ${scalar(host.address)}`,
    host.port === undefined ? '' : `port: ${host.port}`,
    host.user === undefined ? '' : `user: ${scalar(host.user)}`,
    host.identityFile === undefined ? '' : `identityFile: ${scalar(host.identityFile)}`,
    host.jump === undefined ? '' : `jump: ${list(host.jump)}`,
    host.zone === undefined ? '' : `zone: ${scalar(host.zone)}`,
    host.sentinel === undefined ? '' : `sentinel: ${scalar(host.sentinel)}`,
    host.tags === undefined || host.tags.length === 0 ? '' : `tags: ${list(host.tags)}`,
  ];
  return [
    `  ${scalar(host.name)}:`,
    ...fields.filter((field) => field !== '').map((field) => `    ${field}`),
  ];
}

/**
 * The text of a first inventory, with comments that say what else can be given. Pure; the caller writes it, and
 * `parseInventory` says whether the answers make sense.
 */
export function firstInventory(answers: FirstAnswers): string {
  const user = answers.user === undefined ? [] : [`  user: ${scalar(answers.user)}`];
  return [
    `# yaml-language-server: $schema=${answers.schema ?? DEFAULT_SCHEMA}`,
    `ranch: ${scalar(answers.ranch)}`,
    '',
    '# What every host should run. Register its binary with `ranch artifact`.',
    'target:',
    `  version: ${scalar(answers.version)}`,
    '',
    '# For every host that does not say otherwise.',
    'defaults:',
    ...user,
    '  zone: lan',
    '  # How much of a zone stays up during a rollout.',
    '  quorum: 50%',
    '',
    '# Names, as ~/.ssh/config or DNS knows them. A host may have: address, port, user, identityFile, jump, become,',
    '# zone, tags, sentinel, expect, after, public, instances. What SQ runs there is found out on the host.',
    'hosts:',
    ...answers.hosts.flatMap(hostLines),
    '',
  ].join('\n');
}
