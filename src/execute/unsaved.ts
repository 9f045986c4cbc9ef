import { RanchError } from '../domain/errors.ts';
import type { PlannedInstance } from '../domain/plan.ts';
import type { HostLink } from '../host/access.ts';
import { capabilities } from '../sq/capabilities.ts';
import { parseStatus } from '../sq/replies.ts';
import { statusRequest } from '../sq/requests.ts';
import type { UnitRun } from './execution.ts';

const LIVE_LIMITS = { deadlineMs: 20_000, maxBytes: 16 * 1024 * 1024 };
/**
 * Scrolls that clients may write between the copy and the question. More than that missing from the disk is no
 * race: a disk that was full loses the tail of the file, dozens of scrolls at a time.
 */
const RACING_SCROLLS = 16;

/**
 * Compares how many scrolls the live server says it holds with what its disk held a moment before. SQ on a full disk
 * answers 200 and truncates the file: what only its memory has would die with it. Throws `unsaved`. Servers of 0.5.1
 * and older are not asked. Others are asked for `status` alone: `toc` would tell more, but on some content it ends
 * SQ 0.5.2 with libphext 0.3.0, which then answers 500 to everybody.
 */
export async function compareWithLive(
  run: UnitRun,
  host: HostLink,
  instance: PlannedInstance,
  phext: string,
  onDisk: number,
): Promise<void> {
  const { from } = run.unit;
  if (instance.pid === undefined || !capabilities(from?.version).probeOverHttp) return;
  const key = await host.unit.key(instance);
  const place = `${run.spec.name}:${instance.port}`;
  const reply = await host.http(
    instance.port,
    statusRequest({ phext, ...(key ? { key } : {}) }),
    LIVE_LIMITS,
  );
  const held = parseStatus(reply, place).scrolls;
  if (held - onDisk <= RACING_SCROLLS) return;
  throw new RanchError({
    code: 'unsaved',
    place,
    message: `SQ holds ${held} scrolls of ${phext}, and the file on its disk has ${onDisk}`,
    remedy:
      'Free space on the host and write any scroll, so that SQ writes the file anew; then try again (`ranch retry`).',
  });
}
