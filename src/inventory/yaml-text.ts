import { Composer, type Document, isMap, isScalar, isSeq, LineCounter } from 'yaml';
import { keyText, offsetOf, type Plain, toPlain } from './plain.ts';
import { MAX_PROBLEMS, type Problem } from './problem.ts';
import { unsafeOffsets } from './safe-text.ts';
import { guardYaml, type Refusal } from './yaml-guard.ts';

/** Bytes of a file at most. */
export const MAX_BYTES = 1_000_000;

/** A way into the data: names of maps and places in lists. */
export type Path = readonly (string | number)[];

/** `hosts.aurora.instances[0].port` */
export function showPath(path: Path): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`))
    .join('')
    .replace(/^\./, '');
}

/** What to say about one place of a file. */
export interface Remark {
  readonly path: Path;
  readonly message: string;
  readonly suggestion?: string;
  /** Point at the name, not at what stands behind it. */
  readonly atKey?: boolean;
}

interface Spot {
  readonly key: number;
  readonly value: number;
  readonly empty: boolean;
}

/** A YAML text, its data, where each part of it stands, and what is wrong with it so far. */
export class YamlText {
  readonly file: string;
  /** Undefined when the text cannot be read; then `problems` says why. */
  readonly data: Plain | undefined;
  readonly #problems: Problem[] = [];
  readonly #lines = new LineCounter();
  readonly #document: Document.Parsed | undefined;
  #more = false;

  constructor(text: string, file: string) {
    this.file = file;
    const body = text.startsWith('\ufeff') ? text.slice(1) : text;
    const document = this.#compose(body);
    this.#document = document;
    if (!document) return;
    const data = toPlain(document.contents, (refusal) => this.#refuse(refusal));
    this.data = document.errors.length > 0 ? undefined : data;
  }

  get problems(): readonly Problem[] {
    return this.#problems;
  }

  /** True when more was found than `problems` holds. */
  get more(): boolean {
    return this.#more;
  }

  /** Adds a problem at a place of the data. */
  remark(remark: Remark): void {
    if (this.#full()) return;
    const spot = this.#spot(remark.path);
    const { line, col } = this.#lines.linePos(remark.atKey || spot.empty ? spot.key : spot.value);
    this.#problems.push({
      file: this.file,
      line,
      column: col,
      path: showPath(remark.path),
      message: remark.message,
      ...(remark.suggestion === undefined ? {} : { suggestion: remark.suggestion }),
    });
  }

  #full(): boolean {
    if (this.#problems.length < MAX_PROBLEMS) return false;
    this.#more = true;
    return true;
  }

  #refuse(refusal: Refusal): void {
    if (this.#full()) return;
    const { line, col } = this.#lines.linePos(refusal.offset);
    this.#problems.push({ file: this.file, line, column: col, path: '', message: refusal.message });
  }

  /** Everything that can be refused before the text is given a meaning, then the document itself. */
  #compose(text: string): Document.Parsed | undefined {
    this.#lines.lineStarts.push(0);
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) {
      this.#lines.lineStarts.push(at + 1);
    }
    if (Buffer.byteLength(text) > MAX_BYTES) {
      this.#refuse({ offset: 0, message: `the file is too large; allowed: ${MAX_BYTES} bytes` });
      return undefined;
    }
    const unsafe = unsafeOffsets(text, MAX_PROBLEMS + 1);
    for (const offset of unsafe) this.#refuse({ offset, message: unsafeMessage(text, offset) });
    if (unsafe.length > 0) return undefined;
    const guarded = guardYaml(text);
    for (const refusal of guarded.refusals) this.#refuse(refusal);
    return guarded.stop ? undefined : this.#read(guarded.tokens, text.length);
  }

  #read(tokens: ReturnType<typeof guardYaml>['tokens'], length: number): Document.Parsed | undefined {
    const composer = new Composer({
      schema: 'failsafe',
      uniqueKeys: false,
      prettyErrors: false,
      merge: false,
    });
    const [document] = composer.compose(tokens, true, length);
    for (const error of document?.errors ?? []) {
      this.#refuse({ offset: error.pos[0], message: `this is no YAML: ${error.message.slice(0, 200)}` });
    }
    return document;
  }

  /** Where a path leads, as far as it exists. */
  #spot(path: Path): Spot {
    let node: unknown = this.#document?.contents;
    let spot: Spot = { key: offsetOf(node), value: offsetOf(node), empty: false };
    for (const part of path) {
      if (isSeq(node)) {
        node = node.items[Number(part)];
        spot = { key: offsetOf(node), value: offsetOf(node), empty: false };
        continue;
      }
      const pair = isMap(node) ? node.items.find((item) => keyText(item) === part) : undefined;
      if (!pair) return { ...spot, empty: true };
      node = pair.value;
      spot = { key: offsetOf(pair.key), value: offsetOf(node), empty: isEmpty(node) };
    }
    return spot;
  }
}

/** True for a value that is not written out: `user:` and nothing behind it. */
function isEmpty(node: unknown): boolean {
  return node === null || (isScalar(node) && node.range?.[0] === node.range?.[1]);
}

function unsafeMessage(text: string, offset: number): string {
  const code = text.charCodeAt(offset).toString(16).toUpperCase().padStart(4, '0');
  return `a control or invisible character (U+${code}) is refused; remove it`;
}
