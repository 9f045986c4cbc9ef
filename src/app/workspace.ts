import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { Artifact } from '../domain/artifact.ts';
import { RanchError } from '../domain/errors.ts';
import type { Clock, Random } from '../domain/ports.ts';
import type { HostSpec, Ranch } from '../domain/ranch.ts';
import type { Secret } from '../domain/secret.ts';
import { loadInventory } from '../inventory/load-inventory.ts';
import { parseLock } from '../inventory/lock.ts';
import type { SshTransport } from '../ssh/transport.ts';
import type { Store } from '../store/open.ts';
import { readIfThere } from './read-file.ts';
import { systemClock, systemRandom } from './system.ts';

/** What a person can be asked; each undefined under `--no-input`. */
export interface Asking {
  readonly passphrase?: (prompt: string) => Promise<Secret | undefined>;
  readonly password?: (prompt: string) => Promise<Secret | undefined>;
  readonly sudo?: (host: HostSpec) => Promise<Secret | undefined>;
}

export interface WorkspaceOptions {
  readonly inventory: string;
  readonly stateDir: string;
  readonly asking: Asking;
  /** Read instead of the user's own ssh_config. */
  readonly sshConfig?: string;
  readonly clock?: Clock;
  readonly random?: Random;
}

/** What every use case works with: an inventory, a state folder, and the ways to hosts and records, made when used. */
export interface Workspace {
  readonly ranch: Ranch;
  readonly stateDir: string;
  readonly lockFile: string;
  readonly clock: Clock;
  readonly random: Random;
  /** What `ranch.lock` pins, read once. */
  artifacts(): Promise<readonly Artifact[]>;
  transport(): Promise<SshTransport>;
  /** The store, opened once. */
  store(): Promise<Store>;
  close(): Promise<void>;
}

/** Files of known host keys, the user's own first; `ranch trust` writes the last. */
export function knownHostsFiles(stateDir: string): readonly string[] {
  return [join(homedir(), '.ssh', 'known_hosts'), '/etc/ssh/ssh_known_hosts', join(stateDir, 'known_hosts')];
}

/** One value, made at the first call. */
function once<T>(make: () => Promise<T>): { get(): Promise<T>; made(): Promise<T> | undefined } {
  let value: Promise<T> | undefined;
  return {
    get() {
      value ??= make();
      return value;
    },
    made: () => value,
  };
}

/** A file that somebody named must be there: to go on with other keys and names than were meant would be worse. */
function mustBeThere(sshConfig: string | undefined): void {
  if (sshConfig === undefined || sshConfig === 'none' || existsSync(sshConfig)) return;
  throw new RanchError({
    code: 'usage',
    place: sshConfig,
    message: 'there is no such ssh_config',
    remedy: 'Name another with `--ssh-config` or RANCH_SSH_CONFIG; `none` reads none.',
  });
}

/** Opens a workspace. Throws `inventory-missing`, `inventory-invalid`, `usage` for an ssh_config that is not there. */
export async function openWorkspace(options: WorkspaceOptions): Promise<Workspace> {
  const { asking, clock = systemClock, random = systemRandom } = options;
  mustBeThere(options.sshConfig);
  const stateDir = resolve(options.stateDir);
  const ranch = await loadInventory(options.inventory);
  const lockFile = join(dirname(resolve(ranch.file)), 'ranch.lock');
  const transport = once(async () => {
    const { sshTransport } = await import('../ssh/transport.ts');
    return sshTransport({
      ranch,
      knownHosts: knownHostsFiles(stateDir),
      clock,
      random,
      ...(asking.passphrase ? { askPassphrase: asking.passphrase } : {}),
      ...(asking.password ? { askPassword: asking.password } : {}),
      ...(asking.sudo ? { sudoPassword: asking.sudo } : {}),
      ...(options.sshConfig ? { sshConfigFile: options.sshConfig } : {}),
    });
  });
  const store = once(async () => {
    const { openStore } = await import('../store/open.ts');
    return openStore(stateDir, { clock });
  });
  const artifacts = once(async () => {
    const text = await readIfThere(lockFile);
    return text === undefined ? [] : parseLock(text, lockFile);
  });
  return {
    ranch,
    stateDir,
    lockFile,
    clock,
    random,
    artifacts: artifacts.get,
    transport: transport.get,
    store: store.get,
    async close() {
      await (await transport.made())?.close();
      (await store.made())?.close();
    },
  };
}
