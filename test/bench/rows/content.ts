import { readFile } from 'node:fs/promises';
import { checksum } from '../../../src/sq/checksum.ts';
import { scrollsOf } from '../../../src/sq/phext.ts';
import { CYOA_FACTS } from '../../real-sq/cyoa.ts';
import { median, timed } from '../measure.ts';
import type { Row } from '../row.ts';

const ROUNDS = 15;

/** Reading the real content into scrolls and telling its checksum. */
export const content: Row = {
  id: 8,
  title: 'explode + checksum of the real CYOA',
  needs: ['cyoa'],
  async run({ cyoa }) {
    const bytes = await readFile(cyoa);
    const took: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      took.push(
        await timed(async () => {
          const scrolls = scrollsOf(bytes);
          const sum = await checksum(scrolls);
          if (scrolls.length !== CYOA_FACTS.scrolls || sum !== CYOA_FACTS.checksum) {
            throw new Error(`${scrolls.length} scrolls with the checksum ${sum} are not the real CYOA`);
          }
        }),
      );
    }
    const evidence = `median of ${ROUNDS}; the first, cold, ${(took[0] ?? 0).toFixed(1)} ms`;
    return [{ what: 'wall', value: median(took), unit: 'ms', atMost: 30, evidence }];
  },
};
