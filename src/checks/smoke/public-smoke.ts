import type { Finding } from '../../domain/finding.ts';
import type { HttpReply, HttpRequest, Limits } from '../../domain/http.ts';
import { broken, held, type Verdict } from '../../domain/verdict.ts';
import { ORIGIN } from '../../sq/coordinate.ts';
import { parsePhext, parseScroll, parseVersion } from '../../sq/replies.ts';
import { getRequest, selectRequest, type Target, versionRequest } from '../../sq/requests.ts';
import { judged } from '../../sq/smoke.ts';
import { finding, unasked } from '../finding.ts';
import { asker, type CheckPorts, type Subject } from '../subject.ts';

/** One exchange with a public address, as a customer has it: TLS checked, no redirect followed. Throws `RanchError`. */
export type AskPublic = (base: string, request: HttpRequest, limits: Limits) => Promise<HttpReply>;

const DEADLINE_MS = 20_000;
const SMALL = { deadlineMs: DEADLINE_MS, maxBytes: 16 * 1024 * 1024 };
/** What a customer waits for. */
const FAST_ENOUGH_MS = 2_000;
/** Clients write while the two sides are compared; what a front cuts off is more than this share. */
const WHOLE_SHARE = 7 / 8;

/**
 * A parameter that SQ ignores, last in the query: a front that speaks HTTP/1.0 to SQ has its protocol taken for a part
 * of the last value, and a `p` so spoilt would make SQ let go of its phext and leave a ghost file.
 */
function shielded(request: HttpRequest): HttpRequest {
  return { ...request, path: `${request.path}&ranch=1` };
}

interface Question {
  readonly name: string;
  readonly asked: string;
  readonly request: HttpRequest;
  readonly limits: Limits;
  readonly expect: (reply: HttpReply) => Verdict;
}

const FRONT = 'Look at the front (nginx): where it passes requests on to, and what it changes on the way.';

function readQuestion(target: Target, place: string, direct: string): Question {
  return {
    name: 'read',
    asked: 'the origin, as SQ itself gives it',
    request: shielded(selectRequest(target, ORIGIN)),
    limits: SMALL,
    expect: judged((reply) => {
      const got = parseScroll(reply, place);
      const size = `${reply.body.length} bytes`;
      return got === direct
        ? held(`${size}, the same as SQ's own`)
        : broken('high', `${size}, not what SQ gives`, FRONT);
    }),
  };
}

function protocolQuestion(target: Target, place: string, direct: string): Question {
  return {
    name: 'protocol',
    asked: 'the origin again, its coordinate as the last word of the query',
    request: selectRequest(target, ORIGIN),
    limits: SMALL,
    expect: judged((reply) => {
      const got = parseScroll(reply, place);
      if (direct === '') return held('cannot be told while the origin is empty');
      if (got === direct) return held('the last word of a query arrives as it was sent');
      const advice = 'Let the front speak HTTP/1.1 to SQ (nginx: `proxy_http_version 1.1;`).';
      return broken('high', `${reply.body.length} bytes: SQ misreads the last word of every query`, advice);
    }),
  };
}

function corsQuestion(target: Target): Question {
  return {
    name: 'cors',
    asked: 'the header that lets pages of other origins read a reply',
    request: shielded(versionRequest(target)),
    limits: SMALL,
    expect: ({ headers }) => {
      const origin = headers['access-control-allow-origin'];
      const got = `Access-Control-Allow-Origin: ${origin ?? 'none'}`;
      if (origin === '*') return held(got);
      const advice =
        'Browsers refuse it: let the front pass the header on, once (a second one is refused as well).';
      return broken('medium', got, advice);
    },
  };
}

function wholeQuestion(target: Target, place: string, bytes: number): Question {
  return {
    name: 'whole',
    asked: 'the whole phext, uncut',
    request: shielded(getRequest(target)),
    limits: { deadlineMs: 6 * DEADLINE_MS, maxBytes: 2 * bytes + SMALL.maxBytes },
    expect: judged((reply) => {
      const got = parsePhext(reply, place).length;
      if (got >= bytes * WHOLE_SHARE) return held(`${got} bytes`);
      const advice =
        "Look at the front's buffering (nginx: `proxy_max_temp_file_size`, its disk) and at its error log.";
      return broken('high', `${got} bytes of ${bytes}`, advice);
    }),
  };
}

function versionQuestion({ version }: Subject, target: Target, place: string): Question {
  return {
    name: 'version',
    asked: `version ${version}`,
    request: shielded(versionRequest(target)),
    limits: SMALL,
    expect: judged((reply) => {
      const got = parseVersion(reply, place);
      return got === version ? held(got) : broken('critical', got, `${FRONT} It shows another server.`);
    }),
  };
}

/**
 * The smoke test a customer would make: through the public address, with the front (nginx) in between, held against what
 * SQ says over the connection. Writes nothing. For a server of 0.5.2 or newer. Never throws for what answers there.
 */
export async function publicSmoke(
  subject: Subject,
  target: Target,
  base: string,
  ports: CheckPorts,
  askPublic: AskPublic,
): Promise<readonly Finding[]> {
  const { clock, signal } = ports;
  const at = { host: subject.spec.name, port: subject.instance.port };
  const place = base;
  const ask = asker(subject, clock, SMALL);
  // A key is for SQ alone: over plain HTTP everybody on the way would have it.
  const shown: Target = base.startsWith('https:') ? target : { phext: target.phext };
  const direct = parseScroll(await ask(selectRequest(target, ORIGIN)), subject.place);
  const bytes = subject.phexts.find(({ name }) => name === target.phext)?.bytes ?? 0;
  const findings: Finding[] = [];
  for (const question of [
    versionQuestion(subject, shown, place),
    readQuestion(shown, place, direct),
    protocolQuestion(shown, place, direct),
    corsQuestion(shown),
    wholeQuestion(shown, place, bytes),
  ]) {
    const started = clock.monotonic();
    const verdict = await askPublic(base, question.request, question.limits)
      .then(question.expect)
      .catch((error: unknown) => {
        signal?.throwIfAborted();
        return unasked('critical', error, base);
      });
    const tookMs = clock.monotonic() - started;
    const slow = verdict.ok && question.limits === SMALL && tookMs > FAST_ENOUGH_MS;
    const told = slow ? broken('medium', `${verdict.got}, after ${Math.round(tookMs)} ms`, FRONT) : verdict;
    findings.push(finding(at, `public ${question.name}`, `${question.asked}, at ${base}`, told, tookMs));
    if (!verdict.ok && question.name === 'version') break; // no answer, or another server's: the rest would tell nothing
  }
  return findings;
}
