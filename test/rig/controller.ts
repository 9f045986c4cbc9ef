import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type JsonRecord, type Ran, type Running, startRanch } from './ranch-program.ts';
import type { Rig } from './rig.ts';

/** A host of an inventory, beside its address and its key: YAML flow fields such as `user: ranch`. */
export type HostFields = Readonly<Record<string, string>>;

/** Somebody's machine: an inventory, a state folder, and the program run beside them. */
export interface Controller {
  readonly folder: string;
  /** Runs the program to its end. */
  readonly ranch: (...args: readonly string[]) => Promise<Ran>;
  /** The same on a terminal, with a line typed at each question for a password. */
  readonly typing: (typed: readonly string[], ...args: readonly string[]) => Promise<Ran>;
  readonly start: (...args: readonly string[]) => Running;
  /** Starts it and kills it at the first record that fits; gives all that it had said. */
  readonly killedAt: (fits: (record: JsonRecord) => boolean, ...args: readonly string[]) => Promise<Ran>;
  readonly remove: () => Promise<void>;
}

/** The phext that every host of a test holds. */
export const PHEXT = 'content';

/** The event `type` of a step, of any host or of one. */
export function stepEvent(type: string, step: string, host?: string): (record: JsonRecord) => boolean {
  return (record) =>
    record['type'] === type && record['step'] === step && (host === undefined || record['host'] === host);
}

function hostLine(rig: Rig, name: string, fields: string): string {
  const address = fields.includes('address:') ? '' : `address: ${rig.address(name)}, `;
  const instances = fields.includes('instances:') ? '' : `instances: [{ port: 1337, phext: ${PHEXT} }], `;
  return `  ${name}: { ${address}${instances}${fields} }`;
}

/** A controller in a folder of its own, which trusts the rig's host keys unless `trusting` is false. */
export async function openController(rig: Rig, hosts: HostFields, trusting = true): Promise<Controller> {
  const folder = await mkdtemp(join(tmpdir(), 'ranch-controller-'));
  const { key, knownHosts } = await rig.environment();
  const lines = Object.entries(hosts).map(([name, fields]) => hostLine(rig, name, fields));
  const head = [
    'ranch: rig',
    'target: { version: 0.5.2 }',
    `defaults: { user: root, identityFile: "${key}" }`,
  ];
  await writeFile(join(folder, 'inventory.yaml'), [...head, 'hosts:', ...lines, ''].join('\n'));
  await mkdir(join(folder, 'state'), { mode: 0o700 });
  if (trusting) await copyFile(knownHosts, join(folder, 'state/known_hosts'));
  const start = (...args: readonly string[]): Running => startRanch(folder, args);
  return {
    folder,
    start,
    ranch: (...args) => start(...args).ended,
    typing: (typed, ...args) => startRanch(folder, args, typed).ended,
    async killedAt(fits, ...args) {
      const running = start(...args);
      await running.seen(fits);
      running.signal('SIGKILL');
      return running.ended;
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
