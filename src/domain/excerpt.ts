/** Characters of foreign text that a message may carry: enough to recognise it, short enough for one line. */
export const EXCERPT_LENGTH = 120;

/**
 * What must not reach a terminal or a log as it is: C0, DEL and C1 controls (escape sequences, `\r`), the line and
 * paragraph separators, and the marks that change direction or are not seen.
 */
const UNSAFE =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\\]/gu;

const NAMED: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function escaped(char: string): string {
  const named = NAMED[char];
  if (named !== undefined) return named;
  const code = char.codePointAt(0) ?? 0;
  return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
}

/** Foreign text made harmless for one line of a terminal, a log or a record; a backslash is doubled. */
export function escapeText(text: string): string {
  return text.replace(UNSAFE, escaped);
}

/**
 * The beginning of foreign bytes or text, at most `length` characters before escaping, escaped; says how long the
 * whole was when it was cut. Bytes that are not UTF-8 show as U+FFFD.
 */
export function excerpt(foreign: Uint8Array | string, length = EXCERPT_LENGTH): string {
  // Four bytes is the longest character of UTF-8, two units the longest of a string.
  const most = length * (typeof foreign === 'string' ? 2 : 4);
  const head =
    typeof foreign === 'string'
      ? foreign.slice(0, most)
      : new TextDecoder('utf-8', { ignoreBOM: true }).decode(foreign.subarray(0, most));
  const chars = Array.from(head);
  const shown = escapeText(chars.slice(0, length).join(''));
  if (foreign.length <= most && chars.length <= length) return shown;
  return `${shown}… (${foreign.length} ${typeof foreign === 'string' ? 'characters' : 'bytes'})`;
}
