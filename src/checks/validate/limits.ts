import { Buffer } from 'node:buffer';
import { asVersion } from '../../domain/brand.ts';
import { hazard, held, type Verdict } from '../../domain/verdict.ts';
import { capabilities } from '../../sq/capabilities.ts';
import { afterwards } from '../../sq/contract/talk.ts';
import type { CheckPorts } from '../subject.ts';
import type { ScratchBench } from './scratch-bench.ts';

/** Connections held at once, few enough for an SSH server, and requests of which the rate is taken. */
const HELD = 40;
const REQUESTS = 40;

/** A rate that one thread of any host of today keeps up: beyond it, one client alone can keep SQ busy. */
function perSecond(count: number, tookMs: number): string {
  return `${Math.round((count * 1000) / Math.max(tookMs, 1))} requests/s over this connection`;
}

/**
 * Whether a limit on clients is needed, from figures of a scratch server: what a held connection costs, and whether SQ
 * has limits of its own.
 */
export async function limitsVerdict(
  bench: ScratchBench,
  { clock }: CheckPorts,
  phext: string,
): Promise<Verdict> {
  const before = await bench.figures();
  const half = Buffer.from('GET /api/v2/version HTTP/1.1\r\n');
  const { open, got } = await bench.crowd(HELD, half, 0, async () => {
    const started = clock.monotonic();
    for (let at = 0; at < REQUESTS; at++) await afterwards(bench, { phext });
    const took = clock.monotonic() - started;
    return { took, during: await bench.figures() };
  });
  const threads = (got.during?.threads ?? 0) - (before?.threads ?? 0);
  const kilobytes = Math.round(((got.during?.rssBytes ?? 0) - (before?.rssBytes ?? 0)) / 1024);
  const figures = `${open} of ${HELD} half requests held: ${threads} threads, ${kilobytes} kB; ${perSecond(REQUESTS, got.took)} meanwhile`;
  const { maxConnections, requestTimeoutMs } = capabilities(asVersion(bench.build.version));
  if (maxConnections !== undefined && requestTimeoutMs !== undefined) {
    const own = `SQ itself ends a request after ${requestTimeoutMs / 1000} s and takes ${maxConnections} connections`;
    const advice = `${own}: one client can take them all. Limit connections by address at the front.`;
    return hazard('low', figures, advice);
  }
  const advice =
    'Rate limiting is needed where strangers reach it: SQ has no limit of its own. Limit connections, bodies and the time of a request at the front.';
  return open === HELD ? hazard('medium', figures, advice) : held(figures);
}
