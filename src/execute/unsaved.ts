import { RanchError } from '../domain/errors.ts';
import type { HttpReply, HttpRequest } from '../domain/http.ts';
import type { PlannedInstance } from '../domain/plan.ts';
import type { HostLink } from '../host/access.ts';
import { capabilities } from '../sq/capabilities.ts';
import { checksum } from '../sq/checksum.ts';
import { MOVED_REMEDY, movedScrolls, scrollHashes } from '../sq/moved.ts';
import { RACING_SCROLLS } from '../sq/racing-scrolls.ts';
import { parseChecksum, parseDelta, parseStatus } from '../sq/replies.ts';
import { checksumRequest, deltaRequest, statusRequest, type Target } from '../sq/requests.ts';
import type { UnitRun } from './execution.ts';

const LIVE_LIMITS = { deadlineMs: 20_000, maxBytes: 16 * 1024 * 1024 };

/** Beyond that the content is not brought here to be looked at scroll by scroll. */
const LARGEST_COMPARED_BYTES = 64 * 1024 * 1024;

type Ask = (request: HttpRequest) => Promise<HttpReply>;

/** What a scratch server says of the copy that it serves. */
export interface CopiedContent {
  readonly scrolls: number;
  /** The phext's file. */
  bytes(): Promise<Uint8Array>;
}

/**
 * Compares how many scrolls the live server says it holds with what its disk held a moment before. SQ on a full disk
 * answers 200 and truncates the file: what only its memory has would die with it. Where it holds a little more than the
 * copy, the scrolls are compared one by one (`movedScrolls`). Throws `unsaved`. Servers of 0.5.1 and older are not
 * asked, and none for its `toc`: on some content that ends SQ 0.5.2 with libphext 0.3.0, which then answers 500 to all.
 */
export async function compareWithLive(
  run: UnitRun,
  host: HostLink,
  instance: PlannedInstance,
  phext: string,
  copy: CopiedContent,
): Promise<void> {
  const { from } = run.unit;
  if (instance.pid === undefined || !capabilities(from?.version).probeOverHttp) return;
  const key = await host.unit.key(instance);
  const place = `${run.spec.name}:${instance.port}`;
  const target: Target = { phext, ...(key ? { key } : {}) };
  const maxBytes = LIVE_LIMITS.maxBytes + 2 * instance.dataBytes;
  const ask: Ask = (request) => host.http(instance.port, request, { ...LIVE_LIMITS, maxBytes });
  const held = parseStatus(await ask(statusRequest(target)), place).scrolls;
  if (held - copy.scrolls > RACING_SCROLLS) {
    throw new RanchError({
      code: 'unsaved',
      place,
      message: `SQ holds ${held} scrolls of ${phext}, and the file on its disk has ${copy.scrolls}`,
      remedy:
        'Free space on the host and write any scroll, so that SQ writes the file anew; then try again (`ranch retry`).',
    });
  }
  // Either clients wrote more since, or it holds an empty scroll: that is told by looking at each.
  if (held <= copy.scrolls || instance.dataBytes > LARGEST_COMPARED_BYTES) return;
  const moved = await movedSince(ask, target, place, await copy.bytes());
  if (moved === 0) return;
  throw new RanchError({
    code: 'unsaved',
    place,
    message: `${moved} scrolls of ${phext} are at other coordinates on its disk than in SQ's memory`,
    remedy: `${MOVED_REMEDY} Then try again (\`ranch retry\`).`,
  });
}

/**
 * How many scrolls SQ holds elsewhere than the copy does. Where clients have written since, as few as they may have
 * written are taken for theirs.
 */
async function movedSince(ask: Ask, target: Target, place: string, copy: Uint8Array): Promise<number> {
  const before = parseChecksum(await ask(checksumRequest(target)), place);
  const delta = parseDelta(await ask(deltaRequest(target, await scrollHashes(copy))), place);
  const after = parseChecksum(await ask(checksumRequest(target)), place);
  const moved = movedScrolls(delta);
  const quiet = before === after && before === (await checksum(copy));
  return quiet || moved > RACING_SCROLLS ? moved : 0;
}
