import type { Finding } from '../../domain/finding.ts';
import type { ScratchServer } from '../../host/unit-host.ts';
import { scrollHashes } from '../../sq/moved.ts';
import { ON_A_COPY, type Scratch, scratchTarget, withScratch } from '../scratch.ts';
import { asker, type CheckPorts, type Subject } from '../subject.ts';
import { freePlaces } from './free-places.ts';
import { type Killable, killRounds } from './kill-rounds.ts';
import { taken } from './phase.ts';
import { seededRandom } from './seeded.ts';
import { type SqClient, sqClient } from './sq-client.ts';
import {
  emptyTextVerdict,
  restVerdict,
  sequencesVerdict,
  type Trial,
  uniquenessVerdict,
  writersVerdict,
} from './trials.ts';

/** What the check is told beside its subject. */
export interface IntegrityWish {
  /** How often a scratch server is killed under writers. */
  readonly kills: number;
  /** What clients do follows from it: the same seed asks the same. */
  readonly seed: string;
}

/** A scratch server ends by itself after that long; each start begins anew. */
const SCRATCH_SECONDS = 240;
/** A request to a large phext on a busy host, on the slow libphext too. */
const DEADLINE_MS = 60_000;

const EFFORT = { clients: 8, requests: 40, atLeast: 3, budgetMs: 8_000 };
const SEQUENCES = { count: 25, length: 16, budgetMs: 6_000 };
const SHARED = 2;
const APPENDED = 2;
const SEQUENCE_PLACES = 3;
const KILL_WRITERS = 4;

/** A phext of the check's own on the scratch server: small, so that many sequences fit. */
const OWN = 'ranch-integrity-own';

/** The phext that clients work on: the instance's own, the largest where that is not known, else one of the check's. */
function phextOf({ primary }: Subject, { copied }: Scratch): string {
  const names = copied.map(({ name }) => name);
  if (primary !== undefined && names.includes(primary)) return primary;
  return copied.toSorted((a, b) => b.bytes - a.bytes)[0]?.name ?? primary ?? OWN;
}

/** The scratch server as it runs now. */
class Running implements Killable {
  readonly #subject: Subject;
  readonly #ports: CheckPorts;
  readonly #scratch: Scratch;
  readonly #phext: string;
  #server: ScratchServer;

  constructor(subject: Subject, ports: CheckPorts, scratch: Scratch) {
    this.#subject = subject;
    this.#ports = ports;
    this.#scratch = scratch;
    this.#phext = phextOf(subject, scratch);
    this.#server = scratch.server;
  }

  client(phext = this.#phext): SqClient {
    const { sparePort } = this.#server;
    const bytes = this.#scratch.copied.reduce((most, copied) => Math.max(most, copied.bytes), 0);
    const limits = { deadlineMs: DEADLINE_MS, maxBytes: 2 * bytes + 64 * 1024 * 1024 };
    const ask = asker(this.#subject, this.#ports.clock, limits, sparePort);
    return sqClient(ask, scratchTarget(this.#server, phext), `${this.#subject.spec.name}:${sparePort}`);
  }

  async restart(on: 'left' | 'copy'): Promise<void> {
    this.#server = await this.#scratch.restart(on);
  }
}

async function concurrency(subject: Subject, ports: CheckPorts, sq: Running, trial: Trial) {
  const content = await scrollHashes(await sq.client().file());
  const free = freePlaces(seededRandom(`${trial.seed}/places`), EFFORT.clients + SHARED + APPENDED, content);
  const places = {
    own: free.slice(0, EFFORT.clients),
    shared: free.slice(EFFORT.clients, -APPENDED),
    appended: free.slice(-APPENDED),
  };
  const writers = await taken(
    subject,
    ports,
    'integrity writers',
    'on a scratch server: that no write is lost among clients that write at the same places at once',
    () => writersVerdict(sq.client(), places, EFFORT, trial),
  );
  const rest = await taken(
    subject,
    ports,
    'integrity restart',
    'on a scratch server: a kill while nobody writes, and a start',
    () =>
      restVerdict(
        () => sq.client(),
        () => sq.restart('left'),
      ),
  );
  return [writers, rest];
}

async function alone(subject: Subject, ports: CheckPorts, sq: Running, trial: Trial) {
  const random = seededRandom(`${trial.seed}/sequences`);
  const fresh = () => freePlaces(random, SEQUENCE_PLACES, new Set());
  const emptied = await taken(
    subject,
    ports,
    'integrity empty text',
    'on a scratch server: that a scroll stays in its place when one before it is given an empty text',
    () => emptyTextVerdict(sq.client(OWN)),
  );
  const drawn = { ...SEQUENCES, empty: emptied.ok && emptied.severity === 'info' };
  const sequences = await taken(
    subject,
    ports,
    'integrity sequences',
    'on a scratch server: delete, write, append, load and read in sequences drawn from a seed',
    () => sequencesVerdict(sq.client(OWN), fresh, drawn, trial),
  );
  const coordinates = await taken(
    subject,
    ports,
    'integrity coordinates',
    'on a scratch server: that coordinates which look alike are places of their own',
    () => uniquenessVerdict(sq.client(OWN), trial),
  );
  return [emptied, sequences, coordinates];
}

async function killed(subject: Subject, ports: CheckPorts, sq: Running, kills: number, trial: Trial) {
  const asked = `on a scratch server: ${kills} times kill -9 under ${KILL_WRITERS} writers, and a start`;
  const random = seededRandom(`${trial.seed}/kills`);
  return await taken(subject, ports, 'integrity kills', asked, async () => {
    await sq.restart('copy');
    const content = await scrollHashes(await sq.client().file());
    const places = freePlaces(random, KILL_WRITERS, content);
    return await killRounds(sq, kills, places, content, { ...trial, random });
  });
}

/**
 * Tries on a scratch server what the live one must not be tried with. The live server stands still for the few
 * milliseconds in which its content is copied. Findings in the order of what was done; never throws for what a host or
 * SQ does.
 */
export async function scratchFindings(
  subject: Subject,
  { kills, seed }: IntegrityWish,
  ports: CheckPorts,
): Promise<readonly Finding[]> {
  const trial = { clock: ports.clock, seed, ...(ports.signal ? { signal: ports.signal } : {}) };
  const findings: Finding[] = [];
  const begun = await taken(
    subject,
    ports,
    'integrity scratch',
    'a scratch server of the same binary on a copy of the content',
    () =>
      withScratch(subject, ports, SCRATCH_SECONDS, ON_A_COPY, async (scratch) => {
        const sq = new Running(subject, ports, scratch);
        findings.push(...(await concurrency(subject, ports, sq, trial)));
        findings.push(...(await alone(subject, ports, sq, trial)));
        if (kills > 0) findings.push(await killed(subject, ports, sq, kills, trial));
        const bytes = scratch.copied.reduce((sum, copied) => sum + copied.bytes, 0);
        return { ok: true, severity: 'info', got: `ran on ${bytes} bytes`, advice: '' } as const;
      }),
  );
  return [...findings, begun];
}
