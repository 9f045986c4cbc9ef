import type { Version } from '../domain/brand.ts';
import type { HostPlan, Plan, UnitPlan } from '../domain/plan.ts';
import type { RolloutStatus } from '../domain/rollout.ts';
import { nextRow, type ProgressEvent, type ProgressRow, unwatched } from './progress-row.ts';
import { textWidth } from './text-width.ts';
import { visible } from './visible.ts';

/** A rollout under way, as its events tell it so far. Immutable. */
export interface Progress {
  readonly purpose: Plan['purpose'];
  readonly target: Version;
  readonly waves: readonly { readonly name: string; readonly canary: boolean }[];
  /** Hosts that may fail, frozen by the plan. */
  readonly budget: number;
  readonly status: RolloutStatus;
  /** Why it is paused or aborted, or what a gate said that did not pass. */
  readonly reason?: string;
  /** Index of the wave that is under way or was last; absent before the first. */
  readonly wave?: number;
  readonly startedAt?: number;
  readonly endedAt?: number;
  /** Columns of the widest label. */
  readonly labelWidth: number;
  /** All units in the order of the plan, in blocks: an event then copies a block and not 5,000 rows. */
  readonly blocks: readonly (readonly ProgressRow[])[];
  /** Where in the order each unit stands, by `rowKey`. */
  readonly places: ReadonlyMap<string, number>;
}

/** About the square root of the 5,000 units that a view must keep up with. */
const BLOCK = 64;

function rowKey(host: string, unit: string): string {
  return `${host}\n${unit}`;
}

function labelOf(host: HostPlan, unit: UnitPlan): string {
  const port = unit.instances[0]?.port;
  return host.units.length > 1 ? `${host.host}:${port ?? unit.binary}` : host.host;
}

/** All units of a progress, in the order of the plan. */
export function progressRows(progress: Progress): readonly ProgressRow[] {
  return progress.blocks.flat();
}

/** The progress of a plan of which nothing has happened yet. */
export function startProgress(plan: Plan): Progress {
  const rows = plan.waves.flatMap((wave, index) =>
    wave.hosts.flatMap((host) =>
      host.units.map(
        (unit): ProgressRow => ({
          host: host.host,
          unit: unit.binary,
          label: labelOf(host, unit),
          wave: index,
          marks: {},
        }),
      ),
    ),
  );
  const blocks = Array.from({ length: Math.ceil(rows.length / BLOCK) }, (_, index) =>
    rows.slice(index * BLOCK, (index + 1) * BLOCK),
  );
  return {
    purpose: plan.purpose,
    target: plan.target,
    waves: plan.waves.map(({ name, canary }) => ({ name, canary })),
    budget: plan.budget,
    status: 'running',
    labelWidth: rows.reduce((most, row) => Math.max(most, textWidth(visible(row.label))), 0),
    blocks,
    places: new Map(rows.map((row, index) => [rowKey(row.host, row.unit), index])),
  };
}

/** Replaces one row; a unit that the plan does not have is not shown. */
function withRow(progress: Progress, event: Extract<ProgressEvent, { readonly unit: string }>): Progress {
  const place = progress.places.get(rowKey(event.host, event.unit));
  const block = place === undefined ? undefined : progress.blocks[Math.floor(place / BLOCK)];
  const row = block?.[(place ?? 0) % BLOCK];
  if (place === undefined || !block || !row) return progress;
  const nextBlock = block.with(place % BLOCK, nextRow(row, event));
  return { ...progress, blocks: progress.blocks.with(Math.floor(place / BLOCK), nextBlock) };
}

function withoutWatched(progress: Progress): Progress {
  return { ...progress, blocks: progress.blocks.map((block) => block.map(unwatched)) };
}

function withoutReason(progress: Progress): Progress {
  const { reason: _reason, ...rest } = progress;
  return rest;
}

/** The progress after one more event. Any order is taken: what is shown must never stop what is done. */
export function nextProgress(progress: Progress, event: ProgressEvent): Progress {
  switch (event.type) {
    case 'rollout-started':
      return { ...progress, status: 'running', startedAt: event.at };
    case 'rollout-resumed':
      return { ...withoutReason(progress), status: 'running', startedAt: progress.startedAt ?? event.at };
    case 'wave-started': {
      const wave = progress.waves.findIndex((one) => one.name === event.wave);
      return wave < 0 ? progress : { ...withoutReason(progress), wave };
    }
    case 'gate-answered':
      return event.answer === 'pass'
        ? withoutReason(progress)
        : { ...progress, reason: `gate ${event.answer}: ${event.reason}` };
    case 'wave-ended':
      return progress;
    case 'rollout-paused':
      return { ...withoutWatched(progress), status: 'paused', reason: event.reason };
    case 'rollout-aborted':
      return { ...progress, status: 'aborted', reason: event.reason };
    case 'rollout-ended':
      return { ...progress, status: event.outcome, endedAt: event.at };
    default:
      return withRow(progress, event);
  }
}
