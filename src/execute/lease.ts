import type { HostLink } from '../host/access.ts';
import type { Lease } from '../host/unit-host.ts';
import type { UnitRun } from './execution.ts';
import { step } from './step.ts';

/**
 * How long a lease lasts without its holder: a proof on a slow host fits in, and a dead controller does not keep a
 * host for long. The host's own `switching` mark protects a switch beyond that.
 */
const LEASE_SECONDS = 900;

/**
 * The rollout's lease of a unit, taken or renewed: the same holder gets the same token. With it comes to the host's
 * disk how its bare processes run. Not journaled.
 */
export function renewLease({ unit, execution }: UnitRun, host: HostLink): Promise<Lease> {
  return host.unit.lease(unit.binary, execution.rollout, LEASE_SECONDS, unit.instances, execution.ended);
}

/** Takes the lease as a step; every later command on this unit names it. */
export function takeLease(run: UnitRun, host: HostLink): Promise<Lease> {
  return step(run, 'lease', async () => {
    const lease = await renewLease(run, host);
    return { facts: { token: lease.token }, value: lease };
  });
}
