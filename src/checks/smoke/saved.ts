import { broken, held, type Verdict } from '../../domain/verdict.ts';
import { endsWhole } from '../../host/file-end.ts';
import { parseStatus } from '../../sq/replies.ts';
import { statusRequest, type Target } from '../../sq/requests.ts';
import { memoryVerdict } from '../memory.ts';
import type { Ask, Subject } from '../subject.ts';

/** A larger phext is not brought here to be compared. */
const LARGEST_COMPARED_BYTES = 64 * 1024 * 1024;
/** How much of what SQ holds the file of a larger one must have: a disk that was full cuts off more, a client's race less. */
const SAVED_SHARE = 7 / 8;

const NOTHING_WRITTEN = 'Nothing was written by this test.';

function sizeVerdict(phext: string, bytes: number, onDisk: number): Verdict {
  const got = `${bytes} bytes of ${phext} in memory, ${onDisk} on disk`;
  if (onDisk >= bytes * SAVED_SHARE) return held(got);
  return broken('critical', got, 'Free space there and write any scroll, so that SQ writes the file anew.');
}

/**
 * How to ask about a phext of so many bytes, which bounds the answers. What SQ says that it holds counts: a file that was
 * being written while the host was looked at had any size.
 */
export type AskAbout = (bytes: number) => Ask;

/**
 * Whether SQ may be asked for another phext: it lets go of the one it holds, and all of that must be on its disk, with room
 * for more. Throws as what `askAbout` gives.
 */
export async function savedVerdict(subject: Subject, target: Target, askAbout: AskAbout): Promise<Verdict> {
  const { place, phexts, observation, instance, spec, shell } = subject;
  const { bytes } = parseStatus(await askAbout(0)(statusRequest(target)), place);
  const seen = phexts.find(({ name }) => name === target.phext)?.bytes ?? 0;
  const whole = () => endsWhole(shell, spec, instance.dataDir, target.phext);
  const saved =
    bytes > LARGEST_COMPARED_BYTES
      ? sizeVerdict(target.phext, bytes, seen)
      : await memoryVerdict(askAbout(bytes), target, place, whole);
  if (!saved.ok) return { ...saved, advice: `${saved.advice} ${NOTHING_WRITTEN}` };
  const free = observation.dataDirs.find(({ path }) => path === instance.dataDir)?.freeBytes ?? 0;
  if (free >= 2 * bytes) return saved;
  return broken(
    'high',
    `${free} bytes are free in ${instance.dataDir}, and the phext takes ${bytes}`,
    `Free space there: SQ on a full disk answers 200 and cuts its file short. ${NOTHING_WRITTEN}`,
  );
}
