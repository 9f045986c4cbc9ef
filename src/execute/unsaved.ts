import { RanchError } from '../domain/errors.ts';
import type { PlannedInstance } from '../domain/plan.ts';
import type { HostLink } from '../host/access.ts';
import { capabilities } from '../sq/capabilities.ts';
import { parseToc } from '../sq/replies.ts';
import { tocRequest } from '../sq/requests.ts';
import type { UnitRun } from './execution.ts';

const LIVE_LIMITS = { deadlineMs: 20_000, maxBytes: 16 * 1024 * 1024 };
/**
 * Scrolls that clients may write between the copy and the question. More than that missing from the disk is no
 * race: a disk that was full loses the tail of the file, dozens of scrolls at a time.
 */
const RACING_SCROLLS = 16;

/**
 * Compares what the live server says it holds with what its disk held a moment before. SQ on a full disk answers 200
 * and truncates the file: what only its memory has would die with it. Throws `unsaved`. Servers of 0.5.1 and older
 * are not asked.
 */
export async function compareWithLive(
  run: UnitRun,
  host: HostLink,
  instance: PlannedInstance,
  phext: string,
  onDisk: ReadonlySet<string>,
): Promise<void> {
  const { from } = run.unit;
  if (instance.pid === undefined || !capabilities(from?.version).probeOverHttp) return;
  const key = await host.unit.key(instance);
  const place = `${run.spec.name}:${instance.port}`;
  const reply = await host.http(instance.port, tocRequest({ phext, ...(key ? { key } : {}) }), LIVE_LIMITS);
  const held = parseToc(reply, place);
  const lacking = held.filter(({ coordinate }) => !onDisk.has(coordinate));
  if (lacking.length <= RACING_SCROLLS) return;
  throw new RanchError({
    code: 'unsaved',
    place,
    message: `SQ holds ${held.length} scrolls of ${phext} and the file on its disk lacks ${lacking.length} of them`,
    remedy: 'Free space on the host and write any scroll, so that SQ writes the file anew; then resume.',
  });
}
