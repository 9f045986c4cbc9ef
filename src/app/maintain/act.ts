import { ERROR_CODES, EXIT, RanchError } from '../../domain/errors.ts';
import type { Shell } from '../../domain/ports.ts';
import type { HostSpec } from '../../domain/ranch.ts';
import { maintainShell } from '../../host/maintain.ts';
import type { Act, Acted } from '../../host/maintain-host.ts';
import type { Lease } from '../../host/unit-host.ts';
import { unitShell } from '../../host/unit-shell.ts';
import { type MaintainContext, visit } from './context.ts';

/** Longer than an act takes; while it is under way nobody may take the lease anyway. */
export const LEASE_SECONDS = 120;
/** After a lost connection: how long the host is asked what came of it, and how often. */
const ASK_FOR_MS = 90_000;
const ASK_EVERY_MS = 500;

/** Who acts: no rollout, a name of its own each time. */
export function newHolder({ random }: MaintainContext): string {
  return `maintain-${random.hex(12)}`;
}

function isLost(error: unknown): boolean {
  return error instanceof RanchError && ERROR_CODES[error.code] === EXIT.unreachable;
}

/** Gives a lease back; over a fresh connection where the first was lost and `use` ended well all the same. */
async function letGo(
  context: MaintainContext,
  spec: HostSpec,
  unit: ReturnType<typeof unitShell>,
  lease: Lease,
): Promise<void> {
  try {
    await unit.release(lease);
  } catch (error) {
    // What came of `use` counts, and the lease has an end of its own.
    if (!isLost(error) || context.signal?.aborted) return;
    await visit(context, spec, (fresh) => unitShell(fresh, spec).release(lease)).catch(() => undefined);
  }
}

/**
 * Runs `use` under the unit's lease and lets go of it, whatever happens; a lease that cannot be given back runs out by
 * itself. Throws `host-locked` while a rollout or another controller holds it.
 */
export async function underLease<T>(
  context: MaintainContext,
  shell: Shell,
  spec: HostSpec,
  binary: string,
  use: (lease: Lease) => Promise<T>,
): Promise<T> {
  const unit = unitShell(shell, spec);
  const lease = await unit.lease(binary, newHolder(context), LEASE_SECONDS);
  let lost = false;
  try {
    return await use(lease);
  } catch (error) {
    lost = isLost(error);
    throw error;
  } finally {
    if (!lost) await letGo(context, spec, unit, lease);
  }
}

/** Asks over fresh connections what came of an act whose connection was lost. */
async function askAgain(
  context: MaintainContext,
  spec: HostSpec,
  lease: Lease,
  act: Act,
  lost: unknown,
): Promise<readonly Acted[]> {
  const { clock, signal } = context;
  const end = clock.monotonic() + ASK_FOR_MS;
  for (;;) {
    try {
      return await visit(context, spec, async (shell) => {
        const host = maintainShell(shell, spec, signal);
        const acted = (await host.result(lease, act.verb)) ?? (await host.act(lease, act));
        await unitShell(shell, spec)
          .release(lease)
          .catch(() => undefined);
        return acted;
      });
    } catch (error) {
      if (!isLost(error) || clock.monotonic() >= end) throw isLost(error) ? lost : error;
      await clock.sleep(ASK_EVERY_MS, signal);
    }
  }
}

/**
 * Acts under a lease that is held already. The host carries it out by itself; where the connection is lost it is asked
 * over a fresh one what came of it. Throws what `MaintainHost.act` throws.
 */
export async function actUnderLease(
  context: MaintainContext,
  shell: Shell,
  spec: HostSpec,
  lease: Lease,
  act: Act,
): Promise<readonly Acted[]> {
  try {
    return await maintainShell(shell, spec, context.signal).act(lease, act);
  } catch (error) {
    context.signal?.throwIfAborted();
    if (!isLost(error)) throw error;
    return await askAgain(context, spec, lease, act, error);
  }
}
