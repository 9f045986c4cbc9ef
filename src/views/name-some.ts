import { grouped } from './quantity.ts';

/** `a, b, c and 12 more`: at most `most` names, each once. */
export function nameSome(names: readonly string[], most: number): string {
  const each = [...new Set(names)];
  const rest = each.length - most;
  return each.slice(0, most).join(', ') + (rest > 0 ? ` and ${grouped(rest)} more` : '');
}
