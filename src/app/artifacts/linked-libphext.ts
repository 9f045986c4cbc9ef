const MARK = 'libphext-';

/** A version right behind the mark, and the slash that ends a crate's folder. */
const FOLDER = /^(\d{1,4}\.\d{1,4}\.\d{1,4})\//;
const LONGEST = 16;

/** Places that are looked at: a program holds a few, a hostile file of 128 MiB must not cost more. */
const MAX_PLACES = 10_000;

/**
 * The libphext a program was linked with, from the source paths that Rust keeps for its panic messages
 * (`.../libphext-0.3.3/src/phext.rs`); undefined where it holds none, or several.
 */
export function linkedLibphext(program: Uint8Array): string | undefined {
  const bytes = Buffer.from(program.buffer, program.byteOffset, program.byteLength);
  const found = new Set<string>();
  let at = bytes.indexOf(MARK);
  for (let places = 0; at >= 0 && places < MAX_PLACES; places++) {
    const start = at + MARK.length;
    const version = FOLDER.exec(bytes.toString('latin1', start, start + LONGEST))?.[1];
    if (version !== undefined) found.add(version);
    at = bytes.indexOf(MARK, start);
  }
  return found.size === 1 ? [...found][0] : undefined;
}
