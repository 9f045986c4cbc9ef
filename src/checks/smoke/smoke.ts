import type { Artifact } from '../../domain/artifact.ts';
import type { Finding } from '../../domain/finding.ts';
import { broken, held, type Verdict } from '../../domain/verdict.ts';
import { probeShell } from '../../host/probe.ts';
import { capabilities } from '../../sq/capabilities.ts';
import type { Coordinate } from '../../sq/coordinate.ts';
import type { Target } from '../../sq/requests.ts';
import { scratchPhext } from '../../sq/smoke.ts';
import { finding, unasked } from '../finding.ts';
import { asker, type CheckPorts, type Subject, targetOf } from '../subject.ts';
import type { AskAbout } from './saved.ts';
import { binaryVerdict, latencyVerdict, liveQuestions, processVerdict, type Question } from './steps.ts';

/** The first request may make SQ load its phext: 3.9 s for the real CYOA on the slow libphext. */
const LIMITS = { deadlineMs: 20_000, maxBytes: 16 * 1024 * 1024 };

/** What a smoke test is told beside its subject. */
export interface SmokeWish {
  /** A scroll of the primary phext that is known to be there; without it the origin is read, which may be empty. */
  readonly scroll?: Coordinate;
  /** What `ranch.lock` pins: the running sha256 is held against it. */
  readonly artifacts: readonly Artifact[];
}

/** Asks in order; after a failure only what puts things back, and that only where something was written. */
async function askAll(
  subject: Subject,
  questions: readonly Question[],
  ports: CheckPorts,
): Promise<readonly Finding[]> {
  const at = { host: subject.spec.name, port: subject.instance.port };
  const findings: Finding[] = [];
  let wrote = false;
  let failed = false;
  for (const { name, asked, always, ask } of questions) {
    if (failed && !(wrote && always)) continue;
    wrote ||= name === 'write';
    const started = ports.clock.monotonic();
    const verdict = await ask().catch((error: unknown) => {
      ports.signal?.throwIfAborted();
      return unasked('critical', error, subject.place);
    });
    failed ||= !verdict.ok;
    findings.push(finding(at, `smoke ${name}`, asked, verdict, ports.clock.monotonic() - started));
  }
  return findings;
}

/** All questions to a live server, and how fast it answered. */
async function questioned(
  subject: Subject,
  target: Target,
  scratch: string,
  { scroll }: SmokeWish,
  ports: CheckPorts,
): Promise<readonly Finding[]> {
  const times: number[] = [];
  const timed: AskAbout = (bytes) => {
    const maxBytes = LIMITS.maxBytes + 2 * bytes;
    const ask = asker(subject, ports.clock, { ...LIMITS, maxBytes });
    return async (request) => {
      const reply = await ask(request);
      times.push(reply.tookMs);
      return reply;
    };
  };
  const found = await askAll(subject, liveQuestions(subject, target, scratch, scroll, timed), ports);
  if (times.length === 0) return found;
  const at = { host: subject.spec.name, port: subject.instance.port };
  return [...found, finding(at, 'smoke latency', 'how long its answers took', latencyVerdict(times))];
}

/** Asks, and removes what was written: whatever came of it, and though the user has lost patience. */
async function askLive(
  subject: Subject,
  target: Target,
  wish: SmokeWish,
  ports: CheckPorts,
): Promise<readonly Finding[]> {
  const { spec, shell, binary, instance } = subject;
  const scratch = scratchPhext(ports.random.hex(12));
  let left: Verdict | undefined;
  let findings: readonly Finding[] = [];
  try {
    findings = await questioned(subject, target, scratch, wish, ports);
  } finally {
    left = await probeShell(shell, spec)
      .forget(binary, instance.dataDir, scratch)
      .then(() => undefined)
      .catch((error: unknown) => unasked('low', error, subject.place));
  }
  if (left === undefined) return findings;
  const asked = `the removal of ${scratch}.phext from ${instance.dataDir}`;
  return [...findings, finding({ host: spec.name, port: instance.port }, 'smoke tidy', asked, left)];
}

/**
 * The smoke test of one running instance: what runs, and, from 0.5.2 on, that it answers, reads, and keeps a write in a
 * scratch phext that is gone afterwards. Its primary phext is held before and after. Never throws for what a host or SQ does.
 */
export async function smoke(
  subject: Subject,
  wish: SmokeWish,
  ports: CheckPorts,
): Promise<readonly Finding[]> {
  const { spec, instance, version, place } = subject;
  const at = { host: spec.name, port: instance.port };
  const alone = [
    finding(at, 'smoke binary', 'what runs', binaryVerdict(subject, wish.artifacts)),
    finding(at, 'smoke process', 'how it runs', processVerdict(subject)),
  ];
  if (alone.some(({ severity }) => severity === 'critical')) return alone;
  const notAsked = (got: Verdict): readonly Finding[] => [
    ...alone,
    finding(at, 'smoke http', 'that it answers', got),
  ];
  if (!capabilities(version).probeOverHttp) {
    return notAsked(held(`not asked: a request to ${version ?? '0.5.1 or older'} rewrites its file`));
  }
  try {
    const target = await targetOf(subject);
    if (target) return [...alone, ...(await askLive(subject, target, wish, ports))];
  } catch (error) {
    ports.signal?.throwIfAborted();
    return notAsked(unasked('high', error, place));
  }
  const names =
    subject.phexts
      .map(({ name }) => name)
      .slice(0, 5)
      .join(', ') || 'none';
  return notAsked(
    broken(
      'low',
      `not asked: which of its phexts it is there for is not known (${names})`,
      'Name it in the inventory: `instances: [{ port: …, phext: … }]`.',
    ),
  );
}
