import type { Version } from '../../domain/brand.ts';
import type { MeshNode, MeshReport } from '../../domain/mesh.ts';
import { agreedVersion, buildFindings, clockFindings, contentFindings } from './agreement.ts';
import { reachFindings } from './findings.ts';
import { type MeshMember, type MeshPorts, nameOf } from './host.ts';
import { tryMailboxes } from './mail.ts';
import { ownViews } from './own.ts';
import { reachPairs } from './pairs.ts';
import { heldAgainst, meshVerdict } from './verdict.ts';

/** How much of a mesh is looked at. */
export interface MeshWish {
  /** What the hosts are meant to run; decides where two versions are run by equally many. */
  readonly target?: Version;
  /** `reach`: versions and ways alone, nothing is written. `all`: content and mailboxes too. */
  readonly depth: 'reach' | 'all';
}

/** Each host's clock against the middle of all: the controller's own may be the one that is wrong. */
function skews(members: readonly MeshMember[]): ReadonlyMap<string, number> {
  const found = members.flatMap((member) =>
    member.kind === 'there' ? [[nameOf(member), member.observation.clockSkewMs] as const] : [],
  );
  const sorted = found.map(([, skew]) => skew).sort((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)] ?? 0;
  return new Map(found.map(([host, skew]) => [host, Math.round(skew - middle)]));
}

function withSkew(node: MeshNode, skew: ReadonlyMap<string, number>): MeshNode {
  const skewMs = skew.get(node.host);
  return skewMs === undefined ? node : { ...node, skewMs };
}

/**
 * How every host reaches the SQ of every other, as seen from that host; whether they agree on version, time and content;
 * and whether messages get from each to each. All connections are open already. Harmless: 0.5.1 and older are never
 * connected to, nobody asks for `toc`, and each SQ holds its primary phext afterwards. Never throws for what hosts do.
 */
export async function mesh(
  members: readonly MeshMember[],
  wish: MeshWish,
  ports: MeshPorts,
): Promise<MeshReport> {
  const started = ports.clock.monotonic();
  const deep = wish.depth === 'all';
  const { views, empty } = await ownViews(members, deep, ports);
  const skew = skews(members);
  const nodes = [...views.map(({ node }) => node), ...empty].map((node) => withSkew(node, skew));
  const agreed = agreedVersion(nodes, wish.target);
  const reached = await reachPairs(members, views, empty, ports);
  const pairs = reached.pairs.map((pair) => heldAgainst(pair, agreed));
  const content = deep ? await contentFindings(views, ports) : [];
  const mailed = deep ? await tryMailboxes(views, reached.links, ports) : undefined;
  const { verdict, why } = meshVerdict(nodes, pairs, mailed?.tally);
  return {
    verdict,
    why,
    nodes,
    pairs,
    findings: [
      ...reachFindings(nodes, pairs),
      ...buildFindings(views, agreed),
      ...clockFindings(nodes),
      ...content,
      ...(mailed?.findings ?? []),
    ],
    tookMs: Math.round(ports.clock.monotonic() - started),
    ...(agreed === undefined ? {} : { agreed }),
    ...(mailed?.tally === undefined ? {} : { mail: mailed.tally }),
  };
}
