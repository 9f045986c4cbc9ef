import { asVersion, type Version } from '../../domain/brand.ts';
import { RanchError, troubleOf } from '../../domain/errors.ts';
import { excerpt } from '../../domain/excerpt.ts';
import type { HttpReply } from '../../domain/http.ts';
import type { ReachState } from '../../domain/mesh.ts';

/** What one look at a server came to. */
export interface Reached {
  readonly state: ReachState;
  readonly got: string;
  readonly version?: Version;
}

/** Each kind of trouble: how it is said, how bad it is, and what to do about it. */
export const REMEDY: Readonly<Record<Exclude<ReachState, 'ok' | 'absent'>, string>> = {
  'host-down': 'Is the host on? Where absence is expected, set `expect: absent`.',
  'port-closed': 'Start SQ there (`ranch start HOST`), or let that port through the firewall.',
  'no-route': 'Look at the network between the two (route, VPN, firewall).',
  'name-unknown':
    'Give an `address` in the inventory that the other hosts know too, or add it to their /etc/hosts.',
  'forwarding-forbidden':
    'Allow it in sshd_config (AllowTcpForwarding, PermitOpen), or install bash, nc, curl or wget.',
  hung: 'Look whether it is frozen (state T) or busy (`ranch status HOST`); restart it (`ranch restart HOST`).',
  poisoned: 'Restart it (`ranch restart HOST`), then check that each phext file is UTF-8.',
  'wrong-version': 'Bring all hosts to one version: `ranch rollout VERSION`.',
  'not-sq': 'Look at who listens on that address and port.',
  unasked: 'Name its phext in the inventory: `instances: [{ port: …, phext: … }]`.',
};

/** What a reply to `version` proves. A server with a key says so before anything else, which is an answer too. */
export function judgeVersion({ status, body }: HttpReply): Reached {
  if (status === 401) return { state: 'ok', got: 'answers, and wants its key' };
  if (status === 500) return { state: 'poisoned', got: `500 "${excerpt(body)}"` };
  const version = status === 200 ? asVersion(Buffer.from(body).toString('latin1').trim()) : undefined;
  if (version === undefined) return { state: 'not-sq', got: `${status} "${excerpt(body)}"` };
  return { state: 'ok', got: version, version };
}

const STATES: Readonly<Record<string, ReachState>> = {
  'connection-refused': 'port-closed',
  'name-unknown': 'name-unknown',
  unreachable: 'no-route',
  'forwarding-forbidden': 'forwarding-forbidden',
  deadline: 'hung',
  // The host that asks went away in the middle.
  'connection-lost': 'host-down',
  'permission-denied': 'unasked',
};

/** What an error of asking means. Throws what is not about hosts: a defect, an interruption. */
export function judgeError(error: unknown): Reached {
  if (!(error instanceof RanchError) || error.code === 'internal' || error.code === 'interrupted')
    throw error;
  return { state: STATES[error.code] ?? 'not-sq', got: troubleOf(error).message };
}
