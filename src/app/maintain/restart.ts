import { hostNamed, type MaintainContext } from './context.ts';
import { mustBeKnown } from './find.ts';
import type { MaintainOutcome } from './outcome.ts';
import { type Performance, perform } from './perform.ts';

/**
 * A quiet stop and a start in one piece on the host, which goes on whatever becomes of this controller. An instance that
 * does not run is started. A key of a bare process is handed on in the host's memory alone. Throws what `stopHost` and
 * `startHost` throw.
 */
export async function restartHost(
  context: MaintainContext,
  host: string,
  wish: Performance = {},
): Promise<MaintainOutcome> {
  const spec = hostNamed(context.ranch, host);
  return await perform(context, host, 'restart', wish, (found) => mustBeKnown(spec, found));
}
