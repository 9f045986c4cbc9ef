import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type JsonRecord, type Ran, type Running, type Signalled, startRanch } from './ranch-program.ts';
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
  /** Starts it; it sends itself these signals at the first record of that moment, or just after where a step begins. */
  readonly signalledAt: (
    moment: Moment,
    signals: readonly NodeJS.Signals[],
    ...args: readonly string[]
  ) => Running;
  /** Starts it; it stands still from the first record of that moment on, until it is sent SIGCONT. */
  readonly stoppedAt: (moment: Moment, ...args: readonly string[]) => Promise<Running>;
  /** Starts it and kills it at the first record of that moment; gives all that it had said. */
  readonly killedAt: (moment: Moment, ...args: readonly string[]) => Promise<Ran>;
  readonly remove: () => Promise<void>;
}

/** The phext that every host of a test holds. */
export const PHEXT = 'content';

/** A record of a step, as a test of records that also tells what it looks for. */
export type Moment = ((record: JsonRecord) => boolean) & Pick<Signalled, 'type' | 'step' | 'host'>;

/** The event `type` of a step, of any host or of one. */
export function stepEvent(type: string, step: string, host?: string): Moment {
  const fits = (record: JsonRecord): boolean =>
    record['type'] === type && record['step'] === step && (host === undefined || record['host'] === host);
  return Object.assign(fits, { type, step, ...(host !== undefined && { host }) });
}

/** Milliseconds after its intent in which a step has begun and is not over. */
const INTO_A_STEP_MS = 20;

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
  const at = (
    { type, step, host }: Moment,
    signals: readonly NodeJS.Signals[],
    afterMs: number,
  ): Signalled => ({ type, step, ...(host !== undefined && { host }), signals, afterMs });
  const signalledAt: Controller['signalledAt'] = (moment, signals, ...args) => {
    const afterMs = moment.type === 'step-intended' ? INTO_A_STEP_MS : 0;
    return startRanch(folder, args, { signalled: at(moment, signals, afterMs) });
  };
  return {
    folder,
    start,
    ranch: (...args) => start(...args).ended,
    typing: (typed, ...args) => startRanch(folder, args, { typed }).ended,
    signalledAt,
    async stoppedAt(moment, ...args) {
      const running = startRanch(folder, args, { signalled: at(moment, ['SIGSTOP'], 0) });
      await running.seen(moment);
      return running;
    },
    async killedAt(moment, ...args) {
      const running = signalledAt(moment, ['SIGKILL'], ...args);
      await running.seen(moment);
      return running.ended;
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
