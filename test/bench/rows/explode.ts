import { readFile } from 'node:fs/promises';
import { checksum } from '../../../src/sq/checksum.ts';
import { explode, implode, scrollsOf } from '../../../src/sq/phext.ts';
import { CYOA_FACTS } from '../../real-sq/cyoa.ts';
import { median, timed } from '../measure.ts';
import type { Row } from '../row.ts';

const ROUNDS = 21;
/** The real content this many times is about 16 and 64 MB: neither lies in a processor's cache, as 4 MB do. */
const FEW = 4;
const MANY = 16;

function times(bytes: Uint8Array, count: number): Uint8Array {
  return Buffer.concat(Array.from({ length: count }, () => [bytes, Buffer.from([1])]).flat());
}

async function measured(bytes: Uint8Array, rounds: number): Promise<readonly number[]> {
  const took: number[] = [];
  for (let round = 0; round < rounds; round++) took.push(await timed(async () => explode(bytes)));
  return took;
}

/** Reading the real content into scrolls, and that a phext of four times the size takes four times as long. */
export const explodeRow: Row = {
  id: 20,
  title: 'explode of the real CYOA, and whether it is linear',
  needs: ['cyoa'],
  async run({ cyoa }) {
    const bytes = await readFile(cyoa);
    if (Buffer.compare(implode(scrollsOf(bytes)), bytes) !== 0) throw new Error('it does not come back');
    if ((await checksum(bytes)) !== CYOA_FACTS.checksum)
      throw new Error('it has another checksum than SQ tells');
    const one = await measured(bytes, ROUNDS);
    const few = await measured(times(bytes, FEW), ROUNDS);
    const many = await measured(times(bytes, MANY), ROUNDS);
    const share = median(many) / MANY / (median(few) / FEW);
    const [cold = 0] = one;
    return [
      {
        what: 'wall',
        value: median(one),
        unit: 'ms',
        atMost: 15,
        evidence: `median of ${ROUNDS}; the first, cold, ${cold.toFixed(1)} ms`,
      },
      {
        what: 'a byte of 64 MB against one of 16 MB',
        value: share,
        unit: 'x',
        atMost: 1.5,
        evidence: `${median(many).toFixed(0)} ms against ${median(few).toFixed(0)} ms`,
      },
    ];
  },
};
