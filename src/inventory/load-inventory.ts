import { RanchError } from '../domain/errors.ts';
import type { Ranch } from '../domain/ranch.ts';
import { parseInventory } from './inventory.ts';
import { readText } from './read-text.ts';
import { safe } from './safe-text.ts';

/**
 * Reads the inventory at `path`. Throws `inventory-missing` when there is none, `inventory-invalid` when it cannot be
 * read or something is wrong in it.
 */
export async function loadInventory(path: string): Promise<Ranch> {
  const read = await readText(path);
  if (read.kind === 'text') return parseInventory(read.text, path);
  if (read.kind === 'missing') {
    throw new RanchError({
      code: 'inventory-missing',
      place: safe(path),
      message: 'there is no inventory here',
      remedy: 'Run `ranch init` to write a first one, or name another with `-i FILE`.',
    });
  }
  throw new RanchError(
    {
      code: 'inventory-invalid',
      place: safe(path),
      message: `the inventory cannot be read (${safe(read.reason)})`,
      remedy: 'Give yourself the right to read the file, or name another with `-i FILE`.',
    },
    { cause: read.cause },
  );
}
