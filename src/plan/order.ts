import type { HostName } from '../domain/brand.ts';
import { RanchError } from '../domain/errors.ts';
import type { HostSpec, Ranch } from '../domain/ranch.ts';

/**
 * The order of `after` as a graph of points in time: a zone starts, its hosts are done, the zone's members that do
 * not wait for their own zone are done, the whole zone is done. `after: [own zone]` thus means "last of my zone".
 */
interface Graph {
  readonly next: Map<string, string[]>;
  readonly waits: Map<string, number>;
}

function link(graph: Graph, before: string, later: string): void {
  const edges = graph.next.get(before);
  if (edges === undefined) graph.next.set(before, [later]);
  else edges.push(later);
  graph.waits.set(later, (graph.waits.get(later) ?? 0) + 1);
  if (!graph.waits.has(before)) graph.waits.set(before, 0);
}

/** True for a host that waits for the rest of its own zone. */
export function isLastOfZone(host: HostSpec): boolean {
  return host.after.includes(host.zone);
}

function graphOf(ranch: Ranch): Graph {
  const graph: Graph = { next: new Map(), waits: new Map() };
  const zones = new Set([...ranch.zones.map((zone) => zone.name), ...ranch.hosts.map((host) => host.zone)]);
  const point = (name: string): string => (zones.has(name) ? `zone-done ${name}` : `host ${name}`);
  for (const zone of zones) {
    link(graph, `zone-start ${zone}`, `members-done ${zone}`);
    link(graph, `members-done ${zone}`, `zone-done ${zone}`);
  }
  for (const zone of ranch.zones) {
    for (const name of zone.after) link(graph, point(name), `zone-start ${zone.name}`);
  }
  for (const host of ranch.hosts) {
    link(graph, `zone-start ${host.zone}`, `host ${host.name}`);
    const last = isLastOfZone(host);
    link(graph, `host ${host.name}`, last ? `zone-done ${host.zone}` : `members-done ${host.zone}`);
    for (const name of host.after) {
      link(graph, name === host.zone ? `members-done ${name}` : point(name), `host ${host.name}`);
    }
  }
  return graph;
}

/**
 * How many planned hosts must be done one after another before each host may start: 0 for those that wait for
 * nothing. Order goes through hosts and zones that are not planned. Throws `inventory-invalid` on a circle.
 */
export function ranksOf(ranch: Ranch, planned: ReadonlySet<HostName>): ReadonlyMap<HostName, number> {
  const graph = graphOf(ranch);
  const steps = new Map<string, HostName>(ranch.hosts.map(({ name }) => [`host ${name}`, name]));
  const starts = new Map<string, number>();
  const ranks = new Map<HostName, number>();
  const ready = [...graph.waits].filter(([, waits]) => waits === 0).map(([node]) => node);
  for (let node = ready.pop(); node !== undefined; node = ready.pop()) {
    const start = starts.get(node) ?? 0;
    const host = steps.get(node);
    if (host !== undefined) ranks.set(host, start);
    const done = host !== undefined && planned.has(host) ? start + 1 : start;
    for (const later of graph.next.get(node) ?? []) {
      starts.set(later, Math.max(starts.get(later) ?? 0, done));
      const waits = (graph.waits.get(later) ?? 0) - 1;
      graph.waits.set(later, waits);
      if (waits === 0) ready.push(later);
    }
  }
  if (ranks.size < ranch.hosts.length) throw circle(ranch, ranks);
  return ranks;
}

function circle(ranch: Ranch, ranks: ReadonlyMap<HostName, number>): RanchError {
  const stuck = ranch.hosts.filter((host) => !ranks.has(host.name)).map((host) => host.name);
  const few = stuck.slice(0, 5).join(', ') + (stuck.length > 5 ? ` and ${stuck.length - 5} more` : '');
  return new RanchError({
    code: 'inventory-invalid',
    place: ranch.file,
    message: `\`after\` goes in a circle: ${few} can never start`,
    remedy: 'Take one `after` out of the circle, of a zone or of a host.',
  });
}
