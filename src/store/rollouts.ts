import type { RolloutId } from '../domain/brand.ts';
import { RanchError } from '../domain/errors.ts';
import type { Journal } from '../domain/ports.ts';
import type { RolloutDetail, RolloutRecord } from '../domain/records.ts';
import type { RolloutEvent } from '../domain/rollout.ts';
import { type Chain, openChain } from './chain.ts';
import { eventSchema } from './parse/event.ts';
import { toJson } from './parse/json.ts';
import { openPlans, type Plans } from './plans.ts';
import { openProjections, type Projections } from './projections.ts';
import { rolloutRecord } from './rollout-rows.ts';
import type { Sql } from './sql.ts';
import { unitRecord } from './unit-rows.ts';

/** The journal of rollouts, and what it amounts to. */
export interface Rollouts extends Journal, Plans {
  /**
   * Durable when it returns. Throws `illegal-transition` before anything is stored when the event cannot follow
   * those before it, `store-failed` when the disk does not take it.
   */
  append(event: RolloutEvent): void;
  /** Throws `store-corrupt` naming the row when one does not match its checksum. */
  events(rollout: RolloutId): readonly RolloutEvent[];
  /** Newest first. */
  listRollouts(limit: number): readonly RolloutRecord[];
  /** Throws `no-such-rollout`. */
  showRollout(id: RolloutId): RolloutDetail;
  /** Rollouts without a `rollout-ended`, newest first: what `resume` can go on with. */
  unfinishedRollouts(): readonly RolloutRecord[];
  /** Makes the projections again from the events, all of which are checked. Returns how many there are. */
  rebuildProjections(): number;
  /** Checks every event of the journal. Returns how many there are. Throws `store-corrupt`. */
  verifyEvents(): number;
}

const NEWEST = 'ORDER BY started DESC, id DESC';

function noSuchRollout(id: RolloutId): RanchError {
  return new RanchError({
    code: 'no-such-rollout',
    place: id,
    message: 'is not recorded in this state folder',
    remedy: 'See `ranch history` for those that are, or name another state folder with `--state`.',
  });
}

/** The events of a rollout, as many as its row counts: one whose column `rollout` was damaged would be missing. */
function eventsOf(
  sql: Sql,
  chain: Chain,
  { rollouts }: Pick<Projections, 'rollouts'>,
  id: RolloutId,
): readonly RolloutEvent[] {
  const events = chain.of(id);
  const counted = rollouts.row('WHERE id = ?', id)?.events ?? 0;
  if (events.length !== counted) throw sql.corrupt(`${id} has ${events.length} of ${counted} events`);
  return events;
}

function show(
  sql: Sql,
  chain: Chain,
  plans: Plans,
  { rollouts, units }: Projections,
  id: RolloutId,
): RolloutDetail {
  const row = rollouts.row('WHERE id = ?', id);
  if (row === undefined) throw noSuchRollout(id);
  const plan = plans.plan(row.plan);
  if (plan === undefined) throw sql.corrupt(`plan ${row.plan} of ${id} is missing`);
  const events = eventsOf(sql, chain, { rollouts }, id);
  return {
    rollout: rolloutRecord(row),
    plan,
    units: units.rows('WHERE rollout = ? ORDER BY position', id).map((unit) => unitRecord(sql, unit)),
    events,
  };
}

function verify(chain: Chain): number {
  let count = 0;
  for (const _event of chain.all()) count += 1;
  return count;
}

function rebuild(chain: Chain, projections: Projections): number {
  let count = 0;
  projections.clear();
  for (const event of chain.all()) {
    projections.apply(event);
    count += 1;
  }
  return count;
}

/** The rollouts of a database. */
export function openRollouts(sql: Sql): Rollouts {
  const plans = openPlans(sql);
  const chain = openChain(sql);
  const projections = openProjections(sql, plans);
  const { rollouts } = projections;
  return {
    ...plans,
    append: (event) => {
      toJson(eventSchema, event, `event ${event.type} of ${event.rollout}`);
      sql.write(() => {
        projections.apply(event);
        chain.add(event);
      });
    },
    events: (rollout) => sql.read(() => eventsOf(sql, chain, projections, rollout)),
    listRollouts: (limit) => sql.read(() => rollouts.rows(`${NEWEST} LIMIT ?`, limit).map(rolloutRecord)),
    showRollout: (id) => sql.read(() => show(sql, chain, plans, projections, id)),
    unfinishedRollouts: () =>
      // All are read and checked: a damaged `ended` that SQL compares would hide a rollout from `resume`.
      sql.read(() =>
        rollouts
          .rows(NEWEST)
          .filter(({ ended }) => ended === null)
          .map(rolloutRecord),
      ),
    rebuildProjections: () => sql.write(() => rebuild(chain, projections)),
    verifyEvents: () => sql.read(() => verify(chain)),
  };
}
