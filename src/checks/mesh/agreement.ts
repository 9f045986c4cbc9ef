import semver from 'semver';
import type { Version } from '../../domain/brand.ts';
import type { Finding } from '../../domain/finding.ts';
import type { MeshNode } from '../../domain/mesh.ts';
import { broken, held } from '../../domain/verdict.ts';
import { hashScroll } from '../../sq/checksum.ts';
import type { Coordinate } from '../../sq/coordinate.ts';
import { type Delta, parseDelta } from '../../sq/replies.ts';
import { deltaRequest } from '../../sq/requests.ts';
import { finding, unasked } from '../finding.ts';
import type { MeshPorts } from './host.ts';
import { askOwn, type OwnView } from './own.ts';

/** Messages carry times; two hosts further apart than this put them in another order. */
const MAX_SKEW_MS = 5_000;
/** Coordinates that one finding names. */
const NAMED = 12;
/** A whole phext may come back. */
const DELTA_LIMITS = { deadlineMs: 60_000, maxBytes: 128 * 1024 * 1024 };

/** What most say; of several the one that `better` puts first. */
function mostCommon<T>(all: readonly T[], better: (a: T, b: T) => number): T | undefined {
  const counts = new Map<T, number>();
  for (const one of all) counts.set(one, (counts.get(one) ?? 0) + 1);
  return [...counts].sort(([a, n], [b, m]) => m - n || better(a, b))[0]?.[0];
}

/** The version that most of those run which can be asked; of two the one that is meant, else the newer. */
export function agreedVersion(nodes: readonly MeshNode[], target: Version | undefined): Version | undefined {
  const versions = nodes.flatMap(({ state, version }) => (state === 'ok' && version ? [version] : []));
  const rank = (version: Version): number => (version === target ? 0 : 1);
  const newer = (a: Version, b: Version): number =>
    semver.valid(a) && semver.valid(b) ? semver.rcompare(a, b) : 0;
  return mostCommon(versions, (a, b) => rank(a) - rank(b) || newer(a, b));
}

const at = ({ host, port }: MeshNode) => ({ host, ...(port === undefined ? {} : { port }) });

/** Clocks that are further from the middle of all than messages bear. */
export function clockFindings(nodes: readonly MeshNode[]): readonly Finding[] {
  const hosts = new Map(
    nodes.flatMap((node) => (node.skewMs === undefined ? [] : [[node.host, node] as const])),
  );
  return [...hosts.values()].flatMap(({ host, skewMs = 0 }) => {
    if (Math.abs(skewMs) <= MAX_SKEW_MS) return [];
    const got = `${(skewMs / 1000).toFixed(1)} s from the middle of all clocks`;
    const verdict = broken('medium', got, 'Set its clock (chrony, systemd-timesyncd): messages carry times.');
    return [finding({ host }, 'mesh clock', 'that its clock agrees with the others', verdict)];
  });
}

/** Hosts that run one version in several builds of one platform: the version alone does not say what runs. */
export function buildFindings(views: readonly OwnView[], agreed: Version | undefined): readonly Finding[] {
  const running = views.filter(({ node }) => node.version === agreed && node.sha256 !== undefined);
  const platforms = new Map<string, OwnView[]>();
  for (const view of running) {
    const { key } = view.target.host.observation.platform;
    platforms.set(key, [...(platforms.get(key) ?? []), view]);
  }
  return [...platforms.values()].flatMap((same) => {
    const most = mostCommon(
      same.map(({ node }) => node.sha256 ?? ''),
      (a, b) => (a < b ? -1 : 1),
    );
    return same.flatMap(({ node }) => {
      if (node.sha256 === most) return [];
      const got = `${agreed}, sha256 ${node.sha256?.slice(0, 12)}, where most run ${most?.slice(0, 12)}`;
      const verdict = broken(
        'medium',
        got,
        'Roll out the pinned binary (`ranch plan VERSION` shows who differs).',
      );
      return [finding(at(node), 'mesh build', 'that it runs the build of the others', verdict)];
    });
  });
}

