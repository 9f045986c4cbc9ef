import type { HostDrift } from '../domain/drift.ts';
import type { Server } from '../domain/observation.ts';
import type { HostSpec, Ranch } from '../domain/ranch.ts';
import type { ObservationRecord } from '../domain/records.ts';
import { DRIFT_INK } from './colours.ts';
import { ink, type Line, renderLines, type Span } from './line.ts';
import { paragraph } from './paragraph.ts';
import { count, showAge, showBytes, showDuration } from './quantity.ts';
import type { TimedView } from './style.ts';
import { supervisorName } from './supervisor-name.ts';
import { type Column, table } from './table.ts';
import { driftTally } from './tally.ts';

const COLUMNS: readonly Column[] = [
  { title: 'HOST', keep: 9, min: 24 },
  { title: 'STATE', keep: 8 },
  { title: 'PORT', keep: 7, align: 'right' },
  { title: 'VERSION', keep: 6 },
  { title: 'RUN BY', keep: 2, min: 18, optional: true },
  { title: 'UP', keep: 3, align: 'right', optional: true },
  { title: 'MEMORY', keep: 1, align: 'right', optional: true },
  { title: 'SEEN', keep: 5, min: 26 },
];

/** What is known of a ranch without looking: the latest observation and drift of each host. */
export interface KnownRanch {
  readonly ranch: Ranch;
  readonly drifts: readonly HostDrift[];
  readonly observations: readonly ObservationRecord[];
}

/** Nothing is told without its age: what was seen an hour ago may not be so now. */
function seen(record: ObservationRecord | undefined, view: TimedView): Span {
  if (!record) return ink('yellow', 'never');
  const ago = (at: number): string => `${showAge(view.now - at)} ago`;
  const { observation, lastReached } = record;
  if (observation.kind === 'reached') return ago(observation.at);
  return ink(
    'red',
    lastReached ? `${ago(lastReached.at)}, tried ${ago(observation.at)}` : `tried ${ago(observation.at)}`,
  );
}

/** The servers of the last look that reached the host, however old it is: SEEN says how old. */
function serversOf(record: ObservationRecord | undefined): readonly Server[] {
  if (!record) return [];
  const reached = record.observation.kind === 'reached' ? record.observation : record.lastReached;
  return reached?.servers ?? [];
}

function row(
  host: HostSpec,
  drift: HostDrift | undefined,
  server: Server | undefined,
  last: Span,
  view: TimedView,
) {
  const { none } = view.style.symbols;
  const instance = drift?.instances.find((one) => one.port !== undefined && one.port === server?.port);
  const state = instance?.state ?? drift?.state ?? 'unknown';
  const line: readonly Line[] = [
    [ink('bold', host.name)],
    [ink(DRIFT_INK[state], state)],
    [server?.port === undefined ? none : String(server.port)],
    [server ? (server.running.version ?? '?') : none],
    [server ? supervisorName(server.supervisor) : none],
    [server ? showDuration(server.uptimeSeconds * 1000) : none],
    [server ? showBytes(server.rssBytes) : none],
    [last],
  ];
  return line;
}

function rowsOf(
  host: HostSpec,
  record: ObservationRecord | undefined,
  drift: HostDrift | undefined,
  view: TimedView,
): readonly (readonly Line[])[] {
  const last = seen(record, view);
  const servers = serversOf(record);
  if (servers.length === 0) return [row(host, drift, undefined, last, view)];
  return servers.map((server) => row(host, drift, server, last, view));
}

/** `status`: each host as it was last seen, with the age of that look, in the order of the inventory. */
export function statusView(known: KnownRanch, view: TimedView): readonly string[] {
  const { hosts } = known.ranch;
  const observations = new Map(known.observations.map((one) => [one.observation.host, one]));
  const drifts = new Map(known.drifts.map((one) => [one.host, one]));
  const rows = hosts.flatMap((host) =>
    rowsOf(host, observations.get(host.name), drifts.get(host.name), view),
  );
  const states = hosts.map((host) => drifts.get(host.name)?.state ?? 'unknown');
  const never = hosts.filter((host) => !observations.has(host.name)).length;
  const advice = never > 0 ? `; ${count(never, 'host')} never looked at: \`ranch sweep\` looks now` : '';
  const summary = paragraph([], [...driftTally(states), advice], view);
  return [...table(COLUMNS, rows, view), '', ...renderLines(summary, view)];
}
