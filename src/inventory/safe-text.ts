/**
 * Characters that can change what a terminal or an editor shows: C0 and C1 controls, bidirectional and zero-width
 * marks, line separators. Half of a surrogate pair and the replacement character stand for bytes that are no UTF-8.
 */
const UNSAFE =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffd]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

const ALL_UNSAFE = new RegExp(UNSAFE, 'g');

/** What a file may hold besides: tab, line feed, and carriage return before a line feed. */
const UNSAFE_IN_FILE = new RegExp(`(?![\\t\\n]|\\r\\n)(?:${UNSAFE.source})`, 'g');

/** Values longer than this are cut when shown, so that one bad value does not fill the screen. */
const SHOWN_CHARS = 60;

/** `\u001b` for the escape character, and so on: safe to print, and still tells which character it was. */
function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** True when a text may be shown as it is. */
export function isSafe(text: string): boolean {
  return !UNSAFE.test(text);
}

/** Offsets of the first `limit` characters that no file of ours may hold. */
export function unsafeOffsets(text: string, limit: number): readonly number[] {
  const offsets: number[] = [];
  UNSAFE_IN_FILE.lastIndex = 0;
  for (let hit = UNSAFE_IN_FILE.exec(text); hit && offsets.length < limit; hit = UNSAFE_IN_FILE.exec(text)) {
    offsets.push(hit.index);
  }
  return offsets;
}

/** A text with every unsafe character escaped, whole. */
export function safe(text: string): string {
  return text.replace(ALL_UNSAFE, escaped);
}

/** A value as an error shows it: quoted, escaped, cut after 60 characters. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  if (typeof value !== 'string') return String(value);
  const cut = value.length > SHOWN_CHARS ? `${value.slice(0, SHOWN_CHARS)}…` : value;
  return `"${safe(cut)}"`;
}