function namesOf({ differing, missing }: Delta): string {
  const list = (what: string, coordinates: readonly Coordinate[]): readonly string[] => {
    if (coordinates.length === 0) return [];
    const more = coordinates.length > NAMED ? ` and ${coordinates.length - NAMED} more` : '';
    return [`${coordinates.length} ${what}: ${coordinates.slice(0, NAMED).join(', ')}${more}`];
  };
  const other = differing.map(({ coordinate }) => coordinate);
  return [...list('differ or are only here', other), ...list('are not here', missing)].join('; ');
}

async function deltaOf(view: OwnView, known: ReadonlyMap<Coordinate, string>, { signal }: MeshPorts) {
  const { ask, target } = view;
  if (ask === undefined) throw new Error('asked for the scrolls of an SQ that must not be asked');
  const reply = await askOwn(target, deltaRequest(ask, known), DELTA_LIMITS, signal);
  return parseDelta(reply, target.subject.place);
}

/** The scrolls in which one SQ differs from what most hold. */
async function differing(view: OwnView, known: ReadonlyMap<Coordinate, string>, ports: MeshPorts) {
  const { node } = view;
  const asked = `that it holds the same ${node.phext} as the others`;
  try {
    const names = namesOf(await deltaOf(view, known, ports));
    const got = names === '' ? 'another checksum, and no scroll that differs' : names;
    const advice = 'Look which is right: no SQ replicates, and what differs must be carried over by hand.';
    return finding(at(node), 'mesh content', asked, broken('low', got, advice));
  } catch (error) {
    ports.signal?.throwIfAborted();
    return finding(at(node), 'mesh content', asked, unasked('low', error, node.host));
  }
}

/** Those that hold one phext: named where they agree, compared scroll by scroll where they do not. */
async function comparePhext(
  phext: string,
  views: readonly OwnView[],
  ports: MeshPorts,
): Promise<readonly Finding[]> {
  const most = mostCommon(
    views.map(({ node }) => node.checksum ?? ''),
    (a, b) => (a < b ? -1 : 1),
  );
  const reference = views.find(({ node }) => node.checksum === most);
  if (!reference) return [];
  const same = views.filter(({ node }) => node.checksum === most).length;
  const { scrolls = 0 } = reference.node;
  const agreement = finding(
    at(reference.node),
    'mesh content',
    `that all hold the same ${phext}`,
    held(`${same} of ${views.length} hold ${scrolls} scrolls with the checksum ${most}`),
  );
  if (same === views.length) return [agreement];
  try {
    const whole = await deltaOf(reference, new Map(), ports);
    const known = new Map<Coordinate, string>();
    for (const { coordinate, bytes } of whole.differing) known.set(coordinate, await hashScroll(bytes));
    const others = views.filter(({ node }) => node.checksum !== most);
    return [agreement, ...(await Promise.all(others.map((view) => differing(view, known, ports))))];
  } catch (error) {
    ports.signal?.throwIfAborted();
    const asked = `the scrolls of ${phext}, to compare the others with`;
    return [
      agreement,
      finding(at(reference.node), 'mesh content', asked, unasked('low', error, reference.node.host)),
    ];
  }
}

/** Which scrolls differ between those that hold a phext of one name. `delta` tells it; `toc` is never asked for. */
export async function contentFindings(
  views: readonly OwnView[],
  ports: MeshPorts,
): Promise<readonly Finding[]> {
  const byName = new Map<string, OwnView[]>();
  for (const view of views) {
    const { phext, checksum } = view.node;
    if (phext === undefined || checksum === undefined) continue;
    byName.set(phext, [...(byName.get(phext) ?? []), view]);
  }
  const shared = [...byName].filter(([, held]) => held.length > 1);
  return (await Promise.all(shared.map(([phext, held]) => comparePhext(phext, held, ports)))).flat();
}
