import { tally } from '../../checks/content/content.ts';
import { heldNow } from '../../checks/content/read.ts';
import { scratchTarget } from '../../checks/scratch.ts';
import type { Ask } from '../../checks/subject.ts';
import { RanchError } from '../../domain/errors.ts';
import { httpOver } from '../../host/http.ts';
import { probeShell } from '../../host/probe.ts';
import type { Lease } from '../../host/unit-host.ts';
import { unitShell } from '../../host/unit-shell.ts';
import { differences } from '../../sq/differences.ts';
import { parseChecksum, parseToc } from '../../sq/replies.ts';
import { checksumRequest, type Target, tocRequest } from '../../sq/requests.ts';
import { LEASE_SECONDS } from '../maintain/act.ts';
import { isSilence } from '../maintain/saved.ts';
import type { Candidate } from './candidate.ts';
import type { Putting } from './putting.ts';

/** How long the scratch server lives at most, by the host's own `timeout`: three answers, however slow. */
const SECONDS = 300;
/** One answer; shorter than the lease, which is renewed between two of them. */
const ANSWER_MS = 100_000;
const ROOM_BYTES = 64 * 1024 * 1024;

function refused(place: string, message: string): RanchError {
  return new RanchError({
    code: 'proof-failed',
    place,
    message: `a scratch SQ of the same program cannot serve it: ${message}`,
    remedy:
      'Nothing was changed. See which build runs there (`ranch validate HOST`), and roll out one that serves this content.',
  });
}

/** Asks for all that it holds, its checksum, and last the toc, which ends some builds. */
async function mustServe(
  ask: Ask,
  target: Target,
  place: string,
  candidate: Candidate,
  renew: () => Promise<unknown>,
): Promise<void> {
  const held = await heldNow({ ask, target, place }, candidate.scrolls);
  const other = differences(candidate.scrolls, held);
  if (other.length > 0) throw refused(place, `it holds another content than the file: ${tally(other)}`);
  await renew();
  const checksum = parseChecksum(await ask(checksumRequest(target)), place);
  if (checksum !== candidate.checksum) {
    throw refused(place, `its checksum is ${checksum}, and that of the file ${candidate.checksum}`);
  }
  await renew();
  parseToc(await ask(tocRequest(target)), place);
}

/**
 * Shows that the program which serves an instance can serve what lies ready to be put in place, on a scratch server
 * beside it: it is loaded once, every coordinate is held as the file has it, checksum and toc answer. The live server is
 * neither asked nor stopped. Throws `proof-failed` where that does not hold, the connecting codes, `disk-full`.
 */
export async function mustBeServable(
  { context, shell, spec, place: { chosen }, phext }: Putting,
  candidate: Candidate,
  lease: Lease,
): Promise<void> {
  const { instance } = chosen;
  const place = `${spec.name}:${instance.port}`;
  const probe = probeShell(shell, spec, context.signal);
  const server = await probe.beginOnReady(lease, SECONDS, instance, phext);
  const limits = { deadlineMs: ANSWER_MS, maxBytes: 2 * candidate.state.bytes + ROOM_BYTES };
  const ask: Ask = (request) => httpOver(shell, context.clock, server.sparePort, request, limits);
  const renew = () => unitShell(shell, spec).lease(lease.binary, lease.holder, LEASE_SECONDS);
  try {
    await mustServe(ask, scratchTarget(server, phext), place, candidate, renew);
  } catch (error) {
    context.signal?.throwIfAborted();
    // The host was reached: it is the scratch SQ that does not answer.
    if (error instanceof RanchError && error.code !== 'proof-failed' && isSilence(error)) {
      throw refused(place, error.message);
    }
    throw error;
  }
  await probe.end(lease);
  await renew();
}
