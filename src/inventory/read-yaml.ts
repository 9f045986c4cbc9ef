import { Composer } from 'yaml';
import { readEveryday } from './everyday-yaml.ts';
import { data, nodes } from './makers.ts';
import type { Plain } from './plain.ts';
import { type Guarded, guardYaml, MAX_TOKENS, type Refusal, TOO_MANY } from './yaml-guard.ts';
import { fromLibrary, type PairNode, type YamlNode } from './yaml-node.ts';

/**
 * Names, values, lists and maps of a file at most, each host counted as 14 more: 5,000 hosts of five lines come to
 * 160,000. To check one costs about a microsecond, so this keeps the checks below 150 ms.
 */
export const MAX_NODES = 165_000;

const TOO_MANY_NODES = 'the file is too large; allowed: about 5,000 hosts of five lines';

/** A text as nodes, with what is refused in it. */
export interface ReadYaml {
  /** Undefined for a text that says nothing, and for one that was not read. */
  readonly root: YamlNode | undefined;
  /** True when the text, or a part of it, is no YAML or was not read: `root` can then only tell what else is wrong. */
  readonly broken: boolean;
  readonly refusals: readonly Refusal[];
}

/** What the library makes of a guarded piece of text that begins at `shift`. */
function composed({ tokens, refusals: found, stop }: Guarded, length: number, shift: number): ReadYaml {
  const refusals = found.map((refusal) => ({ ...refusal, offset: refusal.offset + shift }));
  if (stop) return { root: undefined, broken: true, refusals };
  const composer = new Composer({
    schema: 'failsafe',
    uniqueKeys: false,
    prettyErrors: false,
    merge: false,
  });
  const [document] = composer.compose(tokens, true, length);
  const errors = document?.errors ?? [];
  for (const error of errors) {
    const message = `this is no YAML: ${error.message.slice(0, 200)}`;
    refusals.push({ offset: error.pos[0] + shift, message });
  }
  return { root: fromLibrary(document?.contents, shift), broken: errors.length > 0, refusals };
}

const NO_PAIR =
  'this is not a name, a colon and what stands behind it, each line further right than the name';

/** Every piece costs the library this much, however short it is: a bound for thousands of odd lines. */
const TOKENS_OF_A_PIECE = 40;

/**
 * A text too large for the library as a whole: everyday lines as they are, the pairs that are written otherwise by
 * the library one by one. What is wrong is told, and all the rest is read.
 */
function readPieces(text: string): ReadYaml {
  const refusals: Refusal[] = [];
  let left = MAX_TOKENS;
  let broken = false;
  const rescue = (start: number, end: number): readonly PairNode[] | undefined => {
    if (left <= 0 && refusals.length > 0) return undefined;
    const guarded = guardYaml(text.slice(start, end), Math.max(0, left));
    left -= Math.max(TOKENS_OF_A_PIECE, guarded.count);
    const piece = composed(guarded, end - start, start);
    for (const refusal of piece.refusals) refusals.push(refusal);
    const isMap = piece.root?.kind === 'map';
    if (!isMap && piece.refusals.length === 0)
      refusals.push({ offset: piece.root?.at ?? start, message: NO_PAIR });
    broken ||= piece.broken || !isMap;
    if (guarded.stop === 'too-many') return undefined;
    return piece.root?.kind === 'map' ? piece.root.pairs : [];
  };
  const read = readEveryday(text, MAX_NODES, nodes, rescue);
  if (read.kind === 'too-many') refusals.push({ offset: read.at, message: TOO_MANY_NODES });
  if (read.kind === 'unusual' && refusals.length === 0) refusals.push({ offset: 0, message: TOO_MANY });
  return read.kind === 'read'
    ? { root: read.root, broken, refusals }
    : { root: undefined, broken: true, refusals };
}

/** What a text says, where it is written in the everyday way and nothing in it is refused; it holds no control characters. */
export function readData(text: string): Plain | undefined {
  const everyday = readEveryday(text, MAX_NODES, data);
  return everyday.kind === 'read' ? everyday.root : undefined;
}

/** Reads a YAML text without control characters. The work is bounded, whatever the text. */
export function readYaml(text: string): ReadYaml {
  const everyday = readEveryday(text, MAX_NODES, nodes);
  if (everyday.kind === 'read') return { root: everyday.root, broken: false, refusals: [] };
  if (everyday.kind === 'too-many') {
    return { root: undefined, broken: true, refusals: [{ offset: everyday.at, message: TOO_MANY_NODES }] };
  }
  const guarded = guardYaml(text);
  return guarded.stop === 'too-many' ? readPieces(text) : composed(guarded, text.length, 0);
}
