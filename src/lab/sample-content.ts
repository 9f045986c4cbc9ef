import { Buffer } from 'node:buffer';
import { formatCoordinate } from '../sq/coordinate.ts';
import { implode, type Scroll } from '../sq/phext.ts';

const WORDS =
  'barn fence gate canary herd meadow rope saddle wave bake lease trail dusk mirror born choose path scroll'.split(
    ' ',
  );
const SCROLL_BYTES = 700;

/**
 * A valid phext of about `bytes` bytes that a lab host can hold: the same for the same name, in SQ's own canonical
 * form (explode then implode gives it back). Its first scroll is at the origin, its last at 13.13.13/13.13.13/13.13.13.
 */
export function sampleContent(name: string, bytes: number): Uint8Array {
  const count = Math.max(1, Math.round(bytes / SCROLL_BYTES));
  const scrolls = Array.from({ length: count }, (_, n): Scroll => {
    const last = n > 0 && n === count - 1;
    return {
      coordinate: last
        ? formatCoordinate([13, 13, 13, 13, 13, 13, 13, 13, 13])
        : formatCoordinate([
            1,
            1,
            1,
            1,
            1,
            1 + Math.floor(n / 1200),
            1 + (Math.floor(n / 120) % 10),
            1 + (Math.floor(n / 12) % 10),
            1 + (n % 12),
          ]),
      bytes: Buffer.from(text(name, n)),
    };
  });
  return implode(scrolls);
}

/** Plain words after a plain first line; a few letters of more than one byte, since real phexts have them. */
function text(name: string, n: number): string {
  let state = [...name].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) >>> 0, n + 1);
  const lines = [`Scroll ${n + 1} of the phext named ${name}`, ''];
  while (lines.join('\n').length < SCROLL_BYTES - 40) {
    const words = Array.from({ length: 9 }, () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return WORDS[(state >>> 16) % WORDS.length] ?? '';
    });
    lines.push(`${words.join(' ')} — é ✨`);
  }
  return lines.join('\n');
}
