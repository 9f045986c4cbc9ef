import type { HostSpec, Ranch } from '../domain/ranch.ts';
import { findCycles, type Graph } from './cycles.ts';
import { shown } from './safe-text.ts';
import type { Path, Remark } from './yaml-text.ts';

/** Where SSH connects when nothing else is said. */
const SSH_PORT = 22;

/**
 * Two names for one machine would be two rollouts on it. Behind different jump hosts the same private address is
 * another machine.
 */
export function sameAddress(ranch: Ranch): readonly Remark[] {
  const seen = new Map<string, HostSpec>();
  return ranch.hosts.flatMap((host) => {
    const key = [...host.jump, host.address.toLowerCase(), host.port ?? SSH_PORT].join(' ');
    const other = seen.get(key);
    seen.set(key, other ?? host);
    if (!other) return [];
    const where = `${host.address}, port ${host.port ?? SSH_PORT}`;
    const message = `${host.name} and ${other.name} are one machine (${where}); allowed: one host for each address and port`;
    return [{ path: ['hosts', host.name, 'address'], message }];
  });
}

/** Two servers cannot listen on one port. */
export function samePort(ranch: Ranch): readonly Remark[] {
  return ranch.hosts.flatMap((host) => {
    const seen = new Set<number>();
    return host.instances.flatMap((instance, index) => {
      if (!seen.has(instance.port)) {
        seen.add(instance.port);
        return [];
      }
      const message = `${host.name} has two instances on port ${instance.port}; allowed: each port once`;
      return [{ path: ['hosts', host.name, 'instances', index, 'port'], message }];
    });
  });
}

/** A name that is both a zone and a host would make `after` ambiguous. */
export function sameName(ranch: Ranch): readonly Remark[] {
  const zones = new Set(ranch.zones.map((zone) => zone.name));
  return ranch.hosts
    .filter((host) => zones.has(host.name))
    .map((host) => ({
      path: ['hosts', host.name],
      message: `${shown(host.name)} is the name of a host and of a zone; rename one, or "after" is ambiguous`,
      atKey: true,
    }));
}

/** A zone that nobody is in is a name misspelt somewhere, and its `quorum` and `after` would be lost silently. */
export function emptyZones(ranch: Ranch): readonly Remark[] {
  const used = new Set(ranch.hosts.map((host) => host.zone));
  return ranch.zones
    .filter((zone) => !used.has(zone.name))
    .map((zone) => ({
      path: ['zones', zone.name],
      message: `no host is in zone ${shown(zone.name)}; zones in use: ${[...used].slice(0, 8).join(', ')}`,
      meant: { word: zone.name, among: used },
      atKey: true,
    }));
}

/** The place of the n-th entry of `after`, which may be written as one word. */
type AfterPath = (owner: Path, index: number) => Path;

function unknownIn(
  names: readonly string[],
  known: ReadonlySet<string>,
  path: (index: number) => Path,
  allowed: string,
): readonly Remark[] {
  return names.flatMap((name, index) => {
    if (known.has(name)) return [];
    const message = `after names ${shown(name)}, which is not there; allowed: ${allowed}`;
    return [{ path: path(index), message, meant: { word: name, among: known } }];
  });
}

/** Everything that `after` waits for must exist. `others` are names that exist in the file but could not be read. */
export function unknownAfter(ranch: Ranch, others: ReadonlySet<string>, at: AfterPath): readonly Remark[] {
  const zones = new Set([...ranch.zones.map((zone) => zone.name), ...others]);
  const all = new Set([...zones, ...ranch.hosts.map((host) => host.name)]);
  return [
    ...ranch.zones.flatMap((zone) =>
      unknownIn(zone.after, zones, (index) => at(['zones', zone.name], index), 'a zone'),
    ),
    ...ranch.hosts.flatMap((host) =>
      unknownIn(host.after, all, (index) => at(['hosts', host.name], index), 'a zone or a host'),
    ),
  ];
}

/** `user@bastion:2222` -> `bastion`. */
function hopName(hop: string): string {
  return hop.replace(/^[^@]*@/, '').replace(/:\d+$/, '');
}

/** A host that is reached through itself is never reached. */
export function jumpCycles(ranch: Ranch): readonly Remark[] {
  const names = new Set<string>(ranch.hosts.map((host) => host.name));
  const jumping = ranch.hosts.filter((host) => host.jump.length > 0);
  const graph: Graph = new Map(
    jumping.map((host) => [host.name, host.jump.map(hopName).filter((hop) => names.has(hop))]),
  );
  return findCycles(graph).map((cycle) => ({
    path: ['hosts', cycle[0] ?? '', 'jump'],
    message: `jump hosts go in a circle: ${cycle.slice(0, 12).join(' -> ')}; no path would ever begin`,
  }));
}

const ZONE = 'zone ';

/** Who waits for whom: a host for its own `after` and its zone's; a zone is done when all its hosts are. */
function waits(ranch: Ranch): Graph {
  const zones = new Map(ranch.zones.map((zone) => [zone.name, zone]));
  const node = (name: string) => (zones.has(name) ? ZONE + name : name);
  const graph = new Map<string, string[]>(ranch.zones.map((zone) => [ZONE + zone.name, []]));
  for (const host of ranch.hosts) {
    const after = [...host.after, ...(zones.get(host.zone)?.after ?? [])];
    graph.set(host.name, after.map(node));
    graph.get(ZONE + host.zone)?.push(host.name);
  }
  return graph;
}

/** Hosts that wait for each other would never start. */
export function afterCycles(ranch: Ranch): readonly Remark[] {
  const hosts = new Map<string, HostSpec>(ranch.hosts.map((host) => [host.name, host]));
  return findCycles(waits(ranch)).map((cycle) => {
    const owner = cycle.map((node) => hosts.get(node)).find((host) => host && host.after.length > 0);
    const zone = cycle.find((node) => node.startsWith(ZONE))?.slice(ZONE.length);
    const path = owner ? ['hosts', owner.name, 'after'] : ['zones', zone ?? '', 'after'];
    return {
      path,
      message: `after goes in a circle: ${cycle.slice(0, 12).join(' -> ')}; none could start first`,
    };
  });
}
