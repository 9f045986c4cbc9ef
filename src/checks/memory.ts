import { broken, held, type Verdict } from '../domain/verdict.ts';
import { memoryAndDisk } from '../sq/memory-and-disk.ts';
import type { Target } from '../sq/requests.ts';
import type { Ask } from './subject.ts';

const MOVED =
  'Do not stop it. A scroll was emptied by an empty text: `delete` it (the scrolls before those that moved), so that SQ writes the file right, and look again.';

const UNSAVED =
  'Do not stop it: what only its memory holds would be lost. Look whether the disk is full and whether SQ may write the file; write any scroll so that it is written anew, and look again.';

const CUT = 'Read out what SQ holds (`ranch content rescue`) before anything stops it.';

/** Whether a live server of 0.5.2 or newer holds the same phext in memory and on its disk. Asks as `memoryAndDisk`. */
export async function memoryVerdict(
  ask: Ask,
  target: Target,
  place: string,
  whole: () => Promise<boolean>,
): Promise<Verdict> {
  const { phext } = target;
  const compared = await memoryAndDisk(ask, target, place, whole);
  switch (compared.kind) {
    case 'same':
      return held(
        compared.checksum === undefined
          ? `${phext}: clients wrote all the while, and all that they wrote came to the disk`
          : `${phext}: ${compared.checksum} in memory and on disk`,
      );
    case 'cut':
      return broken('critical', `the file of ${phext} is gone or cut off within a character`, CUT);
    case 'other':
      return broken(
        'critical',
        `${phext}: ${compared.inMemory} in memory, ${compared.onDisk} on disk`,
        UNSAVED,
      );
    case 'behind':
      return broken(
        'critical',
        `${phext}: ${compared.count} scrolls do not come to the disk, while clients write`,
        UNSAVED,
      );
    case 'moved':
      return broken(
        'critical',
        `${phext}: ${compared.count} scrolls are at other coordinates on disk than in memory, under one checksum`,
        MOVED,
      );
  }
}
