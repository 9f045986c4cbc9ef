import { short } from '../domain/brand.ts';
import { type HostDrift, type InstanceDrift, isDrift } from '../domain/drift.ts';
import type { Ranch } from '../domain/ranch.ts';
import { DRIFT_INK } from './colours.ts';
import { ink, type Line, renderLines } from './line.ts';
import { paragraph } from './paragraph.ts';
import { showAge } from './quantity.ts';
import type { TimedView } from './style.ts';
import { type Column, table } from './table.ts';
import { driftTally } from './tally.ts';
import { visible } from './visible.ts';

const COLUMNS: readonly Column[] = [
  { title: 'HOST', keep: 9, min: 24 },
  { title: 'ZONE', keep: 3, optional: true },
  { title: 'STATE', keep: 8 },
  { title: 'PORT', keep: 7, align: 'right' },
  { title: 'VERSION', keep: 6 },
  { title: 'SHA256', keep: 2, optional: true },
  { title: 'SINCE', keep: 5, align: 'right', optional: true },
  { title: 'REASON', keep: 1, min: 20 },
];

/**
 * Hosts in the order of the inventory: people know their ranch in that order, and a host that keeps its place from one
 * look to the next is seen to change. Hosts that the inventory does not name come last.
 */
export function inInventoryOrder<T extends { readonly host: string }>(
  records: readonly T[],
  ranch: Ranch,
): readonly T[] {
  const place = new Map<string, number>(ranch.hosts.map((host, index) => [host.name, index]));
  const placeOf = (record: T): number => place.get(record.host) ?? place.size;
  return [...records].sort((a, b) => placeOf(a) - placeOf(b));
}

/** One row: an instance, or a host of which no instance is known. */
type Entry = InstanceDrift & { readonly host: string; readonly since?: number };

function entriesOf(drift: HostDrift): readonly Entry[] {
  const { host, state, reason } = drift;
  const since = drift.since === undefined ? {} : { since: drift.since };
  if (drift.instances.length === 0) return [{ host, state, reason, ...since }];
  return drift.instances.map((instance) => ({ ...instance, host, ...since }));
}

function row(entry: Entry, zone: string, view: TimedView): readonly Line[] {
  const { none } = view.style.symbols;
  return [
    [ink('bold', entry.host)],
    [zone],
    [ink(DRIFT_INK[entry.state], entry.state)],
    [entry.port === undefined ? none : String(entry.port)],
    [entry.runningVersion ?? none],
    [entry.runningSha === undefined ? none : short(entry.runningSha)],
    [entry.since === undefined ? none : showAge(view.now - entry.since)],
    [entry.reason],
  ];
}

/** The reasons that the table had to cut, in full, each once with the places it is true of. */
function reasonLines(cut: readonly Entry[], view: TimedView): readonly string[] {
  const places = new Map<string, string[]>();
  for (const { reason, host, port } of cut) {
    const place = port === undefined ? host : `${host}:${port}`;
    const named = places.get(reason);
    if (named) named.push(place);
    else places.set(reason, [place]);
  }
  const lines = [...places].flatMap(([reason, names]) =>
    paragraph([], [ink('bold', names.join(', ')), `: ${reason}`], view),
  );
  return lines.length === 0 ? [] : ['', ...renderLines(lines, view)];
}

/**
 * How every host differs from the target: one row for each instance, in the order of the inventory; the reasons that did
 * not fit; and a line that counts hosts by their worst state. SINCE is the age of the host's state, as the store knows it.
 */
export function driftTable(
  drifts: readonly HostDrift[],
  view: TimedView & { readonly ranch: Ranch },
): readonly string[] {
  const zones = new Map<string, string>(view.ranch.hosts.map((host) => [host.name, host.zone]));
  const entries = inInventoryOrder(drifts, view.ranch).flatMap((drift) => entriesOf(drift));
  const rows = entries.map((entry) => row(entry, zones.get(entry.host) ?? view.style.symbols.none, view));
  const summary = renderLines(paragraph([], driftTally(drifts.map((drift) => drift.state)), view), view);
  if (rows.length === 0) return summary;
  const [titles = '', ...lines] = table(COLUMNS, rows, view);
  const cut = entries.filter(
    (entry, at) =>
      isDrift(entry.state) && !lines[at]?.endsWith(visible(entry.reason, { ascii: view.style.ascii }).trim()),
  );
  return [titles, ...lines, ...reasonLines(cut, view), '', ...summary];
}
