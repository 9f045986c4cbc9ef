import { RanchError } from './errors.ts';
import { hasEnded, type RolloutEvent, type RolloutStatus } from './rollout.ts';

function illegal(status: RolloutStatus | undefined, event: RolloutEvent): RanchError {
  return new RanchError({
    code: 'illegal-transition',
    place: event.rollout,
    message:
      status === undefined
        ? `${event.type} cannot be the first event of a rollout`
        : `${event.type} cannot follow when the rollout is ${status}`,
    remedy:
      status !== undefined && hasEnded(status)
        ? 'A rollout that ended stays as it is; start a new one with `ranch rollout`, `ranch retry` or `ranch rollback`.'
        : 'The journal and the program disagree; nothing was done. Keep the state folder and report this.',
  });
}

/**
 * The status of a rollout after one more event; undefined stands for a rollout that has no event yet. An aborted
 * rollout stays `running` until `rollout-ended` says how it ended, because hosts may still be put back. Throws
 * `illegal-transition`: a rollout starts once, and nothing follows its end.
 */
export function nextRolloutStatus(status: RolloutStatus | undefined, event: RolloutEvent): RolloutStatus {
  if (status === undefined) {
    if (event.type !== 'rollout-started') throw illegal(status, event);
    return 'running';
  }
  if (event.type === 'rollout-started' || hasEnded(status)) throw illegal(status, event);
  if (event.type === 'rollout-ended') return event.outcome;
  if (event.type === 'rollout-paused') return 'paused';
  return event.type === 'rollout-resumed' || event.type === 'rollout-aborted' ? 'running' : status;
}
