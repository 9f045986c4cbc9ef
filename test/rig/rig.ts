import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const SCRIPT = fileURLToPath(new URL('./rig', import.meta.url));

/** `minimal` has no user systemd, cron or curl; on `busybox` /bin/sh and the small tools are busybox. */
export type HostKind = 'full' | 'minimal' | 'busybox';

/** How SQ runs on a host: system unit of root, user unit of `ranch`, or by hand as `ranch`. */
export type SqWay = 'unit' | 'user' | 'bare';

const environment = z.object({
  dir: z.string(),
  network: z.string(),
  bridge: z.string(),
  /** Private key that every user of every host accepts. */
  key: z.string(),
  /** OpenSSH file with the hosts' real keys. */
  knownHosts: z.string(),
  users: z.array(
    z.object({
      name: z.string(),
      sudo: z.enum(['none', 'free', 'password']),
      password: z.string().optional(),
    }),
  ),
  hosts: z.array(
    z.object({
      name: z.string(),
      address: z.string(),
      kind: z.enum(['full', 'minimal', 'busybox']),
      /** The host it is reached through; empty where it is on the common network. */
      via: z.string(),
      state: z.enum(['on', 'off']),
    }),
  ),
});

/** What the rig is at one moment. */
export type RigEnvironment = Readonly<z.infer<typeof environment>>;

/** Thrown when a rig command ends badly; the message holds all that it said. */
export class RigError extends Error {
  override readonly name = 'RigError';
}

/** Real hosts h1..hN, and all that can be done to them from outside. Times out by the script's own deadlines. */
export interface Rig {
  readonly environment: () => Promise<RigEnvironment>;
  /** The address of a host on the rig's network. */
  readonly address: (host: string) => string;
  /** Starts the SQ at `binary` and waits until its port listens (by the socket table, never by a connect). */
  readonly startSq: (way: SqWay, host: string, binary: string, port?: number) => Promise<void>;
  /** Puts `file` as NAME.phext where that SQ will look, before it starts. */
  readonly putContent: (
    host: string,
    file: string,
    name: string,
    way?: SqWay,
    port?: number,
  ) => Promise<void>;
  /** Runs a shell command over ssh ([USER@]HOST, else root), whatever its cable or jump; gives its stdout, trimmed. */
  readonly run: (target: string, command: string) => Promise<string>;
  /** Power cut: everything on the host is gone at once, and only its disk stays. */
  readonly crash: (host: string) => Promise<void>;
  /** Switches it on and waits until systemd says `running`. */
  readonly boot: (host: string) => Promise<void>;
  readonly cut: (host: string) => Promise<void>;
  readonly heal: (host: string) => Promise<void>;
  /** Makes `host` reachable through `via` alone; `none` puts it back. */
  readonly jump: (host: string, via: string) => Promise<void>;
  /** A host that is still booting: refuses all but root after authentication. */
  readonly nologin: (host: string, on: boolean) => Promise<void>;
  /** As fresh from `openRig`: on, plugged in, no SQ, no data. */
  readonly reset: (host: string) => Promise<void>;
}

/**
 * Boots h1..hN (those that run already stay) and resets each. The hosts outlive the test file: the next file
 * finds them booted, and whoever started the suite takes them down.
 */
export async function openRig(hosts: number, kinds: Readonly<Record<string, HostKind>> = {}): Promise<Rig> {
  await script('up', `${hosts}`, ...Object.entries(kinds).map(([host, kind]) => `${host}=${kind}`));
  const rig = await ready();
  const names = Array.from({ length: hosts }, (_, index) => `h${index + 1}`);
  await Promise.all(names.map((name) => rig.reset(name)));
  return rig;
}

/** Boots and resets h1..hN, runs `use`, and resets them again whatever happened. */
export async function withRig<T>(hosts: number, use: (rig: Rig) => Promise<T>): Promise<T> {
  const rig = await openRig(hosts);
  try {
    return await use(rig);
  } finally {
    for (let index = 1; index <= hosts; index += 1) await rig.reset(`h${index}`);
  }
}

async function ready(): Promise<Rig> {
  const read = async () => environment.parse(JSON.parse(await script('env')));
  const { network } = await read();
  const act =
    (command: string) =>
    async (host: string): Promise<void> => {
      await script(command, host);
    };
  return {
    environment: read,
    address: (host) => `${network}.${10 + Number(host.slice(1))}`,
    startSq: async (way, host, binary, port = 1337) => {
      await script(`sq-${way}`, host, binary, `${port}`);
    },
    putContent: async (host, file, name, way = 'unit', port = 1337) => {
      await script('content', host, file, name, way, `${port}`);
    },
    run: async (target, command) => (await script('sh', target, command)).trim(),
    crash: act('crash'),
    boot: act('boot'),
    cut: act('cut'),
    heal: act('heal'),
    reset: act('reset'),
    jump: async (host, via) => {
      await script('jump', host, via);
    },
    nologin: async (host, on) => {
      await script('nologin', host, on ? 'on' : 'off');
    },
  };
}

/** Runs the rig script and gives its stdout; throws RigError with what it said where it fails. */
function script(...args: readonly string[]): Promise<string> {
  const child = spawn(SCRIPT, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let talk = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    out += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    talk += chunk;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(out);
      else reject(new RigError(`rig ${args.join(' ')} ended with ${code}: ${out}${talk}`));
    });
  });
}
