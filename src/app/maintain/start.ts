import { hostNamed, type MaintainContext } from './context.ts';
import { mustBeKnown } from './find.ts';
import type { MaintainOutcome } from './outcome.ts';
import { type Performance, perform } from './perform.ts';

/**
 * Starts a host's instances as they ran before and waits until each listens: a systemd unit by systemd, a bare process
 * by what was kept when ranch stopped it. Throws `host-locked`, `host-unsupported` (nobody knows how it was started),
 * `input-needed` (its key file is lacking), `switch-failed`, the connecting codes.
 */
export async function startHost(
  context: MaintainContext,
  host: string,
  wish: Performance = {},
): Promise<MaintainOutcome> {
  const spec = hostNamed(context.ranch, host);
  return await perform(context, host, 'start', wish, (found) => mustBeKnown(spec, found));
}
