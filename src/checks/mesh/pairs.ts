import pLimit from 'p-limit';
import type { Limits } from '../../domain/http.ts';
import type { MeshNode, MeshPair, ReachState } from '../../domain/mesh.ts';
import { ownAddress } from '../../host/reach.ts';
import { versionRequest } from '../../sq/requests.ts';
import type { MeshHost, MeshMember, MeshPorts } from './host.ts';
import type { OwnView } from './own.ts';
import { judgeError, judgeVersion, type Reached } from './state.ts';
import { isUsableElsewhere } from './way.ts';

/** It answered its own host a moment ago; a network may be slow, and a firewall silent. */
export const PAIR_LIMITS: Limits = { deadlineMs: 10_000, maxBytes: 64 * 1024 };

/**
 * Exchanges with one SQ at once. It answers one after the other in any case (one lock); so many keep it busy and leave its
 * clients their turn.
 */
const ASKING_ONE_AT_ONCE = 8;

/** Failures after which another address of the same host is worth trying. */
const ANOTHER_ADDRESS: readonly ReachState[] = ['name-unknown', 'no-route', 'port-closed'];

/** A pair, and what it takes to use the way again. */
export interface Link {
  readonly pair: MeshPair;
  readonly from: MeshHost;
  readonly view: OwnView;
}

interface Try extends Reached {
  readonly address: string;
  readonly via?: string;
  readonly tookMs?: number;
}

async function tryAddress(
  from: MeshHost,
  view: OwnView,
  address: string,
  signal: AbortSignal | undefined,
): Promise<Try> {
  try {
    const { phext = '' } = view.node;
    // Never with its key: that stays on its own host. A server with a key answers 401 to anybody.
    const request = versionRequest({ phext });
    const { port } = view.target.subject.instance;
    const { reply, via } = await from.way.ask(address, port, request, PAIR_LIMITS, signal);
    return { ...judgeVersion(reply), address, via, tookMs: Math.round(reply.tookMs * 10) / 10 };
  } catch (error) {
    return { ...judgeError(error), address };
  }
}

/** How a try is told beside others. */
const SHORT: Partial<Readonly<Record<ReachState, string>>> = {
  'name-unknown': 'an unknown name',
  'no-route': 'no way leads there',
  'port-closed': 'refused',
};

/** What all tries came to: the last one, and where there were several all of them in short. */
function told(tries: readonly Try[]): Omit<Try, 'address'> & { readonly address?: string } {
  const last = tries.at(-1);
  if (!last)
    return { state: 'name-unknown', got: 'the inventory gives no address that another host could use' };
  if (last.state === 'ok' || tries.length === 1) return last;
  return {
    ...last,
    got: tries.map(({ address, state, got }) => `${address}: ${SHORT[state] ?? got}`).join('; '),
  };
}

async function reach(
  from: MeshHost,
  view: OwnView,
  own: () => Promise<string | undefined>,
  signal: AbortSignal | undefined,
) {
  const tries: Try[] = [];
  for (const address of view.target.host.addresses) {
    const one = await tryAddress(from, view, address, signal);
    tries.push(one);
    if (!ANOTHER_ADDRESS.includes(one.state)) return told(tries);
  }
  // The address under which we reached it ourselves, as its sshd tells it: a name that only we know has one.
  const last = await own();
  if (last !== undefined && isUsableElsewhere(last) && !tries.some(({ address }) => address === last)) {
    tries.push(await tryAddress(from, view, last, signal));
  }
  return told(tries);
}

/** A pair whose other end nobody can or may ask: told without a connection. */
function inherited(from: MeshMember, node: MeshNode): MeshPair {
  const absent = node.state === 'absent' || (from.kind === 'missing' && from.expected);
  const lost = from.kind === 'missing' && node.state !== 'absent';
  const base = {
    kind: 'mesh-pair' as const,
    from: from.spec.name,
    to: node.host,
    ...(node.port === undefined ? {} : { port: node.port }),
  };
  if (absent) return { ...base, state: 'absent', got: 'not there, as the inventory expects' };
  if (lost) return { ...base, state: 'host-down', got: `${from.spec.name}: ${from.got}` };
  return { ...base, state: node.state, got: node.got };
}

/** The way from every host to every SQ of another, and why where there is none. */
export async function reachPairs(
  members: readonly MeshMember[],
  views: readonly OwnView[],
  empty: readonly MeshNode[],
  { signal }: MeshPorts,
): Promise<{ readonly links: readonly Link[]; readonly pairs: readonly MeshPair[] }> {
  const links: Link[] = [];
  const asked = views.flatMap((view) => {
    const asking = pLimit(ASKING_ONE_AT_ONCE);
    const address = once(() => ownAddress(view.target.host.shell, signal).catch(() => undefined));
    return members
      .filter(({ spec }) => spec.name !== view.node.host)
      .map(async (from): Promise<MeshPair> => {
        if (from.kind === 'missing' || view.ask === undefined) return inherited(from, view.node);
        const seen = await asking(() => reach(from, view, address, signal));
        const { host: to, port } = view.node;
        const pair: MeshPair = {
          kind: 'mesh-pair',
          from: from.spec.name,
          to,
          ...(port === undefined ? {} : { port }),
          ...seen,
        };
        links.push({ pair, from, view });
        return pair;
      });
  });
  const pairs = await Promise.all(asked);
  signal?.throwIfAborted();
  const others = empty.flatMap((node) =>
    members.filter(({ spec }) => spec.name !== node.host).map((from) => inherited(from, node)),
  );
  return { links, pairs: [...pairs, ...others] };
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
