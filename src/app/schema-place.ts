import { existsSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where the shipped schema lies as seen from the bundled program and from this file. */
const PLACES = ['../schema/inventory.schema.json', '../../schema/inventory.schema.json'];

/**
 * The path of the inventory's JSON Schema for the modeline of `inventory`: relative where it lies in the same folder or
 * beneath, else absolute. Undefined where the program was installed without it.
 */
export function schemaFor(inventory: string): string | undefined {
  const found = PLACES.map((place) => fileURLToPath(new URL(place, import.meta.url))).find(existsSync);
  if (found === undefined) return undefined;
  const near = relative(dirname(inventory), found);
  return near.startsWith('..') ? found : `./${near}`;
}
