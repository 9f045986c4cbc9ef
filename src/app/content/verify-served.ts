import { named, tally } from '../../checks/content/content.ts';
import { latencyOf, readThrough } from '../../checks/content/read.ts';
import { type Served, withPhext } from '../../checks/content/server.ts';
import type { ContentVerified } from '../../domain/content.ts';
import { RanchError } from '../../domain/errors.ts';
import type { Shell } from '../../domain/ports.ts';
import type { HostSpec } from '../../domain/ranch.ts';
import type { Acted } from '../../host/maintain-host.ts';
import { unitShell } from '../../host/unit-shell.ts';
import type { MaintainContext } from '../maintain/context.ts';
import { isSilence, runningVersion } from '../maintain/saved.ts';
import type { ContentPlace } from './place.ts';
import type { Coming } from './preview.ts';

function failed(place: string, message: string): RanchError {
  return new RanchError({
    code: 'verify-failed',
    place,
    message,
    remedy: 'Read the log of SQ (`ranch logs HOST`), and look whether its build can serve this content.',
  });
}

/** The server that was just started on the new content. */
async function servedNow(
  context: MaintainContext,
  shell: Shell,
  spec: HostSpec,
  { chosen, primary, phexts }: ContentPlace,
  phext: string,
  bytes: number,
): Promise<Served> {
  const { instance } = chosen;
  const key = await unitShell(shell, spec, context.signal).key(instance);
  return {
    shell,
    spec,
    dataDir: instance.dataDir,
    port: instance.port,
    place: `${spec.name}:${instance.port}`,
    version: runningVersion(context, chosen),
    primary,
    ...(key ? { key } : {}),
    phexts: [...new Set([...phexts.map(({ name }) => name), phext])],
    dataBytes: instance.dataBytes + bytes,
  };
}

/**
 * Shows that an instance serves what was just put in place: every coordinate is read through the API and compared. Clients
 * may have written since SQ was started: as many scrolls may differ as it had other connections since, and no more.
 * Throws `verify-failed`, also for an SQ that does not answer; the connecting codes where it is the host that is gone.
 */
export async function verifyServed(
  context: MaintainContext,
  shell: Shell,
  spec: HostSpec,
  place: ContentPlace,
  phext: string,
  { candidate }: Coming,
  acted: Pick<Acted, 'port' | 'pid' | 'restored'>,
): Promise<ContentVerified> {
  const at = `${spec.name}:${acted.port}`;
  if (!candidate) return { kind: 'not-asked', why: 'there is no such phext any more' };
  const there = acted.restored.find(({ name }) => name === phext);
  if (there && there.sha256 !== candidate.state.sha256) {
    throw failed(at, `${phext} on the disk is not the file that was sent`);
  }
  if (acted.pid === undefined) return { kind: 'not-asked', why: 'it does not run' };
  if (place.notAsked !== undefined) return { kind: 'not-asked', why: place.notAsked };
  const served = await servedNow(context, shell, spec, place, phext, candidate.state.bytes);
  try {
    return await withPhext(served, phext, context.clock, async (server) => {
      const read = await readThrough(server, candidate.scrolls, context.signal);
      if (read.misread.length > 0) {
        throw failed(
          at,
          `SQ gives back ${read.misread.length} scrolls otherwise than it holds them: ${named(read.misread)}`,
        );
      }
      if (read.differences.length > read.others) {
        throw failed(at, `SQ serves another content than the file: ${tally(read.differences)}`);
      }
      const told = { scrolls: read.held.size, ...latencyOf(read.times) };
      const written = [
        ...new Set([...read.differences.map(({ coordinate }) => coordinate), ...read.written]),
      ];
      return written.length > 0 ? { kind: 'written-since', written, ...told } : { kind: 'served', ...told };
    });
  } catch (error) {
    context.signal?.throwIfAborted();
    // A host that answers with an SQ that does not is a content that is not served; the host was reached to learn that.
    if (error instanceof RanchError && error.code !== 'verify-failed' && isSilence(error)) {
      throw failed(at, error.message);
    }
    throw error;
  }
}
