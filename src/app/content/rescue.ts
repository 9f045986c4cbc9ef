import { existsSync } from 'node:fs';
import { type PhextServer, type Served, servedOf, withPhext } from '../../checks/content/server.ts';
import type { HostName } from '../../domain/brand.ts';
import type { PhextState } from '../../domain/content.ts';
import { RanchError } from '../../domain/errors.ts';
import { hashScroll } from '../../sq/checksum.ts';
import { scrollsOf } from '../../sq/phext.ts';
import { parseChecksum, parseHeld } from '../../sq/replies.ts';
import { checksumRequest, deltaRequest } from '../../sq/requests.ts';
import { writeDurably } from '../artifacts/write-durably.ts';
import { hostNamed, type MaintainContext } from '../maintain/context.ts';
import { sha256Of } from './candidate.ts';
import { withSubject } from './subject-for.ts';

/** How often a busy server is asked for a moment in which nobody wrote. */
const TRIES = 5;

/** What was read out. */
export interface Rescued {
  readonly host: HostName;
  readonly port: number;
  readonly file: string;
  readonly phext: PhextState;
  /** SQ's own checksum, where it was that of what was read: clients who write all the time leave no moment for it. */
  readonly checksum?: string;
  /** Size of the file on the host's disk; undefined: there is none. */
  readonly onDisk?: number;
}

function failed(place: string, message: string, remedy: string): RanchError {
  return new RanchError({ code: 'usage', place, message, remedy });
}

/** All that SQ holds, in one request and of one moment. Never `get`: with a torn file it ends 0.5.2 for good. */
async function readOut({
  ask,
  target,
  place,
}: PhextServer): Promise<{ readonly bytes: Uint8Array; readonly checksum?: string }> {
  let bytes: Uint8Array = new Uint8Array();
  for (let attempt = 0; attempt < TRIES; attempt++) {
    bytes = parseHeld(await ask(deltaRequest(target, new Map())), place);
    const checksum = parseChecksum(await ask(checksumRequest(target)), place);
    if ((await hashScroll(bytes)) === checksum) return { bytes, checksum };
  }
  return { bytes };
}

/**
 * Reads out what a server holds in memory, whatever its disk has, and writes it here for its owner alone. Only of the
 * phext that SQ holds: to ask for another would drop this one. Throws `usage`, `file-failed`, `host-unsupported`,
 * `sq-error`, the connecting codes.
 */
export async function rescueContent(
  context: MaintainContext,
  hostName: string,
  wish: { readonly phext: string; readonly ports: readonly number[]; readonly file: string },
): Promise<Rescued> {
  const { phext, ports, file } = wish;
  if (existsSync(file)) throw failed(file, 'is there already', 'Name another file: nothing is overwritten.');
  const spec = hostNamed(context.ranch, hostName);
  return await withSubject(context, spec, phext, ports, async (subject) => {
    const { instance, place, primary, phexts } = subject;
    if (primary !== undefined && primary !== phext) {
      throw failed(
        place,
        `SQ is there for ${primary} and holds that; to ask for ${phext} would drop it`,
        `Rescue ${primary}; of ${phext} there is what its file has (\`ranch backup\`).`,
      );
    }
    const own = await servedOf(subject);
    // A file that is gone is a reason to read out what memory has of it.
    const served: Served = { ...own, phexts: [...own.phexts, phext] };
    const { bytes, checksum } = await withPhext(served, phext, context.clock, readOut);
    await writeDurably(file, `${file}.part-${context.random.hex(8)}`, async () => bytes, 0o600);
    const onDisk = phexts.find(({ name }) => name === phext)?.bytes;
    return {
      host: spec.name,
      port: instance.port,
      file,
      phext: { bytes: bytes.length, scrolls: scrollsOf(bytes).length, sha256: sha256Of(bytes) },
      ...(checksum === undefined ? {} : { checksum }),
      ...(onDisk === undefined ? {} : { onDisk }),
    };
  });
}
