import { RanchError } from '../domain/errors.ts';
import type { HttpReply, HttpRequest } from '../domain/http.ts';
import type { PlannedInstance } from '../domain/plan.ts';
import type { HostLink } from '../host/access.ts';
import { capabilities } from '../sq/capabilities.ts';
import { checksum } from '../sq/checksum.ts';
import { MOVED_REMEDY, movedScrolls, scrollHashes } from '../sq/moved.ts';
import { RACING_SCROLLS } from '../sq/racing-scrolls.ts';
import { parseChecksum, parseDelta, parsePhext, parseStatus } from '../sq/replies.ts';
import { checksumRequest, deltaRequest, getRequest, statusRequest, type Target } from '../sq/requests.ts';
import type { UnitRun } from './execution.ts';

const LIVE_LIMITS = { deadlineMs: 20_000, maxBytes: 16 * 1024 * 1024 };

/** Beyond that the content is not brought here to be looked at scroll by scroll. */
const LARGEST_COMPARED_BYTES = 64 * 1024 * 1024;

const FULL_REMEDY = 'Free space on the host and write any scroll, so that SQ writes the file anew.';

type Ask = (request: HttpRequest) => Promise<HttpReply>;

/** How often a busy server is asked for a moment in which nobody wrote. */
const TRIES = 3;

/**
 * Compares how many scrolls the live server says it holds with the `copied` ones, which its disk held a moment before. SQ
 * on a full disk answers 200 and truncates the file: what only its memory has would die with it. Where it holds a little
 * more than the copy, its scrolls are compared with its file one by one (`movedScrolls`). Throws `unsaved`. Servers of 0.5.1
 * and older are not asked, and none for its `toc`: on some content that ends SQ 0.5.2 with libphext 0.3.0, which then
 * answers 500 to all.
 */
export async function compareWithLive(
  run: UnitRun,
  host: HostLink,
  instance: PlannedInstance,
  phext: string,
  copied: number,
): Promise<void> {
  const { from } = run.unit;
  if (instance.pid === undefined || !capabilities(from?.version).probeOverHttp) return;
  const key = await host.unit.key(instance);
  const place = `${run.spec.name}:${instance.port}`;
  const target: Target = { phext, ...(key ? { key } : {}) };
  const askAbout =
    (size: number): Ask =>
    (request) =>
      host.http(instance.port, request, { ...LIVE_LIMITS, maxBytes: LIVE_LIMITS.maxBytes + 2 * size });
  const { scrolls: held, bytes } = parseStatus(await askAbout(0)(statusRequest(target)), place);
  if (held - copied > RACING_SCROLLS) {
    throw new RanchError({
      code: 'unsaved',
      place,
      message: `SQ holds ${held} scrolls of ${phext}, and the file on its disk has ${copied}`,
      remedy: `${FULL_REMEDY} Then try again (\`ranch retry\`).`,
    });
  }
  // Either clients wrote more since, or it holds an empty scroll: that is told by looking at each.
  if (held <= copied || bytes > LARGEST_COMPARED_BYTES) return;
  const why = await whyElsewhere(askAbout(bytes), target, place, () =>
    host.endsWhole(instance.dataDir, phext),
  );
  if (why === undefined) return;
  const remedy = `${why.remedy} Then try again (\`ranch retry\`).`;
  throw new RanchError({ code: 'unsaved', place, message: why.message, remedy });
}

/**
 * Why SQ may hold scrolls elsewhere than its file does; undefined where it does not. The file is read anew: between the
 * copy and this question busy clients write any number of scrolls. As few as they may have written meanwhile are taken
 * for theirs.
 */
async function whyElsewhere(
  ask: Ask,
  target: Target,
  place: string,
  whole: () => Promise<boolean>,
): Promise<{ readonly message: string; readonly remedy: string } | undefined> {
  let fewest = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < TRIES; attempt++) {
    if (!(await whole())) {
      const message = `the file of ${target.phext} is cut off, and SQ holds what it held`;
      return { message, remedy: FULL_REMEDY };
    }
    const before = parseChecksum(await ask(checksumRequest(target)), place);
    const file = parsePhext(await ask(getRequest(target)), place);
    const delta = parseDelta(await ask(deltaRequest(target, await scrollHashes(file))), place);
    const after = parseChecksum(await ask(checksumRequest(target)), place);
    fewest = Math.min(fewest, movedScrolls(delta));
    if (fewest === 0) return undefined;
    const quiet = before === after && before === (await checksum(file));
    if (quiet) break;
    if (attempt + 1 === TRIES && fewest <= RACING_SCROLLS) return undefined;
  }
  const message = `${fewest} scrolls of ${target.phext} are at other coordinates on its disk than in SQ's memory`;
  return { message, remedy: MOVED_REMEDY };
}
