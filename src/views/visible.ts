/**
 * What a terminal would act on, hide, reorder or misplace: control characters (escape sequences begin with one),
 * format and bidi controls, lone surrogates, private and unassigned code points, line separators, spaces that
 * are not a space, and combining marks beyond two on one letter.
 */
const HIDDEN =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]|[^\P{Zs} ]|(?<=\p{M}\p{M})\p{M}/gu;

const BEYOND_ASCII = /[^\x20-\x7e]/gu;

const ONLY_ASCII = /^[\x20-\x7e]*$/;

/** Characters of one text that are ever shown: what a host sends must not fill a screen, or memory. */
const MAX_CHARACTERS = 4_000;

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  return SHORT[character] ?? (code < 0x100 ? `\\x${hex.padStart(2, '0')}` : `\\u{${hex}}`);
}

/** The first `max` UTF-16 units of a text, without half a character at the end. */
function beginning(text: string, max: number): string {
  return text.slice(0, max).replace(/[\ud800-\udbff]$/, '');
}

/**
 * A text as it may be shown on a terminal: what is not printable becomes a visible form (`\n`, `\x1b`,
 * `\u{202e}`), and what is longer than `max` UTF-16 units ends in an ellipsis. Every text that came from a host passes
 * through here; to pass twice does no harm. With `ascii`, all that is not ASCII is escaped too.
 */
export function visible(
  text: string,
  options: { readonly max?: number; readonly ascii?: boolean } = {},
): string {
  const max = options.max ?? MAX_CHARACTERS;
  const bounded = text.length <= max ? text : `${beginning(text, max)}${options.ascii === true ? '~' : '…'}`;
  if (ONLY_ASCII.test(bounded)) return bounded;
  const shown = bounded.replace(HIDDEN, escaped);
  return options.ascii === true ? shown.replace(BEYOND_ASCII, escaped) : shown;
}

/** A JSON text with every such character written as `\uXXXX`, which JSON reads back as the same character. */
export function visibleJson(json: string): string {
  return json.replace(HIDDEN, (character) =>
    Array.from({ length: character.length }, (_, index) => character.charCodeAt(index))
      .map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`)
      .join(''),
  );
}
