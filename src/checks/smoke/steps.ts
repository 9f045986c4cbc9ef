import type { Artifact } from '../../domain/artifact.ts';
import type { HttpReply } from '../../domain/http.ts';
import { broken, hazard, held, type Verdict } from '../../domain/verdict.ts';
import type { Coordinate } from '../../sq/coordinate.ts';
import { parsePhext, parseStatus } from '../../sq/replies.ts';
import { getRequest, statusRequest, type Target, versionRequest } from '../../sq/requests.ts';
import { judged, type SmokeStep, smokeSteps } from '../../sq/smoke.ts';
import type { Subject } from '../subject.ts';

/** All requests of one instance together; what the users asked for. */
const FAST_ENOUGH_MS = 2_000;
/**
 * How much of SQ's memory its file must hold for SQ to be taken for one that writes: a full disk cuts the file short by
 * dozens of scrolls, while clients that delete at the same moment take little.
 */
const SAVED_SHARE = 7 / 8;

/** What runs, by its sha256. */
export function binaryVerdict({ server, version }: Subject, artifacts: readonly Artifact[]): Verdict {
  const { sha256 } = server.running;
  const what = `${version ?? 'a version without a name'}, sha256 ${sha256.slice(0, 12) || 'unreadable'}`;
  if (sha256 === '') {
    return broken('medium', what, 'Give ranch root on that host (`become: sudo`), so that it can be read.');
  }
  if (server.replaced) {
    const advice = 'Restart it (`ranch restart HOST`), or roll out.';
    return broken('medium', `${what}; the file at its path is another one`, advice);
  }
  if (artifacts.some((artifact) => artifact.sha256 === sha256)) return held(`${what}, as pinned`);
  if (artifacts.every((artifact) => artifact.version !== version)) {
    return held(`${what}; ranch.lock pins no binary of that version`);
  }
  const advice = 'Roll out the pinned one, or register this one (`ranch artifact add`).';
  return broken('high', `${what}, which is not the pinned binary`, advice);
}

/** What the host alone shows of a server; all there is of one that must not be asked. */
export function processVerdict({ server, instance }: Subject): Verdict {
  if (server.state === 'T') {
    return broken('critical', 'somebody froze it (state T)', `Let it go on: kill -CONT ${server.pid}`);
  }
  if (server.port === undefined) {
    const advice = 'Read its log (`ranch logs HOST`).';
    return broken('critical', `it does not listen on ${instance.port}`, advice);
  }
  return held(`listens, up for ${Math.round(server.uptimeSeconds)} s, ${server.threads} threads`);
}

/** Whether SQ may be asked for another phext: it lets go of what it holds, and that must be on its disk. */
export function mayLetGo(
  { primary, observation, instance }: Subject,
  bytes: number,
  onDisk: number,
): Verdict {
  if (onDisk < bytes * SAVED_SHARE) {
    return broken(
      'critical',
      `SQ holds ${bytes} bytes of ${primary}, and its file has ${onDisk}`,
      'Free space there and write any scroll, so that SQ writes the file anew. Nothing was written by this test.',
    );
  }
  const free = observation.dataDirs.find(({ path }) => path === instance.dataDir)?.freeBytes ?? 0;
  if (free < 2 * bytes) {
    return broken(
      'high',
      `${free} bytes are free in ${instance.dataDir}, and the phext takes ${bytes}`,
      'Free space there: SQ on a full disk answers 200 and cuts its file short. Nothing was written by this test.',
    );
  }
  return held(`${bytes} bytes in memory, ${onDisk} on disk`);
}

function corsStep(target: Target): SmokeStep {
  return {
    name: 'cors',
    asked: 'the header that lets pages of other origins read a reply',
    request: versionRequest(target),
    always: false,
    expect: ({ headers }) => {
      const origin = headers['access-control-allow-origin'];
      const got = `Access-Control-Allow-Origin: ${origin ?? 'none'}`;
      return origin === '*' ? held(got) : broken('medium', got, 'Browsers on other origins cannot read it.');
    },
  };
}

function savedStep(subject: Subject, target: Target): SmokeStep {
  const { place, phexts, primary } = subject;
  const seen = phexts.find(({ name }) => name === primary)?.bytes ?? 0;
  const bytesOf = (reply: HttpReply): number => parseStatus(reply, place).bytes;
  const step: Omit<SmokeStep, 'request' | 'expect'> = {
    name: 'saved',
    asked: 'whether what SQ holds is on its disk, with room for more',
    always: false,
  };
  return {
    ...step,
    request: statusRequest(target),
    expect: judged((reply) => mayLetGo(subject, bytesOf(reply), seen)),
    // A file that a client's write had just truncated looks short; SQ itself reads it only between two writes.
    appeal: (status) => ({
      ...step,
      request: getRequest(target),
      expect: judged((reply) => mayLetGo(subject, bytesOf(status), parsePhext(reply, place).length)),
    }),
  };
}

function heldStep(target: Target, place: string): SmokeStep {
  return {
    name: 'held',
    asked: 'that SQ holds the primary phext again',
    request: statusRequest(target),
    always: true,
    expect: judged((reply) => {
      const { hosting, scrolls } = parseStatus(reply, place);
      const file = hosting.split('/').at(-1) ?? '';
      if (file === `${target.phext}.phext`) return held(`${file}, ${scrolls} scrolls`);
      return broken('high', `it holds ${hosting}`, 'Read any scroll of the primary phext.');
    }),
  };
}

/**
 * The questions to a live server of 0.5.2 or newer, in order. Up to `write` nothing is changed; from then on the steps
 * marked `always` are taken whatever fails. `scratch` is the name of a phext of the test's own.
 */
export function liveSmokeSteps(
  subject: Subject,
  target: Target,
  scratch: string,
  scroll: Coordinate | undefined,
): readonly SmokeStep[] {
  const { version, place } = subject;
  if (version === undefined) return [];
  const steps = smokeSteps({ target, version, scratch, place, ...(scroll ? { scroll } : {}) });
  const write = steps.findIndex(({ name }) => name === 'write');
  return [
    ...steps.slice(0, write),
    corsStep(target),
    savedStep(subject, target),
    ...steps.slice(write),
    heldStep(target, place),
  ];
}

/** How fast the answers came, in milliseconds: slow ones are told, and are no failure of the server by themselves. */
export function latencyVerdict(times: readonly number[]): Verdict {
  const sorted = times.toSorted((a, b) => a - b);
  const total = sorted.reduce((sum, each) => sum + each, 0);
  const middle = sorted[Math.floor(sorted.length / 2)] ?? 0;
  const slowest = sorted.at(-1) ?? 0;
  const got = `${sorted.length} requests in ${Math.round(total)} ms, median ${middle.toFixed(1)} ms, slowest ${slowest.toFixed(1)} ms`;
  if (total <= FAST_ENOUGH_MS) return held(got);
  const advice =
    'Look at the load of the host, and at which libphext SQ is linked with (`ranch artifact list`).';
  return hazard('medium', got, advice);
}
