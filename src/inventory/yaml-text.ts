import { LineCounter } from 'yaml';
import { closest, newPatience } from './closest.ts';
import { type Plain, toPlain } from './plain.ts';
import { MAX_PROBLEMS, type Problem } from './problem.ts';
import { type ReadYaml, readData, readYaml } from './read-yaml.ts';
import { unsafeOffsets } from './safe-text.ts';
import type { Refusal } from './yaml-guard.ts';
import { keyText, type YamlNode } from './yaml-node.ts';

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
  /** A word that may be misspelt, and what it could have been. Looked for only where the remark is kept. */
  readonly meant?: { readonly word: unknown; readonly among: Iterable<string> };
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
  /** Where everything stands: of a text in which nothing is wrong nobody asks for it. */
  readonly #root: () => YamlNode | undefined;
  readonly #patience = newPatience();
  #more = false;

  constructor(text: string, file: string) {
    this.file = file;
    const body = text.startsWith('\ufeff') ? text.slice(1) : text;
    this.#findLines(body);
    const wrong = unreadable(body);
    const data = wrong ? undefined : readData(body);
    if (data !== undefined) {
      let root: YamlNode | undefined;
      this.#root = () => (root ??= readYaml(body).root);
      this.data = data;
      return;
    }
    const read = wrong ?? readYaml(body);
    this.#root = () => read.root;
    for (const refusal of read.refusals) this.#refuse(refusal);
    const rest = toPlain(read.root, (refusal) => this.#refuse(refusal));
    this.data = read.broken ? undefined : rest;
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
    const suggestion = this.#suggestion(remark.meant);
    this.#problems.push({
      file: this.file,
      line,
      column: col,
      path: showPath(remark.path),
      message: remark.message,
      ...(suggestion === undefined ? {} : { suggestion }),
    });
  }

  #suggestion(meant: Remark['meant']): string | undefined {
    return typeof meant?.word === 'string' ? closest(meant.word, meant.among, this.#patience) : undefined;
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

  #findLines(text: string): void {
    this.#lines.lineStarts.push(0);
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) {
      this.#lines.lineStarts.push(at + 1);
    }
  }

  /** Where a path leads, as far as it exists. */
  #spot(path: Path): Spot {
    let node = this.#root();
    let spot = spotOf(node, node);
    for (const part of path) {
      if (node?.kind === 'list') {
        node = node.items[Number(part)];
        spot = { ...spotOf(node, node), empty: false };
        continue;
      }
      const pair = node?.kind === 'map' ? node.pairs.find((item) => keyText(item) === part) : undefined;
      if (!pair) return { ...spot, empty: true };
      node = pair.value;
      spot = spotOf(pair.key, node);
    }
    return spot;
  }
}

/** Everything that can be refused before a text is given a meaning; undefined where there is nothing. */
function unreadable(text: string): ReadYaml | undefined {
  if (Buffer.byteLength(text) > MAX_BYTES) {
    const message = `the file is too large; allowed: ${MAX_BYTES} bytes`;
    return { root: undefined, broken: true, refusals: [{ offset: 0, message }] };
  }
  const unsafe = unsafeOffsets(text, MAX_PROBLEMS + 1);
  if (unsafe.length === 0) return undefined;
  const refusals = unsafe.map((offset) => ({ offset, message: unsafeMessage(text, offset) }));
  return { root: undefined, broken: true, refusals };
}

function spotOf(key: YamlNode | undefined, value: YamlNode | undefined): Spot {
  const empty = value === undefined || (value.kind === 'scalar' && value.empty);
  return { key: key?.at ?? 0, value: value?.at ?? 0, empty };
}

function unsafeMessage(text: string, offset: number): string {
  const code = text.charCodeAt(offset).toString(16).toUpperCase().padStart(4, '0');
  return `a control or invisible character (U+${code}) is refused; remove it`;
}
