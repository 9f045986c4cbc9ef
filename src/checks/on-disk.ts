import { memoryAndDisk } from '../sq/memory-and-disk.ts';
import { MOVED_REMEDY } from '../sq/moved.ts';
import type { Target } from '../sq/requests.ts';
import type { Ask } from './subject.ts';

/**
 * Why what SQ holds of a phext is not what its file holds; undefined where it is. SQ on a full disk answers 200 and
 * truncates the file: what only its memory has would be lost when it is stopped or asked for another phext. `whole` as in
 * `memoryAndDisk`.
 */
export async function unsavedReason(
  ask: Ask,
  target: Target,
  place: string,
  whole: () => Promise<boolean>,
): Promise<string | undefined> {
  const { phext } = target;
  const compared = await memoryAndDisk(ask, target, place, whole);
  switch (compared.kind) {
    case 'same':
      return undefined;
    case 'cut':
      return `the file of ${phext} is gone or cut off, and SQ holds what it held`;
    case 'other':
      return `what SQ holds of ${phext} is not what its file holds`;
    case 'behind':
      return `${compared.count} scrolls of ${phext} do not come to its file, while clients write`;
    case 'moved':
      return `${compared.count} scrolls of ${phext} are at other coordinates in its file than in SQ's memory. ${MOVED_REMEDY}`;
  }
}
