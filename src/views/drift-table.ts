import { short } from '../domain/brand.ts';
import type { HostDrift, InstanceDrift } from '../domain/drift.ts';
import type { Ranch } from '../domain/ranch.ts';
import { DRIFT_INK } from './colours.ts';
import { ink, type Line, renderLine } from './line.ts';
import { paragraph } from './paragraph.ts';
import { showAge } from './quantity.ts';
import type { TimedView } from './style.ts';
import { type Column, table } from './table.ts';
import { driftTally } from './tally.ts';

const COLUMNS: readonly Column[] = [
  { title: 'HOST', keep: 9, min: 12 },
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

function row(
  drift: HostDrift,
  instance: InstanceDrift | undefined,
  zone: string,
  view: TimedView,
): readonly Line[] {
  const { none } = view.style.symbols;
  const state = instance?.state ?? drift.state;
  return [
    [ink('bold', drift.host)],
    [zone],
    [ink(DRIFT_INK[state], state)],
    [instance?.port === undefined ? none : String(instance.port)],
    [instance?.runningVersion ?? none],
    [instance?.runningSha === undefined ? none : short(instance.runningSha)],
    [drift.since === undefined ? none : showAge(view.now - drift.since)],
    [instance?.reason ?? drift.reason],
  ];
}

/**
 * How every host differs from the target: one row for each instance, in the order of the inventory, and a line
 * that counts hosts by their worst state. SINCE is the age of the host's state, as the store knows it.
 */
export function driftTable(
  drifts: readonly HostDrift[],
  view: TimedView & { readonly ranch: Ranch },
): readonly string[] {
  const zones = new Map<string, string>(view.ranch.hosts.map((host) => [host.name, host.zone]));
  const rows = inInventoryOrder(drifts, view.ranch).flatMap((drift) => {
    const zone = zones.get(drift.host) ?? view.style.symbols.none;
    if (drift.instances.length === 0) return [row(drift, undefined, zone, view)];
    return drift.instances.map((instance) => row(drift, instance, zone, view));
  });
  const tally = paragraph([], driftTally(drifts.map((drift) => drift.state)), view);
  const summary = tally.map((line) => renderLine(line, view));
  return rows.length === 0 ? summary : [...table(COLUMNS, rows, view), '', ...summary];
}
