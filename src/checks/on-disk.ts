import { checksum } from '../sq/checksum.ts';
import { MOVED_REMEDY, movedScrolls, scrollHashes } from '../sq/moved.ts';
import { explode } from '../sq/phext.ts';
import { RACING_SCROLLS } from '../sq/racing-scrolls.ts';
import { parseChecksum, parseDelta, parsePhext, parseStatus } from '../sq/replies.ts';
import { checksumRequest, deltaRequest, getRequest, statusRequest, type Target } from '../sq/requests.ts';
import type { Ask } from './subject.ts';

/** How often a busy server is asked for a moment in which nobody wrote. */
const TRIES = 5;

/** How many scrolls lie elsewhere in memory, under the same checksum; looked at one by one only where that may be so. */
async function movedNow(ask: Ask, target: Target, place: string, file: Uint8Array): Promise<number> {
  const { scrolls } = parseStatus(await ask(statusRequest(target)), place);
  if (scrolls <= explode(file).length) return 0;
  return movedScrolls(parseDelta(await ask(deltaRequest(target, await scrollHashes(file))), place));
}

/**
 * Why what SQ holds of a phext is not what its file holds; undefined where it is. SQ on a full disk answers 200 and
 * truncates the file: what only its memory has would be lost when it is stopped or asked for another phext. Never asks
 * for the `toc`, which ends some builds of 0.5.2, nor for a file of which `whole` says that it is cut off (see `endsWhole`).
 */
export async function unsavedReason(
  ask: Ask,
  target: Target,
  place: string,
  whole: () => Promise<boolean>,
): Promise<string | undefined> {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    // A file that is being written is cut off for a moment.
    if (!(await whole())) {
      if (attempt + 1 < TRIES) continue;
      return `the file of ${target.phext} is gone or cut off, and SQ holds what it held`;
    }
    const before = parseChecksum(await ask(checksumRequest(target)), place);
    const file = parsePhext(await ask(getRequest(target)), place);
    const after = parseChecksum(await ask(checksumRequest(target)), place);
    if (before !== after) continue;
    if ((await checksum(file)) === before) {
      const moved = await movedNow(ask, target, place, file);
      if (moved === 0) return undefined;
      if (parseChecksum(await ask(checksumRequest(target)), place) !== before) continue; // written since
      return `${moved} scrolls of ${target.phext} are at other coordinates in its file than in SQ's memory. ${MOVED_REMEDY}`;
    }
    return `what SQ holds of ${target.phext} is not what its file holds`;
  }
  const file = parsePhext(await ask(getRequest(target)), place);
  const onDisk = explode(file).length;
  const held = parseStatus(await ask(statusRequest(target)), place).scrolls;
  if (held - onDisk <= RACING_SCROLLS) return undefined;
  return `SQ holds ${held} scrolls of ${target.phext}, and its file has ${onDisk}`;
}
