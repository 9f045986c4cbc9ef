import { broken, held, type Verdict } from '../../domain/verdict.ts';
import { checksum } from '../../sq/checksum.ts';
import { movedScrolls, scrollHashes } from '../../sq/moved.ts';
import { explode } from '../../sq/phext.ts';
import { RACING_SCROLLS } from '../../sq/racing-scrolls.ts';
import { parseChecksum, parseDelta, parsePhext, parseStatus } from '../../sq/replies.ts';
import { checksumRequest, deltaRequest, getRequest, statusRequest, type Target } from '../../sq/requests.ts';
import type { Ask } from '../subject.ts';

/** How often a busy server is asked for a moment in which nobody wrote. */
const TRIES = 8;

const MOVED =
  'Do not stop it. A scroll was emptied by an empty text: `delete` it (the scrolls before those that moved), so that SQ writes the file right, and look again.';

const UNSAVED =
  'Do not stop it: what only its memory holds would be lost. Free space there, write any scroll so that SQ writes the file anew, and look again.';

/**
 * What lies elsewhere in memory than in the file, though both have one checksum: SQ takes it of what it would write, and
 * an emptied scroll moves what it writes behind it (`emptyTextVerdict`). Asked scroll by scroll.
 */
async function movedVerdict(
  ask: Ask,
  target: Target,
  place: string,
  file: Uint8Array,
): Promise<Verdict | undefined> {
  const count = movedScrolls(parseDelta(await ask(deltaRequest(target, await scrollHashes(file))), place));
  if (count === 0) return undefined;
  const got = `${target.phext}: ${count} scrolls are at other coordinates on disk than in memory, under one checksum`;
  return broken('critical', got, MOVED);
}

/**
 * Whether a live server of 0.5.2 or newer holds the same phext in memory and on its disk. `target` is the primary phext:
 * asked for another one SQ would let go of it; `toc` is not asked for, which ends some builds. A client that writes
 * between two questions is told from a difference by asking for the checksum before and after. Throws as `ask`.
 */
export async function memoryVerdict(ask: Ask, target: Target, place: string): Promise<Verdict> {
  for (let tries = 0; tries < TRIES; tries++) {
    const before = parseChecksum(await ask(checksumRequest(target)), place);
    const file = parsePhext(await ask(getRequest(target)), place);
    const after = parseChecksum(await ask(checksumRequest(target)), place);
    if (before !== after) continue;
    const onDisk = await checksum(file);
    if (onDisk === before) {
      const moved = await movedVerdict(ask, target, place, file);
      // What differs now may have been written since.
      if (moved && parseChecksum(await ask(checksumRequest(target)), place) !== before) continue;
      return moved ?? held(`${target.phext}: ${before} in memory and on disk`);
    }
    return broken('critical', `${target.phext}: ${before} in memory, ${onDisk} on disk`, UNSAVED);
  }
  const onDisk = explode(parsePhext(await ask(getRequest(target)), place)).length;
  const inMemory = parseStatus(await ask(statusRequest(target)), place).scrolls;
  const got = `${target.phext}: ${inMemory} scrolls in memory, ${onDisk} on disk`;
  if (inMemory - onDisk > RACING_SCROLLS) return broken('critical', got, UNSAVED);
  return held(`${got}; clients wrote all the while, so that no checksum could be taken`);
}
