import type { MaintainContext } from './context.ts';
import type { MaintainOutcome } from './outcome.ts';
import { type Performance, perform } from './perform.ts';

/**
 * Stops a host's instances at a moment when no phext is being written: nothing is torn, no acknowledged write is lost. A
 * systemd unit stays stopped and enabled as it was; of a bare process the host keeps what it takes to start it again.
 * Instances that do not run are told as `already-stopped`. Throws `host-locked`, `unsaved`,
 * `acknowledgement-missing` (a key that no key file holds), `never-quiet`, `host-unsupported`, the connecting codes.
 */
export async function stopHost(
  context: MaintainContext,
  host: string,
  wish: Performance = {},
): Promise<MaintainOutcome> {
  const unknown: number[] = [];
  const outcome = await perform(context, host, 'stop', wish, (found) => {
    unknown.push(...found.unknown.map(({ port }) => port));
  });
  const none = { dependents: [], stillDown: [], restored: [], left: [] };
  const nothing = { state: 'already-stopped', tries: 0, downMs: 0, ...none } as const;
  return { ...outcome, instances: [...outcome.instances, ...unknown.map((port) => ({ port, ...nothing }))] };
}
