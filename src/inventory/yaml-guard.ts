import { CST, Lexer, Parser } from 'yaml';

/** Something in a YAML text that no file of ours may use, before any meaning is given to it. */
export interface Refusal {
  readonly offset: number;
  readonly message: string;
}

/** A text cut into YAML's concrete syntax, or the reasons why it was not read further. */
export interface Guarded {
  readonly tokens: readonly CST.Token[];
  readonly refusals: readonly Refusal[];
  /** Of the text, as many as were looked at. */
  readonly count: number;
  /** Why it was not read further: `refused` makes it useless or dear to read on, `too-many` is more than `maxTokens`. */
  readonly stop: 'refused' | 'too-many' | undefined;
}

/**
 * Tokens that the library reads of a file at most: indents, spaces, names, marks and line ends each count. One costs
 * 4 µs of processor in a program that just started, so this keeps the whole below 100 ms. Files in the everyday way of
 * writing cost none (`everyday-yaml.ts`); of the others it is room for about 300 hosts of five lines each.
 */
export const MAX_TOKENS = 20_000;

/** Lists and maps inside one another on one line. The format itself needs four. */
const MAX_FLOW_DEPTH = 16;

/**
 * The column up to which a list or map may begin. Each level of nesting lies further right than the one around it,
 * so this bounds the depth, and with it the stack.
 */
const MAX_COLUMN = 300;

const FLOW_DEPTH = 'lists and maps are nested too deeply; allowed: 16 levels on a line';
const BLOCK_DEPTH = 'this is nested too deeply, or its name is too long; allowed: up to column 300';
export const TOO_MANY = `the file is too large to be written in unusual ways; allowed: ${MAX_TOKENS} words and marks beside plain "name: value" lines`;

/** Refused, but what stands around it can be read and checked. */
const SOFT: Partial<Record<string, string>> = {
  anchor: 'a YAML anchor (&) is refused; write the value out where it is needed',
  alias: 'a YAML alias (*) is refused; write the value out, or use "defaults"',
  tag: 'a YAML tag (!) is refused; write the value alone',
};

const HARD: Partial<Record<string, string>> = {
  'block-scalar-header': 'a text over several lines (| or >) is refused; write the value on one line',
  'directive-line': 'a YAML directive (%) is refused; remove the line',
};

/** Tokens that may stand before the `---` of the first document. */
const BLANK: ReadonlySet<string> = new Set(['space', 'newline', 'comment', 'doc-mode', 'byte-order-mark']);

/** What has been read so far. */
interface Progress {
  readonly refusals: Refusal[];
  offset: number;
  lineStart: number;
  tokens: number;
  flowDepth: number;
  /** Documents that have begun. */
  documents: number;
  /** True once the document holds more than comments: a `---` after that begins another one. */
  filled: boolean;
  scalarNext: boolean;
}

function refuse(progress: Progress, message: string): void {
  progress.refusals.push({ offset: progress.offset, message });
}

function isQuoted(type: string): boolean {
  return type === 'double-quoted-scalar' || type === 'single-quoted-scalar';
}

/** Follows how deep flow collections are and where block ones begin; true when it is too deep. */
function tooDeep(progress: Progress, type: string): boolean {
  if (type === 'flow-seq-start' || type === 'flow-map-start') progress.flowDepth += 1;
  if (type === 'flow-seq-end' || type === 'flow-map-end') {
    progress.flowDepth = Math.max(0, progress.flowDepth - 1);
  }
  if (type === 'flow-error-end') progress.flowDepth = 0;
  if (progress.flowDepth > MAX_FLOW_DEPTH) {
    refuse(progress, FLOW_DEPTH);
    return true;
  }
  const opens = type === 'seq-item-ind' || type === 'map-value-ind' || type === 'explicit-key-ind';
  if (!opens || progress.flowDepth > 0 || progress.offset - progress.lineStart <= MAX_COLUMN) return false;
  refuse(progress, BLOCK_DEPTH);
  return true;
}

/** True when a second document begins with this token. */
function beginsAnother(progress: Progress, type: string): boolean {
  if (type === 'doc-mode') progress.documents += 1;
  if (progress.documents > 1 || (type === 'doc-start' && progress.filled)) return true;
  if (!BLANK.has(type)) progress.filled = true;
  return false;
}

/** Looks at one token; true when reading must stop. */
function examine(progress: Progress, source: string, type: string): boolean {
  if (beginsAnother(progress, type)) {
    refuse(progress, 'a second YAML document begins here; allowed: one document a file');
    return true;
  }
  const soft = SOFT[type];
  if (soft) refuse(progress, soft);
  const hard = HARD[type];
  if (hard) refuse(progress, hard);
  if ((type === 'scalar' || isQuoted(type)) && source.includes('\n')) {
    refuse(progress, 'a value over several lines is refused; write it on one line');
    return true;
  }
  return hard !== undefined || tooDeep(progress, type);
}

function advance(progress: Progress, source: string, type: string): void {
  progress.scalarNext = source === CST.SCALAR;
  if (source === CST.DOCUMENT || source === CST.FLOW_END || source === CST.SCALAR) return;
  progress.tokens += 1;
  progress.offset += source.length;
  if (type === 'newline') progress.lineStart = progress.offset;
}

function fresh(): Progress {
  return {
    refusals: [],
    offset: 0,
    lineStart: 0,
    tokens: 0,
    flowDepth: 0,
    documents: 0,
    filled: false,
    scalarNext: false,
  };
}

/** Looks at all tokens of a text, up to `maxTokens`, before any of them is given to the parser, which costs more. */
function lexed(
  text: string,
  maxTokens: number,
  progress: Progress,
): readonly string[] | 'refused' | 'too-many' {
  const sources: string[] = [];
  for (const source of new Lexer().lex(text)) {
    if (progress.tokens >= maxTokens) {
      refuse(progress, TOO_MANY);
      return 'too-many';
    }
    const type = progress.scalarNext ? 'scalar' : (CST.tokenType(source) ?? 'scalar');
    if (examine(progress, source, type)) return 'refused';
    sources.push(source);
    advance(progress, source, type);
  }
  return sources;
}

/**
 * Cuts a YAML text into tokens and refuses what could make reading it dear (aliases, depth, sheer number) or
 * ambiguous (tags, several documents, texts over several lines). The work is bounded whatever the text. The text must
 * be free of control characters: the lexer uses some as signs of its own.
 */
export function guardYaml(text: string, maxTokens = MAX_TOKENS): Guarded {
  const progress = fresh();
  const sources = lexed(text, maxTokens, progress);
  const { refusals, tokens: count } = progress;
  if (typeof sources === 'string') return { tokens: [], refusals, count, stop: sources };
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  for (const source of sources) for (const token of parser.next(source)) tokens.push(token);
  tokens.push(...parser.end());
  return { tokens, refusals, count, stop: undefined };
}
