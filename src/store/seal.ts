import { createHash } from 'node:crypto';
import type { Cell } from './sql.ts';

/** What the first event is chained to. */
export const GENESIS = '0'.repeat(64);

/**
 * The checksum of a row: sha256 over the previous row's checksum and each cell with its length in UTF-8, so that no
 * two rows have the same text. 64 hex digits. It finds damage; it is no proof against a person who can write the file.
 */
export function seal(previous: string, cells: readonly Cell[]): string {
  const parts = cells.map((cell) => {
    if (cell === null) return '-';
    const text = String(cell);
    return `${Buffer.byteLength(text)}:${text}`;
  });
  return createHash('sha256')
    .update(`${previous}\n${parts.join('\n')}`)
    .digest('hex');
}
