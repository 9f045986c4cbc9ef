import { troubleOf } from '../../domain/errors.ts';
import type { Finding } from '../../domain/finding.ts';
import { broken, held, type Verdict } from '../../domain/verdict.ts';
import { parseChecksum, parseStatus, parseToc } from '../../sq/replies.ts';
import { checksumRequest, statusRequest, tocRequest } from '../../sq/requests.ts';
import { finding } from '../finding.ts';
import { ON_A_COPY, scratchTarget, withScratch } from '../scratch.ts';
import { asker, type CheckPorts, type Subject } from '../subject.ts';

const LIMITS = { deadlineMs: 60_000, maxBytes: 64 * 1024 * 1024 };
const SECONDS = 240;

/**
 * What the very program makes of a copy of the instance's own content: each phext is loaded, its toc and its checksum
 * asked for. A phext that ends or poisons it does so here and not under its users.
 */
export async function validateContent(subject: Subject, ports: CheckPorts): Promise<readonly Finding[]> {
  const at = { host: subject.spec.name, port: subject.instance.port };
  return await withScratch(subject, ports, SECONDS, ON_A_COPY, async ({ server, copied, restart }) => {
    let running = server;
    const findings: Finding[] = [];
    for (const { name } of copied) {
      const target = scratchTarget(running, name);
      const ask = asker(subject, ports.clock, LIMITS, running.sparePort);
      const started = ports.clock.monotonic();
      let verdict: Verdict;
      try {
        const { scrolls, bytes } = parseStatus(await ask(statusRequest(target)), subject.place);
        const { length } = parseToc(await ask(tocRequest(target)), subject.place);
        parseChecksum(await ask(checksumRequest(target)), subject.place);
        verdict = held(
          `${name}: ${scrolls} scrolls, ${bytes} bytes; toc (${length} lines) and checksum answered`,
        );
      } catch (error) {
        ports.signal?.throwIfAborted();
        verdict = broken('critical', `${name}: ${troubleOf(error).message}`, CONTENT_ADVICE);
        running = await restart();
      }
      const asked = `a copy of ${name}: status, toc, checksum`;
      findings.push(finding(at, 'validate content', asked, verdict, ports.clock.monotonic() - started));
    }
    return findings;
  });
}

const CONTENT_ADVICE =
  'On the live server this ends every answer: see which build runs (the `validate build` finding), and whether the file is UTF-8.';
