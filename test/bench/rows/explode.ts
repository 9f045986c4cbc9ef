import { readFile } from 'node:fs/promises';
import { checksum } from '../../../src/sq/checksum.ts';
import { explode, implode, scrollsOf } from '../../../src/sq/phext.ts';
import { CYOA_FACTS } from '../../real-sq/cyoa.ts';
import { median, timed } from '../measure.ts';
import type { Row } from '../row.ts';

const ROUNDS = 21;
/** About 64 MB: the real content this many times, each a library of its own. */
const TIMES = 16;

async function measured(bytes: Uint8Array, rounds: number): Promise<readonly number[]> {
  const took: number[] = [];
  for (let round = 0; round < rounds; round++) took.push(await timed(async () => explode(bytes)));
  return took;
}

/** Reading the real content into scrolls, and that a phext of sixteen times the size takes sixteen times as long. */
export const explodeRow: Row = {
  id: 20,
  title: 'explode of the real CYOA, and whether it is linear',
  needs: ['cyoa'],
  async run({ cyoa }) {
    const bytes = await readFile(cyoa);
    if (Buffer.compare(implode(scrollsOf(bytes)), bytes) !== 0) throw new Error('it does not come back');
    if ((await checksum(bytes)) !== CYOA_FACTS.checksum)
      throw new Error('it has another checksum than SQ tells');
    const large = Buffer.concat(Array.from({ length: TIMES }, () => [bytes, Buffer.from([1])]).flat());
    const one = await measured(bytes, ROUNDS);
    const many = await measured(large, 5);
    const share = median(many) / TIMES / median(one);
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
        what: 'a byte of 64 MB against one of 4 MB',
        value: share,
        unit: 'x',
        atMost: 1.5,
        evidence: `${(large.length / 1e6).toFixed(0)} MB in ${median(many).toFixed(0)} ms`,
      },
    ];
  },
};
