import type { HttpReply, HttpRequest, Limits } from '../../domain/http.ts';
import type { MeshNode, ReachState } from '../../domain/mesh.ts';
import { whyUnsupported } from '../../plan/drift.ts';
import { capabilities } from '../../sq/capabilities.ts';
import { parseChecksum, parseStatus, type SqStatus } from '../../sq/replies.ts';
import { checksumRequest, statusRequest, type Target, versionRequest } from '../../sq/requests.ts';
import { type Subject, targetOf } from '../subject.ts';
import type { MeshHost, MeshMember, MeshPorts, MeshTarget } from './host.ts';
import { judgeError, judgeVersion, type Reached } from './state.ts';

/** The first request may make SQ load its phext: 3.9 s for the real CYOA on the slow libphext. */
export const OWN_LIMITS: Limits = { deadlineMs: 20_000, maxBytes: 64 * 1024 };

const LOOPBACK = '127.0.0.1';

/** One SQ as its own host sees it, and what may be asked of it. */
export interface OwnView {
  readonly target: MeshTarget;
  readonly node: MeshNode;
  /** What to ask with; undefined where it must not be asked at all, by nobody. */
  readonly ask: Target | undefined;
}

/** Why a server must not be asked; undefined where it may be. */
function leftAlone({ server, version, primary, instance }: Subject): Reached | undefined {
  const no = (state: ReachState, got: string): Reached => ({ state, got });
  if (server.state === 'T') return no('hung', `somebody froze it (state T, pid ${server.pid})`);
  if (server.port === undefined) return no('port-closed', `it does not listen on ${instance.port}`);
  if (!capabilities(version).probeOverHttp) {
    return no('wrong-version', `${version ?? '0.5.1 or older'}: nobody connects, a connection can end it`);
  }
  if (primary === undefined) return no('unasked', 'which of its phexts it is there for is not known');
  return undefined;
}

/** Asks an SQ over its own host's loopback. Throws as `Way.ask`. */
export async function askOwn(
  { host, subject }: MeshTarget,
  request: HttpRequest,
  limits: Limits,
  signal?: AbortSignal,
): Promise<HttpReply> {
  return (await host.way.ask(LOOPBACK, subject.instance.port, request, limits, signal)).reply;
}

interface Held {
  readonly seen: Reached;
  readonly status?: SqStatus;
  readonly checksum?: string;
}

async function lookInside(
  target: MeshTarget,
  ask: Target,
  deep: boolean,
  signal: AbortSignal | undefined,
): Promise<Held> {
  const own = (request: HttpRequest) => askOwn(target, request, OWN_LIMITS, signal);
  const seen = judgeVersion(await own(versionRequest(ask)));
  if (seen.state !== 'ok' || seen.version === undefined || !deep) return { seen };
  const { place } = target.subject;
  const status = parseStatus(await own(statusRequest(ask)), place);
  const checksum = parseChecksum(await own(checksumRequest(ask)), place);
  return { seen, status, checksum };
}

/** One SQ through its own host: what it is, whether it answers there, and (where `deep`) what it holds. */
async function ownView(target: MeshTarget, deep: boolean, signal: AbortSignal | undefined): Promise<OwnView> {
  const { host, subject } = target;
  const { version, server, primary } = subject;
  const base = {
    kind: 'mesh-node' as const,
    host: host.spec.name,
    port: subject.instance.port,
    ...(version ? { version } : {}),
    ...(server.running.sha256 === '' ? {} : { sha256: server.running.sha256 }),
    ...(primary === undefined ? {} : { phext: primary }),
  };
  const alone = leftAlone(subject);
  if (alone) return { target, node: { ...base, ...alone }, ask: undefined };
  try {
    const ask = await targetOf(subject);
    if (!ask) return { target, node: { ...base, state: 'unasked', got: 'it must not be asked' }, ask };
    const { seen, status, checksum } = await lookInside(target, ask, deep, signal);
    const holds = status ? { bytes: status.bytes, scrolls: status.scrolls } : {};
    return { target, ask, node: { ...base, ...seen, ...holds, ...(checksum ? { checksum } : {}) } };
  } catch (error) {
    const seen = judgeError(error);
    // Others may reach it although its own host's sshd forwards nothing.
    const ask =
      seen.state === 'forwarding-forbidden' && primary !== undefined ? { phext: primary } : undefined;
    return { target, node: { ...base, ...seen }, ask };
  }
}

/** Why nothing is to be reached on a host, or not what the inventory names there. */
function whyNothing(member: MeshMember): Reached {
  if (member.kind === 'missing') return { state: member.expected ? 'absent' : 'host-down', got: member.got };
  const unsupported = whyUnsupported(member.observation);
  if (unsupported !== undefined) return { state: 'unasked', got: unsupported };
  return { state: 'port-closed', got: 'no SQ runs there' };
}

/** What should be reached on a host and is not there. */
function emptyNodes(member: MeshMember): readonly MeshNode[] {
  const found = member.kind === 'there' ? member.subjects.map(({ instance }) => instance.port) : [];
  const lacking = member.spec.instances.map(({ port }) => port).filter((port) => !found.includes(port));
  const unnamed = member.spec.instances.length === 0 && found.length === 0;
  const at = { kind: 'mesh-node' as const, host: member.spec.name, ...whyNothing(member) };
  return unnamed ? [at] : lacking.map((port) => ({ ...at, port }));
}

/** Every SQ of the mesh through its own host, all at once; and the hosts that have none. */
export async function ownViews(
  members: readonly MeshMember[],
  deep: boolean,
  { signal }: MeshPorts,
): Promise<{ readonly views: readonly OwnView[]; readonly empty: readonly MeshNode[] }> {
  const hosts = members.filter((member): member is MeshHost => member.kind === 'there');
  const targets = hosts.flatMap((host) => host.subjects.map((subject): MeshTarget => ({ host, subject })));
  const views = await Promise.all(targets.map((target) => ownView(target, deep, signal)));
  signal?.throwIfAborted();
  return { views, empty: members.flatMap(emptyNodes) };
}
