import { setTimeout as sleep } from 'node:timers/promises';
import { RanchError } from '../domain/errors.ts';
import { type Claim, isLive, readClaim, sweepStaleLabs } from './lab-claim.ts';

/** Whether a lab is up in a folder. `stale`: its process died, and what it ran may be left. */
export type LabState =
  | { readonly kind: 'up'; readonly pid: number }
  | { readonly kind: 'stale' }
  | { readonly kind: 'down' };

/** How long a lab may take to close: it waits for the processes that it kills. */
const DOWN_WITHIN_MS = 60_000;
const LOOK_MS = 20;

function stateOf(claim: Claim | undefined): LabState {
  if (!claim) return { kind: 'down' };
  return isLive(claim) ? { kind: 'up', pid: claim.pid } : { kind: 'stale' };
}

/** Whether a lab is up in `dir`. Touches nothing. */
export async function labState(dir: string): Promise<LabState> {
  return stateOf(await readClaim(dir));
}

/**
 * Takes down the lab in `dir`, and gives what was there: its process is asked to end, and waited for; of one that died,
 * what is left is ended. Only the very process that claimed the folder is signalled. Throws `state-locked` where it
 * does not end in time.
 */
export async function takeDown(dir: string): Promise<LabState> {
  const claim = await readClaim(dir);
  const found = stateOf(claim);
  if (found.kind === 'stale') await sweepStaleLabs(dir);
  if (!claim || found.kind !== 'up') return found;
  askToEnd(claim);
  const until = performance.now() + DOWN_WITHIN_MS;
  while (isLive(claim)) {
    if (performance.now() > until) throw stays(dir, claim.pid);
    await sleep(LOOK_MS);
  }
  // What it could not end any more, where it was killed meanwhile.
  await sweepStaleLabs(dir);
  return found;
}

function askToEnd(claim: Claim): void {
  if (!isLive(claim)) return;
  try {
    process.kill(claim.pid, 'SIGTERM');
  } catch (error) {
    // It went between the look and the signal.
    if (isLive(claim)) throw error;
  }
}

function stays(dir: string, pid: number): RanchError {
  return new RanchError({
    code: 'state-locked',
    place: dir,
    message: `the process that keeps the lab, ${pid}, does not end`,
    remedy: `\`kill -9 ${pid}\` ends it; what it started ends with it.`,
  });
}
