import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CONTRACT } from '../../src/sq/contract/contract.ts';
import { applies, attempted, type Row, shapeOf, wanted } from '../../src/sq/contract/row.ts';
import { startBench } from './bench.ts';
import type { Subject } from './subject.ts';

type Started = Awaited<ReturnType<typeof startBench>>;

/**
 * Runs the contract against one SQ. `binary` is called when the tests run, since building one can take a while.
 * `heavy` ones take long or much.
 */
export function contractSuite(
  known: Omit<Subject, 'binary'>,
  binary: () => string,
  asked: (row: Row) => boolean = () => true,
): void {
  describe(known.name, () => {
    const subject = { ...known, binary: '' };
    const shared = new Map<string, Started>();
    beforeAll(() => {
      subject.binary = binary();
    });
    afterAll(async () => {
      await Promise.all(Array.from(shared.values(), ({ sq }) => sq.stop()));
    });

    /** The server of that shape; each shape has one for all rows that it survives. */
    async function serverFor(row: Row): Promise<Started> {
      const shape = shapeOf(row);
      if (row.fresh === true) return await startBench(subject, shape);
      const name = JSON.stringify(shape);
      const started = shared.get(name) ?? (await startBench(subject, shape));
      shared.set(name, started);
      return started;
    }

    test.each(CONTRACT.filter((row) => applies(row, subject) && asked(row)))('$name: $what', async (row) => {
      const { bench, sq } = await serverFor(row);
      try {
        const { key } = bench;
        const at = { phext: `row-${row.name}`, ...(key && row.server?.access !== 'colon' ? { key } : {}) };
        expect(await attempted(row, bench, at)).toEqual(wanted(row, subject));
      } finally {
        if (row.fresh === true) await sq.stop();
      }
    });
  });
}
