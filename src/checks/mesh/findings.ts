import type { HostName } from '../../domain/brand.ts';
import type { Finding, Severity } from '../../domain/finding.ts';
import type { MeshNode, MeshPair, ReachState } from '../../domain/mesh.ts';
import { broken, held } from '../../domain/verdict.ts';
import { finding } from '../finding.ts';
import { REMEDY } from './state.ts';

const SEVERITY: Readonly<Record<Exclude<ReachState, 'ok' | 'absent'>, Severity>> = {
  'host-down': 'critical',
  'port-closed': 'critical',
  'no-route': 'high',
  'name-unknown': 'high',
  'forwarding-forbidden': 'medium',
  hung: 'critical',
  poisoned: 'critical',
  'wrong-version': 'high',
  'not-sq': 'high',
  unasked: 'low',
};

const place = (host: string, port: number | undefined): string =>
  port === undefined ? host : `${host}:${port}`;

function groupBy<T>(all: readonly T[], key: (one: T) => string): readonly (readonly T[])[] {
  const groups = new Map<string, T[]>();
  for (const one of all) groups.set(key(one), [...(groups.get(key(one)) ?? []), one]);
  return [...groups.values()];
}

/** Every trouble once, however many hosts meet it: by what is reached and what is wrong with it. */
function troubles(pairs: readonly MeshPair[]): readonly Finding[] {
  const bad = pairs.filter(({ state }) => state !== 'ok' && state !== 'absent');
  // What cannot be reached by us has a finding of its own; a host that may not ask is the trouble of that host.
  const byTarget = bad.filter(({ state }) => state !== 'forwarding-forbidden' && state !== 'host-down');
  const bySource = bad.filter(({ state }) => state === 'forwarding-forbidden');
  const told = (group: readonly MeshPair[], bySender: boolean): readonly Finding[] => {
    const [first] = group;
    if (!first || first.state === 'ok' || first.state === 'absent') return [];
    const others = group.map(({ from, to, port }) => (bySender ? place(to, port) : from));
    const some = others.slice(0, 6).join(', ') + (others.length > 6 ? ` and ${others.length - 6} more` : '');
    const got = `${first.state}: ${first.got}`;
    const where = bySender ? { host: first.from } : { host: first.to, ...portOf(first) };
    const asked = bySender ? `a way to ${some}` : `the way to it from ${some}`;
    return [finding(where, 'mesh reach', asked, broken(SEVERITY[first.state], got, REMEDY[first.state]))];
  };
  return [
    ...groupBy(byTarget, ({ to, port, state }) => `${to} ${port} ${state}`).flatMap((one) =>
      told(one, false),
    ),
    ...groupBy(bySource, ({ from, state }) => `${from} ${state}`).flatMap((one) => told(one, true)),
  ];
}

const portOf = ({ port }: { readonly port?: number }) => (port === undefined ? {} : { port });

/** What is wrong with an SQ at its own host, where nobody else could tell it. */
function ownTroubles(nodes: readonly MeshNode[], pairs: readonly MeshPair[]): readonly Finding[] {
  return nodes.flatMap((node) => {
    const { state, host, got } = node;
    if (state === 'ok') return [];
    if (state === 'absent')
      return [finding({ host }, 'mesh reach', 'a connection', held('not there, as the inventory expects'))];
    const told = pairs.some((pair) => pair.to === host && pair.port === node.port && pair.state === state);
    if (told && state !== 'host-down') return [];
    const verdict = broken(SEVERITY[state], `${state}: ${got}`, REMEDY[state]);
    return [finding({ host, ...portOf(node) }, 'mesh reach', 'its SQ, from its own host', verdict)];
  });
}

/** What each host reaches, in one line a host; then every trouble. */
export function reachFindings(nodes: readonly MeshNode[], pairs: readonly MeshPair[]): readonly Finding[] {
  const hosts = new Set<HostName>(pairs.filter(({ tookMs }) => tookMs !== undefined).map(({ from }) => from));
  const lines = [...hosts].map((host) => {
    const mine = pairs.filter(({ from, state }) => from === host && state !== 'absent');
    const good = mine.filter(({ state }) => state === 'ok');
    const times = good.flatMap(({ tookMs }) => (tookMs === undefined ? [] : [tookMs])).sort((a, b) => a - b);
    const middle = times[Math.floor(times.length / 2)] ?? 0;
    const ways = [
      ...new Set(good.flatMap(({ via }) => (via === undefined || via === 'forwarding' ? [] : [via]))),
    ];
    const by = ways.length > 0 ? `; by ${ways.join(', ')}, since its sshd does not forward` : '';
    const slowest = times.at(-1) ?? 0;
    const took = times.length > 0 ? `, median ${middle.toFixed(1)} ms, slowest ${slowest.toFixed(1)} ms` : '';
    const got = held(`reaches ${good.length} of ${mine.length}${took}${by}`);
    return finding({ host }, 'mesh reach', 'every other SQ, as seen from it', got, slowest);
  });
  return [...lines, ...troubles(pairs), ...ownTroubles(nodes, pairs)];
}
