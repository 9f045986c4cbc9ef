import { createHash } from 'node:crypto';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import type { LabHostSpec, LabInstanceSpec } from './lab-spec.ts';
import { LAB_MARK, SCOPE_MARK } from './marked-processes.ts';

/** Where everything of one lab host is. */
export interface HostPlace {
  readonly spec: LabHostSpec;
  /** Its own loopback address. */
  readonly address: string;
  /** Its SSH port. */
  readonly port: number;
  /** The host's folder. */
  readonly folder: string;
  readonly home: string;
  /** The binary's path; undefined where nothing is installed. */
  readonly binary?: string;
  /** What commands and servers of the host find in their environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly instances: readonly LabInstance[];
}

/** One SQ server of a lab host, with its port and its places. */
export interface LabInstance {
  readonly port: number;
  readonly phext: string;
  readonly dataDir: string;
  readonly cwd: string;
  readonly log: string;
  /** A file in the host's home that holds the key. */
  readonly keyFile?: string;
  readonly spec: LabInstanceSpec;
}

/** Hosts on one /24 of 127.77.0.0/16; the last number stays within 1..250. */
const HOSTS_A_NET = 250;

/** The loopback address of the host at `index`: 127.77.0.1, 127.77.0.2, ... (Linux answers on all of 127/8). */
export function addressOf(index: number): string {
  return `127.77.${Math.floor(index / HOSTS_A_NET)}.${(index % HOSTS_A_NET) + 1}`;
}

/**
 * An id that no other lab has, whatever the seed of `salt`: the folder and the process are in it too, because a
 * lab's processes are ended by it.
 */
export function labIdOf(dir: string, salt: string): string {
  const text = [dir, process.pid, process.hrtime.bigint(), salt].join(' ');
  return `lab-${createHash('sha256').update(text).digest('hex').slice(0, 20)}`;
}

/** Who logs in to lab hosts: whoever runs the lab, since the shells are real. */
export function labUser(): string {
  try {
    return userInfo().username;
  } catch {
    // A uid without an entry in passwd, as containers have it.
    return 'ranch';
  }
}

/** Lays out one host below `dir`. `ports` are those of its instances, in order. */
export function layOut(
  dir: string,
  labId: string,
  spec: LabHostSpec,
  at: { readonly index: number; readonly port: number; readonly ports: readonly number[] },
): HostPlace {
  const folder = join(dir, 'hosts', spec.name);
  const home = join(folder, 'home');
  const binary = spec.version === undefined ? undefined : join(folder, spec.binary ?? 'bin/sq');
  return {
    spec,
    address: addressOf(at.index),
    port: at.port,
    folder,
    home,
    ...(binary !== undefined && { binary }),
    env: {
      ...spec.env,
      HOME: home,
      USER: labUser(),
      LOGNAME: labUser(),
      SHELL: '/bin/sh',
      PATH: pathFor(folder),
      [LAB_MARK]: labId,
      [SCOPE_MARK]: `${labId}/${spec.name}`,
    },
    instances: spec.instances.map((instance, n) => layOutInstance(folder, home, instance, at.ports[n] ?? 0)),
  };
}

function layOutInstance(folder: string, home: string, spec: LabInstanceSpec, port: number): LabInstance {
  const { data } = spec;
  const dataDir = join(data.kind === 'folder' ? join(folder, 'data') : home, data.name);
  return {
    port,
    phext: spec.phext,
    dataDir,
    cwd: data.kind === 'folder' ? home : dataDir,
    log: join(home, `sq-${port}.log`),
    ...(spec.key === true && { keyFile: join(home, `.sq-${port}.key`) }),
    spec,
  };
}

/** The host's own programs, the node that stand-ins run on, and the system's. */
function pathFor(folder: string): string {
  const system = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
  return [...new Set([join(folder, 'bin'), dirname(process.execPath), ...system])].join(':');
}
