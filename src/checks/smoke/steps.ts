import type { Artifact } from '../../domain/artifact.ts';
import { broken, hazard, held, type Verdict } from '../../domain/verdict.ts';
import type { Coordinate } from '../../sq/coordinate.ts';
import { parseStatus } from '../../sq/replies.ts';
import { statusRequest, type Target, versionRequest } from '../../sq/requests.ts';
import { judged, type SmokeStep, smokeSteps } from '../../sq/smoke.ts';
import type { Subject } from '../subject.ts';
import { type AskAbout, savedVerdict } from './saved.ts';

/** All requests of one instance together; what the users asked for. */
const FAST_ENOUGH_MS = 2_000;
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

/** One question of the smoke test of a live server. `ask` throws what the connection does. */
export interface Question extends Pick<SmokeStep, 'name' | 'asked' | 'always'> {
  ask(): Promise<Verdict>;
}

/**
 * The questions to a live server of 0.5.2 or newer, in order. Up to `write` nothing is changed; from then on those
 * marked `always` are asked whatever fails. `scratch` is the name of a phext of the test's own.
 */
export function liveQuestions(
  subject: Subject,
  target: Target,
  scratch: string,
  scroll: Coordinate | undefined,
  askAbout: AskAbout,
): readonly Question[] {
  const { version, place } = subject;
  if (version === undefined) return [];
  const ask = askAbout(0);
  const one = ({ name, asked, always, request, expect }: SmokeStep): Question => ({
    name,
    asked,
    always,
    ask: async () => expect(await ask(request)),
  });
  const steps = smokeSteps({ target, version, scratch, place, ...(scroll ? { scroll } : {}) });
  const write = steps.findIndex(({ name }) => name === 'write');
  return [
    ...[...steps.slice(0, write), corsStep(target)].map(one),
    {
      name: 'saved',
      asked: 'whether what SQ holds is on its disk, with room for more',
      always: false,
      ask: () => savedVerdict(subject, target, askAbout),
    },
    ...[...steps.slice(write), heldStep(target, place)].map(one),
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
