import { Buffer } from 'node:buffer';
import type { Shell } from '../domain/ports.ts';
import type { HostSpec } from '../domain/ranch.ts';
import { UnitAnswer } from './unit-answers.ts';
import { refuseOddWords, unitCommand } from './unit-shell.ts';

const LIMITS = { deadlineMs: 30_000, maxBytes: 64 * 1024 };

/** How many bytes the character has that begins with this byte; 0 for one that begins none. */
function lengthFrom(lead: number): number {
  if (lead < 0x80) return 1;
  if (lead < 0xc0) return 0;
  return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

/** Whether text that ends with these bytes is cut off within a character. */
export function endsWithin(tail: Uint8Array): boolean {
  for (let back = 1; back <= tail.length; back++) {
    const length = lengthFrom(tail[tail.length - back] ?? 0);
    if (length > 0) return length > back;
  }
  return false;
}

/** A file that SQ is writing ends anywhere for a moment; a disk that was full leaves it so. */
const LOOKS = 3;

/**
 * Whether a phext file ends with a whole character. A disk that was full cut it short, and then it may not: 0.5.2 answers
 * a `get` for such a file, or for one that is gone, with a panic on its lock, after which nobody reads out what its
 * memory holds. So the host is asked before SQ is.
 */
export async function endsWhole(
  shell: Shell,
  spec: HostSpec,
  dataDir: string,
  phext: string,
): Promise<boolean> {
  refuseOddWords(spec.name, [dataDir, phext]);
  for (let look = 0; look < LOOKS; look++) {
    const { stdout } = await shell.run(unitCommand(spec, 'file-end', '/', [dataDir, phext]), LIMITS);
    const tail = new UnitAnswer(spec.name, 'file-end', stdout).maybe('tail');
    if (tail === undefined) return false;
    if (!endsWithin(Buffer.from(tail.text(1), 'hex'))) return true;
  }
  return false;
}
