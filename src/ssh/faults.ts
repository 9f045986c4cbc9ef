import { type ErrorCode, RanchError } from '../domain/errors.ts';
import { messageOf } from './error-fields.ts';
import type { Hop } from './hop.ts';

/** What the connection was doing when it failed. */
export type Stage = 'dialling' | 'greeting' | 'authenticating' | 'open';

function fault(hop: Hop, code: ErrorCode, message: string, remedy: string, cause?: unknown): RanchError {
  return new RanchError({ code, place: hop.name, message, remedy }, { cause });
}

const at = (hop: Hop): string => `${hop.address}:${hop.port}`;

/** The time for a connection is over. `what` says what was waited for. */
export function deadlineFault(place: string, what: string, ms: number): RanchError {
  return new RanchError({
    code: 'deadline',
    place,
    message: `${what} took longer than ${Math.round(ms)} ms`,
    remedy: 'Look whether the host or the network is overloaded, or allow more time.',
  });
}

/** No TCP connection within ConnectTimeout: packets vanish, or the host is off. */
export function silentFault(hop: Hop): RanchError {
  return fault(
    hop,
    'unreachable',
    `${at(hop)} gave no answer within ${hop.connectTimeoutMs} ms`,
    'Is the host on, and does a firewall drop port 22? Where absence is expected, set `expect: absent`.',
  );
}

/** A stream that ended without an error: what that means depends on when. `banner` is what sshd said last. */
export function closedFault(hop: Hop, stage: Stage, banner: string): RanchError {
  if (stage === 'authenticating') {
    const said = banner === '' ? '' : `; it said: ${JSON.stringify(banner.trim())}`;
    return fault(
      hop,
      'host-booting',
      `${at(hop)} took our key and closed the connection, as a host does that is still booting${said}`,
      'Wait until the host is up. If it stays so: look for /run/nologin, `systemctl is-system-running`, sshd’s log.',
    );
  }
  const when = stage === 'open' ? 'in the middle' : 'before the handshake';
  return fault(
    hop,
    'connection-lost',
    `${at(hop)} closed the connection ${when}`,
    stage === 'open'
      ? 'Look at the host and the network, then run the command again.'
      : 'sshd may be overloaded (MaxStartups) or about to stop; try again.',
  );
}

const BY_ERRNO: Readonly<
  Record<string, { readonly code: ErrorCode; readonly says: string; readonly remedy: string }>
> = {
  ECONNREFUSED: {
    code: 'connection-refused',
    says: 'nothing listens there',
    remedy: 'Is sshd running, and is the port right?',
  },
  ENOTFOUND: {
    code: 'name-unknown',
    says: 'the name is unknown',
    remedy: 'Give `address` in the inventory or `HostName` in ~/.ssh/config.',
  },
  EAI_AGAIN: {
    code: 'name-unknown',
    says: 'the name server gave no answer',
    remedy: 'Look at the name server, or give `address` in the inventory.',
  },
  ECONNRESET: { code: 'connection-lost', says: 'the connection was reset', remedy: 'Try again.' },
  EPIPE: { code: 'connection-lost', says: 'the connection broke', remedy: 'Try again.' },
  EMFILE: {
    code: 'internal',
    says: 'this machine has no file descriptor left',
    remedy: 'Raise `ulimit -n`, or look at fewer hosts at once.',
  },
};

const ELSEWHERE = {
  code: 'unreachable',
  says: 'no way leads there',
  remedy: 'Look at the network (route, VPN, firewall). Where absence is expected, set `expect: absent`.',
} as const;

/** What a socket's errno means for a user; an errno not listed (EHOSTUNREACH, ENETDOWN, ETIMEDOUT...) is `unreachable`. */
export function errnoFault(hop: Hop, errno: string, cause: unknown): RanchError {
  const { code, says, remedy } = BY_ERRNO[errno] ?? ELSEWHERE;
  return fault(hop, code, `${at(hop)}: ${says} (${errno})`, remedy, cause);
}

/** Nobody let us in. `tried` names each key and method. */
export function authenticationFault(
  hop: Hop,
  tried: readonly string[],
  allowed: readonly string[],
): RanchError {
  const what = tried.length === 0 ? 'there was no key to offer' : `tried ${tried.join(', ')}`;
  const takes = allowed.length === 0 ? '' : ` (it takes ${allowed.join(', ')})`;
  return fault(
    hop,
    'authentication-failed',
    `${hop.user}@${at(hop)} let nobody in: ${what}${takes}`,
    'Load the key into your agent, or name it as `identityFile` in the inventory or IdentityFile in ~/.ssh/config.',
  );
}

/** ssh2 and the host found no common language. */
export function protocolFault(hop: Hop, cause: unknown): RanchError {
  return fault(
    hop,
    'host-unsupported',
    `${at(hop)} does not speak an SSH that ranch speaks: ${messageOf(cause)}`,
    'Is that port an sshd’s, and is it OpenSSH 6.5 or newer?',
    cause,
  );
}

/** The host wants to be spoken to in packets of next to nothing. */
export function packetFault(hop: Hop, what: string): RanchError {
  return fault(
    hop,
    'host-unsupported',
    `${at(hop)} takes only tiny packets for ${what}, as no SSH server does`,
    'Look at what answers on that port: it may mean harm.',
  );
}

/** More bytes came than anybody asked for. */
export function floodFault(place: string, what: string, maxBytes: number): RanchError {
  return new RanchError({
    code: 'answer-too-large',
    place,
    message: `${what} is larger than ${maxBytes} bytes`,
    remedy: 'Look at what the host prints; nothing of it was kept.',
  });
}
