import { RanchError } from '../domain/errors.ts';
import type { Shell, Transport } from '../domain/ports.ts';
import type { HostSpec } from '../domain/ranch.ts';
import { abortable } from './abortable.ts';
import type { Credentials } from './auth.ts';
import { connectOnce, type Network } from './connect.ts';
import { type Deadline, startDeadline } from './deadline.ts';
import { createGate } from './gate.ts';
import { hostKeysFrom } from './host-keys.ts';
import { createJumps } from './jumps.ts';
import { createKeyring } from './keyring.ts';
import type { Link } from './link.ts';
import { MAX_HANDSHAKES, type SshOptions } from './options.ts';
import { patiently } from './retry.ts';
import { type Route, routeTo } from './route.ts';
import { runScript } from './run.ts';
import { type HostKey, scanKey } from './scan.ts';
import { settingsResolver } from './settings.ts';
import { openTunnel } from './tunnel.ts';

/** `Transport` over SSH, and what `ranch trust` needs of it. */
export interface SshTransport extends Transport {
  /** Obtains the key a host shows, without logging in (to its jump hosts it does). Throws the connecting codes. */
  scanHostKey(
    host: HostSpec,
    options: { readonly deadlineMs: number; readonly signal?: AbortSignal },
  ): Promise<HostKey>;
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

function shellOn(link: Link, host: HostSpec, options: SshOptions, deadline: Deadline): Shell {
  const { clock, random, sudoPassword } = options;
  const context = {
    clock,
    random,
    sudo: host.become === 'sudo',
    ...(sudoPassword && { sudoPassword: () => deadline.whileAsking(sudoPassword(host)) }),
  };
  return {
    run: (script, limits, signal) => runScript(link, script, limits, context, signal),
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
  return {
    async withShell(host, use, { deadlineMs, signal }) {
      const way = await route(host);
      const deadline = startDeadline(deadlineMs, host.name, 'working on the host', signal);
      try {
        const link = await patiently(
          () => connectOnce(network, { route: way, deadline }),
          options,
          deadline.signal,
        );
        const stop = (): void => link.abort(deadline.signal.reason);
        deadline.signal.addEventListener('abort', stop, { once: true });
        try {
          return await abortable(use(shellOn(link, host, options, deadline)), deadline.signal, host.name);
        } finally {
          link.close();
        }
      } finally {
        deadline.clear();
      }
    },
    async scanHostKey(host, { deadlineMs, signal }) {
      const way = await route(host);
      const deadline = startDeadline(deadlineMs, host.name, 'asking for the host key', signal);
      try {
        return await patiently(() => scanKey(network, { route: way, deadline }), options, deadline.signal);
      } finally {
        deadline.clear();
      }
    },
    async close() {
      closed = true;
      network.jumps.close();
    },
  };
}
