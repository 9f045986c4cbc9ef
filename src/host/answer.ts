import { RanchError } from '../domain/errors.ts';

/** A host's answer, one record a line, fields separated by tabs. What it says is data: checked, never trusted. */
export type AnswerLine = readonly [tag: string, ...fields: string[]];

/** A script ended well only if its last record is `end`: a cut answer is not an answer. */
export function answerLines(host: string, script: string, stdout: Uint8Array): readonly AnswerLine[] {
  const text = new TextDecoder('utf-8').decode(stdout);
  const lines = text.split('\n').filter((line) => line !== '');
  if (lines.at(-1) !== 'end') throw invalidAnswer(host, script, lines.at(-1) ?? '(nothing)');
  return lines.slice(0, -1).map((line) => {
    const [tag = '', ...fields] = line.split('\t');
    return [tag, ...fields];
  });
}

/** The error for an answer that does not read as the script's own. `excerpt` is bounded here, escaped by views. */
export function invalidAnswer(host: string, script: string, excerpt: string): RanchError {
  return new RanchError({
    code: 'host-answer-invalid',
    place: host,
    message: `the ${script} script gave an answer that cannot be read: ${excerpt.slice(0, 200)}`,
    remedy: 'Run the command again with -v; if it stays, the shell or the tools of that host are unusual.',
  });
}

/** Fields of one record, read by position; every reading checks. */
export class Fields {
  readonly #fields: readonly string[];
  readonly #fail: (what: string) => RanchError;

  constructor(host: string, script: string, line: AnswerLine) {
    this.#fields = line.slice(1);
    this.#fail = (what) => invalidAnswer(host, script, `${what} in ${line.join(' ')}`);
  }

  text(at: number): string {
    const field = this.#fields[at];
    if (field === undefined) throw this.#fail(`no field ${at}`);
    return field;
  }

  /** A whole number that a double holds exactly: what is counted, and what names a process. */
  number(at: number): number {
    const field = this.text(at);
    const value = Number(field);
    if (!/^-?\d{1,16}$/.test(field) || !Number.isSafeInteger(value))
      throw this.#fail(`field ${at} is no number`);
    return value;
  }

  /** Seconds with their fraction. */
  seconds(at: number): number {
    const field = this.text(at);
    if (!/^\d{1,12}(\.\d{1,12})?$/.test(field)) throw this.#fail(`field ${at} is no time`);
    return Number(field);
  }

  /** An absolute path. */
  path(at: number): string {
    const field = this.text(at);
    if (!field.startsWith('/')) throw this.#fail(`field ${at} is no absolute path`);
    return field;
  }

  /** A TCP port. */
  port(at: number): number {
    const value = this.number(at);
    if (value < 1 || value > 65_535) throw this.#fail(`field ${at} is no port`);
    return value;
  }

  flag(at: number): boolean {
    return this.text(at) === '1';
  }

  rest(from: number): readonly string[] {
    return this.#fields.slice(from);
  }
}
