import { timingSafeEqual } from 'node:crypto';
import { constants } from 'node:os';
import ssh2, { type AuthContext, type Connection, type Server, type Session } from 'ssh2';
import type { CannedAnswer } from './lab-spec.ts';
import { type CommandWorld, runCommand, signalCommand } from './run-command.ts';

/** What a lab host's SSH server asks of the host it belongs to. */
export interface SshServerHost {
  readonly user: string;
  /** The one public key that may log in, `ssh-ed25519 AAAA...`. */
  readonly clientKey: string;
  readonly world: CommandWorld;
  readonly canned?: CannedAnswer;
  /** True while the host boots: who logs in rightly is sent away without a word, as with /run/nologin. */
  isBooting(): boolean;
  /** Closes the TCP connection a client came by. */
  dismiss(peer: { readonly ip: string; readonly port: number }): void;
  /** Resolves when the host is ready to run one more command; counts it. */
  beforeCommand(): Promise<void>;
  /** Undefined where forwarding is administratively prohibited. */
  readonly openTcp?: (
    host: string,
    port: number,
    answer: { accept: ssh2.AcceptConnection<ssh2.ServerChannel>; reject: ssh2.RejectConnection },
  ) => void;
}

/**
 * An SSH server that is given its sockets (`injectSocket`) and listens nowhere itself. Public keys only; exec and
 * direct-tcpip only: a terminal, a shell, sftp, environment, agent, X11 and remote forwarding are refused.
 */
export function createSshServer(hostKey: string, host: SshServerHost): Server {
  return new ssh2.Server({ hostKeys: [hostKey], ident: 'OpenSSH_ranch_lab' }, (client, info) => {
    // A client that breaks off or speaks nonsense is the client's affair; its sockets are closed by ssh2.
    client.on('error', () => undefined);
    client.on('authentication', (context) => {
      if (!isAllowed(context, host)) context.reject(['publickey']);
      else if (host.isBooting() && isProof(context)) host.dismiss(info);
      else context.accept();
    });
    client.on('session', (accept) => serveSession(accept(), host));
    const { openTcp } = host;
    if (openTcp) {
      client.on('tcpip', (accept, reject, { destIP, destPort }) =>
        openTcp(destIP, destPort, { accept, reject }),
      );
    }
    endWithSocket(client);
  });
}

/** ssh2 leaves a half-closed connection open; sshd does not. */
function endWithSocket(client: Connection): void {
  client.once('end', () => client.end());
}

function isAllowed(context: AuthContext, host: SshServerHost): boolean {
  if (context.method !== 'publickey' || context.username !== host.user) return false;
  const allowed = ssh2.utils.parseKey(host.clientKey);
  if (allowed instanceof Error) return false;
  const expected = allowed.getPublicSSH();
  const offered = context.key.data;
  if (context.key.algo !== allowed.type || offered.length !== expected.length) return false;
  if (!timingSafeEqual(offered, expected)) return false;
  // Without a signature the client only asks whether the key would do.
  if (!context.signature || !context.blob) return true;
  return allowed.verify(context.blob, context.signature, context.hashAlgo) === true;
}

function isProof(context: AuthContext): boolean {
  return context.method === 'publickey' && context.signature !== undefined;
}

function serveSession(session: Session, host: SshServerHost): void {
  session.once('exec', (accept, _reject, { command }) => {
    const channel = accept();
    channel.on('error', () => undefined);
    let gone = false;
    channel.once('close', () => {
      gone = true;
    });
    void host.beforeCommand().then(() => {
      if (gone) return;
      if (host.canned) {
        channel.write(fill(host.canned, command), () => undefined);
        channel.exit(host.canned.exitCode);
        channel.end();
        return;
      }
      const child = runCommand(channel, command, host.world);
      session.on('signal', (_accept, _refuse, { name }) => {
        const signal = `SIG${name}`;
        if (isSignal(signal)) signalCommand(child, signal);
      });
    });
  });
}

function isSignal(name: string): name is NodeJS.Signals {
  return Object.hasOwn(constants.signals, name);
}

/** The canned text with what the command itself gave for its places. */
function fill(canned: CannedAnswer, command: string): string {
  if (canned.pattern === undefined) return canned.stdout;
  const groups = new RegExp(canned.pattern).exec(command)?.slice(1) ?? [];
  return canned.stdout.replace(/\{(\d)\}/g, (_all, digit: string) => groups[Number(digit)] ?? '');
}
