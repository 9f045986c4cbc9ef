import { RanchError } from '../domain/errors.ts';
import type { Shell, Transport } from '../domain/ports.ts';
import type { HostSpec } from '../domain/ranch.ts';
import { abortable, reasonOf } from './abortable.ts';
import type { Credentials } from './auth.ts';
import { type Attempt, connectOnce, type Network } from './connect.ts';
import { type Deadline, startDeadline } from './deadline.ts';
import { createGate } from './gate.ts';
import { hostKeysFrom } from './host-keys.ts';
import { createJumps } from './jumps.ts';
import { createKeyring } from './keyring.ts';
import type { Link } from './link.ts';
import { MAX_HANDSHAKES, type SshOptions } from './options.ts';
import { patiently } from './retry.ts';
import { type Route, routeTo } from './route.ts';
import { type RunContext, runScript } from './run.ts';
import { type HostKey, scanKey } from './scan.ts';
import { settingsResolver } from './settings.ts';
import { createSudo, type Sudo } from './sudo.ts';
import { openTunnel } from './tunnel.ts';

/** How long the whole of it may take, waiting for people and in queues aside, and how it is stopped before. */
export interface Bounds {
  readonly deadlineMs: number;
  readonly signal?: AbortSignal;
}

/** `Transport` over SSH, and what `ranch trust` needs of it. */
export interface SshTransport extends Transport {
  /** Obtains the key a host shows, without logging in (to its jump hosts it does). Throws the connecting codes. */
  scanHostKey(host: HostSpec, bounds: Bounds): Promise<HostKey>;
}

/** Loads ssh2 at the first connection only. */
function lazyCredentials(options: SshOptions): () => Promise<Credentials> {
  let loaded: Promise<Credentials> | undefined;
  const load = async (): Promise<Credentials> => {
    const ssh2 = (await import('ssh2')).default;
    const keyring = createKeyring(ssh2.utils.parseKey, options.askPassphrase);
    return { ssh2, keyring, ...(options.askPassword && { askPassword: options.askPassword }) };
  };
  return () => {
    loaded ??= load();
    return loaded;
  };
}

/** How each host's scripts become root, remembered for all its connections. */
function sudoMemory({ random, sudoPassword }: SshOptions): (host: HostSpec) => Sudo | undefined {
  const known = new Map<string, Sudo>();
  return (host) => {
    if (host.become !== 'sudo') return undefined;
    const sudo = known.get(host.name) ?? createSudo(random, sudoPassword && (() => sudoPassword(host)));
    known.set(host.name, sudo);
    return sudo;
  };
}

function shellOn(link: Link, context: RunContext, deadline: Deadline): Shell {
  const sudo = context.sudo;
  // A person who types a password holds up the whole work on the host, not only the script.
  const patient: RunContext = sudo
    ? { ...context, sudo: { ...sudo, askAgain: () => deadline.standStill(sudo.askAgain()) } }
    : context;
  return {
    run: (script, limits, signal) => runScript(link, script, limits, patient, signal),
    openTcp: (address, port, limits) => openTunnel(link, address, port, limits),
  };
}

/** Makes the transport. Nothing is loaded, read or opened before the first connection. */
export function sshTransport(options: SshOptions): SshTransport {
  const settingsOf = settingsResolver(options.sshConfigFile);
  const network: Network = {
    gate: createGate(options.maxHandshakes ?? MAX_HANDSHAKES),
    jumps: createJumps(),
    hostKeys: hostKeysFrom(options.knownHosts),
    credentials: lazyCredentials(options),
  };
  const sudoOf = sudoMemory(options);
  let closed = false;
  const route = async (host: HostSpec): Promise<Route> => {
    if (closed) {
      throw new RanchError({
        code: 'interrupted',
        place: host.name,
        message: 'the transport is closed',
        remedy: 'Run the command again.',
      });
    }
    return routeTo(host, settingsOf, options);
  };
  const during = async <T>(
    host: HostSpec,
    what: string,
    { deadlineMs, signal }: Bounds,
    work: (attempt: Attempt) => Promise<T>,
  ): Promise<T> => {
    const deadline = startDeadline(deadlineMs, host.name, what, signal);
    try {
      return await work({ route: await abortable(route(host), deadline.signal, host.name), deadline });
    } finally {
      deadline.clear();
    }
  };
  return {
    withShell: (host, use, bounds) =>
      during(host, 'working on the host', bounds, async (attempt) => {
        const { deadline } = attempt;
        const link = await patiently(() => connectOnce(network, attempt), options, deadline.signal);
        const stop = (): void => link.abort(reasonOf(deadline.signal, host.name));
        deadline.signal.addEventListener('abort', stop, { once: true });
        const sudo = sudoOf(host);
        const context = { clock: options.clock, random: options.random, ...(sudo && { sudo }) };
        try {
          return await abortable(use(shellOn(link, context, deadline)), deadline.signal, host.name);
        } finally {
          link.close();
        }
      }),
    scanHostKey: (host, bounds) =>
      during(host, 'asking for the host key', bounds, (attempt) =>
        patiently(() => scanKey(network, attempt), options, attempt.deadline.signal),
      ),
    async close() {
      closed = true;
      network.jumps.close();
    },
  };
}
