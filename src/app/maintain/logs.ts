import type { HostName } from '../../domain/brand.ts';
import { maintainShell } from '../../host/maintain.ts';
import type { LogEnd } from '../../host/maintain-host.ts';
import { hostNamed, type InstanceChoice, type MaintainContext, visit } from './context.ts';
import { findInstances, mustBeKnown } from './find.ts';

/** The ends of the logs of a host's instances. */
export interface HostLogs {
  readonly host: HostName;
  readonly logs: readonly LogEnd[];
}

/** More is a download; the host bounds what it sends as well. */
export const MOST_LINES = 1000;

/**
 * The last lines of how each instance logs: its unit's journal, or the file behind its standard output. Looks only:
 * SQ is asked nothing. Lines are the host's text: escape them before showing. Throws `host-unsupported`,
 * `permission-denied`, the connecting codes.
 */
export async function hostLogs(
  context: MaintainContext,
  host: string,
  wish: InstanceChoice & { readonly lines?: number } = {},
): Promise<HostLogs> {
  const spec = hostNamed(context.ranch, host);
  const lines = Math.min(MOST_LINES, Math.max(1, wish.lines ?? 50));
  return await visit(context, spec, async (shell) => {
    const found = await findInstances(context, shell, spec, wish);
    mustBeKnown(spec, found);
    const logs: LogEnd[] = [];
    const unit = maintainShell(shell, spec, context.signal);
    for (const { binary, instance } of found.chosen) logs.push(await unit.logs(binary, instance, lines));
    return { host: spec.name, logs };
  });
}
