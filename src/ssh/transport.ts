import { RanchError } from '../domain/errors.ts';
import type { Shell, Transport, VisitOptions } from '../domain/ports.ts';
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
import { createParked } from './parked.ts';
import { patiently } from './retry.ts';
import { routeTo } from './route.ts';
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

/** One visit over a connection, which then goes where `leave` takes it: nowhere else but when all went well. */
async function useLink<T>(
  link: Link,
  context: RunContext,
  deadline: Deadline,
  use: (shell: Shell) => Promise<T>,
  leave: (link: Link) => void,
): Promise<T> {
  const place = link.hop.name;
  const stop = (): void => link.abort(reasonOf(deadline.signal, place));
  deadline.signal.addEventListener('abort', stop, { once: true });
  let left = (one: Link): void => one.close();
  try {
    const found = await abortable(use(shellOn(link, context, deadline)), deadline.signal, place);
    left = leave;
    return found;
  } finally {
    deadline.clear();
    deadline.signal.removeEventListener('abort', stop);
    left(link);
  }
}

function closedTransport(place: string): RanchError {
  const remedy = 'Run the command again.';
  return new RanchError({ code: 'interrupted', place, message: 'the transport is closed', remedy });
}

/** Makes the transport. Nothing is loaded, read or opened before the first connection. */
export function sshTransport(options: SshOptions): SshTransport {
  const { clock, random } = options;
  const settingsOf = settingsResolver(options.sshConfigFile);
  const sudoOf = sudoMemory(options);
  const network: Network = {
    gate: createGate(options.maxHandshakes ?? MAX_HANDSHAKES),
    jumps: createJumps(),
    hostKeys: hostKeysFrom(options.knownHosts),
    credentials: lazyCredentials(options),
  };
  const parked = createParked();
  let closed = false;
  const attempting = async <T>(
    host: HostSpec,
    { deadlineMs, signal }: Bounds,
    connect: (attempt: Attempt) => Promise<T>,
  ): Promise<{ readonly made: T; readonly deadline: Deadline }> => {
    if (closed) throw closedTransport(host.name);
    const deadline = startDeadline(deadlineMs, host.name, 'the work on the host', signal);
    try {
      const route = await abortable(routeTo(host, settingsOf, options), deadline.signal, host.name);
      return {
        made: await patiently(() => connect({ route, deadline }), options, deadline.signal),
        deadline,
      };
    } catch (error) {
      deadline.clear();
      throw error;
    }
  };
  const linkFor = async (host: HostSpec, options: VisitOptions) => {
    const waiting = options.reuse && !closed ? parked.take(host) : undefined;
    if (!waiting) return attempting(host, options, (attempt) => connectOnce(network, attempt));
    const { deadlineMs, signal } = options;
    return { made: waiting, deadline: startDeadline(deadlineMs, host.name, 'the work on the host', signal) };
  };
  return {
    async withShell(host, use, options) {
      const { made, deadline } = await linkFor(host, options);
      const sudo = sudoOf(host);
      const leave = (link: Link): void => (options.keep && !closed ? parked.put(host, link) : link.close());
      return useLink(made, { clock, random, ...(sudo && { sudo }) }, deadline, use, leave);
    },
    async scanHostKey(host, bounds) {
      const { made, deadline } = await attempting(host, bounds, (attempt) => scanKey(network, attempt));
      deadline.clear();
      return made;
    },
    async close() {
      closed = true;
      parked.close();
      network.jumps.close();
    },
  };
}
