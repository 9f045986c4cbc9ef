import { Readable } from 'node:stream';
import type { ContentOutcome } from '../../domain/content.ts';
import { ERROR_CODES, EXIT, RanchError, type Trouble, troubleOf } from '../../domain/errors.ts';
import type { PlannedInstance } from '../../domain/plan.ts';
import type { Shell } from '../../domain/ports.ts';
import type { HostSpec } from '../../domain/ranch.ts';
import { maintainShell } from '../../host/maintain.ts';
import type { Acted } from '../../host/maintain-host.ts';
import type { Lease } from '../../host/unit-host.ts';
import { unitShell } from '../../host/unit-shell.ts';
import { actUnderLease, LEASE_SECONDS, underLease } from '../maintain/act.ts';
import { type MaintainContext, visit } from '../maintain/context.ts';
import { findInstances } from '../maintain/find.ts';
import { type ContentPlace, findPlace, mustKnowPrimary } from './place.ts';
import type { Coming, ContentOrder } from './preview.ts';
import { mustBeServable } from './prove.ts';
import type { Putting } from './putting.ts';
import { verifyServed } from './verify-served.ts';

/** Puts ready beside the live file what comes, proven there; the lease is renewed around it. */
async function makeReady(
  { context, shell, spec, place, phext, coming }: Putting,
  lease: Lease,
): Promise<void> {
  const host = maintainShell(shell, spec, context.signal);
  const unit = unitShell(shell, spec);
  const { dataDir } = place.chosen.instance;
  const { candidate, folder } = coming;
  await host.restoreBegin(lease, dataDir, candidate?.state.bytes ?? 0);
  await unit.lease(lease.binary, lease.holder, LEASE_SECONDS);
  if (folder !== undefined) {
    await host.restoreTake(lease, dataDir, phext, folder);
  } else if (candidate) {
    const { sha256 } = candidate.state;
    await host.restorePut(lease, dataDir, { name: phext, sha256 }, () => Readable.from([candidate.bytes]));
  }
  await unit.lease(lease.binary, lease.holder, LEASE_SECONDS);
}

/** The instance as it runs now: it was started anew, and may have ended since. */
async function asItRuns(
  context: MaintainContext,
  shell: Shell,
  spec: HostSpec,
  { chosen }: ContentPlace,
): Promise<PlannedInstance> {
  const { port } = chosen.instance;
  const found = await findInstances(context, shell, spec, { ports: [port] });
  const { pid, startTicks, ...still } = chosen.instance;
  return found.chosen.find(({ instance }) => instance.port === port)?.instance ?? still;
}

async function act(
  { context, shell, spec, place }: Putting,
  lease: Lease,
  verb: 'deploy' | 'undeploy',
): Promise<Acted> {
  const instances = [verb === 'deploy' ? place.chosen.instance : await asItRuns(context, shell, spec, place)];
  const [acted] = await actUnderLease(context, shell, spec, lease, { verb, instances });
  if (acted) return acted;
  throw new Error(`a ${verb} told of no instance`);
}

/** Puts back what a deploy replaced, under the same lease; what it had put in place is kept in turn. */
async function putBack(
  putting: Putting,
  lease: Lease,
  deployed: Acted,
  why: Trouble,
): Promise<ContentOutcome> {
  const { shell, spec, place } = putting;
  const at = { host: spec.name, port: place.chosen.instance.port };
  const folder = deployed.snapshot?.split('/').at(-1);
  try {
    if (folder === undefined) throw new Error('a deploy told of nothing that it kept');
    await unitShell(shell, spec).lease(lease.binary, lease.holder, LEASE_SECONDS);
    await makeReady({ ...putting, coming: { candidate: undefined, folder } }, lease);
    const { snapshot } = await act(putting, lease, 'undeploy');
    const trouble = { ...why, message: `${why.message}; what was there before is back` };
    return { ...at, outcome: 'reverted', trouble, ...(snapshot ? { kept: snapshot } : {}) };
  } catch (error) {
    const { message } = troubleOf(error, spec.name);
    const trouble: Trouble = {
      ...why,
      message: `${why.message}; what was there before could not be put back: ${message}`,
      remedy: `It lies in ${deployed.snapshot ?? '.ranch/content'} on the host: \`ranch content rollback ${spec.name}\`.`,
    };
    return { ...at, outcome: 'failed', trouble, ...(deployed.snapshot ? { kept: deployed.snapshot } : {}) };
  }
}

function isLost(error: unknown): boolean {
  return error instanceof RanchError && ERROR_CODES[error.code] === EXIT.unreachable;
}

/** Asks what is served; over a fresh connection where the first one is lost. */
async function verify(putting: Putting, acted: Acted) {
  const { context, shell, spec, place, phext, coming } = putting;
  try {
    return await verifyServed(context, shell, spec, place, phext, coming, acted);
  } catch (error) {
    context.signal?.throwIfAborted();
    if (!isLost(error)) throw error;
    return await visit(context, spec, (fresh) =>
      verifyServed(context, fresh, spec, place, phext, coming, acted),
    );
  }
}

async function putUnder(putting: Putting, lease: Lease): Promise<ContentOutcome> {
  const { context, shell, spec, place, coming } = putting;
  const at = { host: spec.name, port: place.chosen.instance.port };
  let acted: Acted;
  try {
    await makeReady(putting, lease);
    if (coming.candidate) await mustBeServable(putting, coming.candidate, lease);
    acted = await act(putting, lease, 'deploy');
  } catch (error) {
    // What was sent and not used goes; what went wrong counts.
    await maintainShell(shell, spec)
      .restoreEnd(lease, place.chosen.instance.dataDir)
      .catch(() => undefined);
    throw error;
  }
  const kept = acted.snapshot === undefined ? {} : { kept: acted.snapshot };
  try {
    const verified = await verify(putting, acted);
    return { ...at, outcome: 'changed', verified, downMs: acted.downMs, ...kept };
  } catch (error) {
    const trouble = troubleOf(error, `${spec.name}:${at.port}`);
    if (isLost(error) || context.signal?.aborted) {
      const remedy = `It is in place: \`ranch content verify ${spec.name}\` tells whether it is served.`;
      return { ...at, outcome: 'inconclusive', trouble: { ...trouble, remedy }, ...kept };
    }
    return await putBack(putting, lease, acted, trouble);
  }
}

/**
 * Puts a content in place on one host: sent there, proven by a scratch server of the program that serves it, then a quiet
 * stop, a rename, a start, and every scroll read back. Where that does not hold, what was there before goes back. Throws for what went wrong before anything was changed.
 */
export async function putContent(
  context: MaintainContext,
  spec: HostSpec,
  { phext, ports }: ContentOrder,
  coming: Coming,
): Promise<ContentOutcome> {
  return await visit(context, spec, async (shell) => {
    const place = await findPlace(context, shell, spec, phext, ports);
    mustKnowPrimary(spec, place, phext);
    const putting = { context, shell, spec, place, phext, coming };
    return await underLease(context, shell, spec, place.chosen.binary, (lease) => putUnder(putting, lease));
  });
}
