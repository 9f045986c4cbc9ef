import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RunningSq, type Subject } from '../subject.ts';
import { DOORS } from './doors.ts';
import { HAZARDS } from './hazards.ts';
import type { Row } from './row.ts';
import { SCROLLS } from './scrolls.ts';

/** What SQ does, as our code relies on it. Where a real SQ and this table differ, the table is wrong. */
export const CONTRACT: readonly Row[] = [...SCROLLS, ...DOORS, ...HAZARDS];

/** Runs the contract against one SQ. `binary` is called when the tests run, since building one can take a while. */
export function contractSuite(known: Omit<Subject, 'binary'>, binary: () => string): void {
  describe(known.name, () => {
    const subject = { ...known, binary: '' };
    let shared: RunningSq;
    beforeAll(async () => {
      subject.binary = binary();
      shared = await RunningSq.start(subject);
    });
    afterAll(() => shared.stop());
    const rows = CONTRACT.map((row, index) => ({ ...row, phext: `row-${index}` }));
    test.each(rows.filter(({ only }) => only?.(subject) ?? true))('$what', async (row) => {
      const own = row.fresh === true || row.args !== undefined;
      const sq = own ? await RunningSq.start(subject, row.args) : shared;
      try {
        const wanted: unknown = typeof row.gives === 'function' ? row.gives(subject) : row.gives;
        expect(await row.attempt(sq, { phext: row.phext })).toEqual(wanted);
      } finally {
        if (own) await sq.stop();
      }
    });
  });
}
