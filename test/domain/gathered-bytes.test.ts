import fc from 'fast-check';
import { expect, test } from 'vitest';
import { gatherBytes } from '../../src/domain/gathered-bytes.ts';

test('what was added is what is there, however it came', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 9_000 }), { maxLength: 12 }), (pieces) => {
      const gathered = gatherBytes();
      for (const piece of pieces) gathered.add(piece);
      expect(gathered.length).toBe(pieces.reduce((sum, { length }) => sum + length, 0));
      expect(gathered.bytes().equals(Buffer.concat(pieces))).toBe(true);
    }),
    { numRuns: 100 },
  );
});
