import { asSha256, type Sha256 } from '../domain/brand.ts';
import { Secret } from '../domain/secret.ts';
import { type AnswerLine, answerLines, Fields, invalidAnswer } from './answer.ts';
import { reportedError } from './remedies.ts';
import type {
  ArmedRecord,
  CopiedPhext,
  Inspection,
  Proof,
  Running,
  ScratchServer,
  Switched,
} from './unit-host.ts';

/** The records of one answer of the unit script. An error record is thrown as what it says. */
export class UnitAnswer {
  readonly #host: string;
  readonly #command: string;
  readonly #lines: readonly AnswerLine[];

  constructor(host: string, command: string, stdout: Uint8Array) {
    this.#host = host;
    this.#command = command;
    this.#lines = answerLines(host, command, stdout);
    const error = this.#lines.find(([tag]) => tag === 'error');
    if (error) throw reportedError(host, error[1] ?? '', error[2] ?? '');
  }

  all(tag: string): readonly Fields[] {
    return this.#lines
      .filter((line) => line[0] === tag)
      .map((line) => new Fields(this.#host, this.#command, line));
  }

  maybe(tag: string): Fields | undefined {
    return this.all(tag)[0];
  }

  one(tag: string): Fields {
    const found = this.maybe(tag);
    if (!found) throw this.invalid(`no ${tag} record`);
    return found;
  }

  sha(fields: Fields, at: number): Sha256 {
    const sha = asSha256(fields.text(at));
    if (!sha) throw this.invalid(`field ${at} is no sha256`);
    return sha;
  }

  invalid(what: string): Error {
    return invalidAnswer(this.#host, this.#command, what);
  }
}

function scratchServers(answer: UnitAnswer, tag: string): readonly ScratchServer[] {
  return answer
    .all(tag)
    .map((f) => ({ port: f.number(0), sparePort: f.number(1), key: new Secret(f.text(2)) }));
}

export function parseScratch(answer: UnitAnswer): readonly ScratchServer[] {
  return scratchServers(answer, 'scratch');
}

export function parseCopied(answer: UnitAnswer): readonly CopiedPhext[] {
  return answer.all('copied').map((f) => ({
    port: f.number(0),
    bytes: f.number(1),
    name: f.text(2).replace(/\.phext$/, ''),
  }));
}

export function parseProof(answer: UnitAnswer): Proof {
  return {
    version: answer.one('version').text(0),
    candidates: parseScratch(answer),
    copied: parseCopied(answer),
  };
}

export function parseProofAgain(answer: UnitAnswer) {
  return { again: scratchServers(answer, 'again'), old: scratchServers(answer, 'old') };
}

function parseRunning(answer: UnitAnswer, f: Fields, shaAt: number): Running {
  return {
    port: f.number(0),
    pid: f.number(1),
    startTicks: f.number(2),
    sha256: answer.sha(f, shaAt),
  };
}

export function parseRuns(answer: UnitAnswer): readonly Running[] {
  return answer.all('runs').map((f) => parseRunning(answer, f, 3));
}

/** What a host says of the binary at the path after a switch that failed; anything else is told as it is. */
const AFTER_FAILURE: Readonly<Record<string, string>> = {
  reverted: 'the old one is back',
  removed: 'it was taken away again',
};

export function parseSwitched(answer: UnitAnswer, host: string): readonly Switched[] {
  const failed = answer.maybe('failed');
  if (failed) {
    const after = failed.text(2);
    throw reportedError(host, failed.text(0), `${failed.text(1)} (${AFTER_FAILURE[after] ?? after})`);
  }
  const missing = answer.all('missing');
  return answer.all('switched').map((f) => ({
    ...parseRunning(answer, f, 5),
    tries: f.number(3),
    restarted: f.flag(4),
    missing: missing.filter((m) => m.number(0) === f.number(0)).map((m) => m.text(1)),
  }));
}

function parseArmed(answer: UnitAnswer, tag: string): ArmedRecord | undefined {
  const f = answer.maybe(tag);
  if (!f) return undefined;
  const from = asSha256(f.text(4));
  return {
    holder: f.text(0),
    token: f.number(1),
    remainingSeconds: f.number(2),
    to: answer.sha(f, 3),
    ...(from ? { from } : {}),
  };
}

export function parseInspection(answer: UnitAnswer): Inspection {
  const sha = (tag: string): Sha256 | undefined => asSha256(answer.maybe(tag)?.text(0) ?? '');
  const onDisk = sha('disk');
  const confirmed = sha('confirmed');
  const previous = sha('previous');
  const armed = parseArmed(answer, 'armed');
  const reverting = parseArmed(answer, 'armed.reverting');
  const confirming = parseArmed(answer, 'armed.confirmed');
  const outcome = answer.maybe('outcome')?.text(0);
  const boot = answer.maybe('boot')?.text(0);
  return {
    ...(boot ? { boot } : {}),
    ...(onDisk ? { onDisk } : {}),
    ...(confirmed ? { confirmed } : {}),
    ...(previous ? { previous } : {}),
    ...(armed ? { armed } : {}),
    ...(reverting ? { reverting } : {}),
    ...(confirming ? { confirming } : {}),
    switching: answer.maybe('switching') !== undefined,
    ...(outcome ? { outcome } : {}),
    running: parseRuns(answer),
    stopped: answer.all('stopped').map((f) => f.number(0)),
    startable: answer.all('startable').map((f) => f.number(0)),
  };
}
