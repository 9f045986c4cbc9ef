import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { asVersion } from '../../src/domain/brand.ts';
import { ORIGIN, parseCoordinate } from '../../src/sq/coordinate.ts';
import { updateRequest } from '../../src/sq/requests.ts';
import { type SmokeSpec, smokeSteps } from '../../src/sq/smoke.ts';
import { standIns } from '../lab/stand-in-subject.ts';
import { REAL } from './binaries.ts';
import { RunningSq } from './subject.ts';

const { dir, subjects } = await standIns(['0.5.2']);
afterAll(() => rm(dir, { recursive: true, force: true }));

const stable = [
  ...subjects.map((known) => ({ known, binary: () => known.binary })),
  ...REAL.filter(({ known }) => known.version !== '0.5.1'),
];

describe.each(stable)('smoke test of $known.name', ({ known, binary }) => {
  let sq: RunningSq;
  beforeAll(async () => {
    sq = await RunningSq.start({ ...known, binary: binary() });
    await sq.ask(updateRequest({ phext: 'primary' }, ORIGIN, 'here'));
  });
  afterAll(() => sq.stop());

  /** The steps that are not ok, with what they got. */
  async function failures(change: Partial<SmokeSpec> = {}): Promise<readonly string[]> {
    const version = asVersion(known.version);
    if (version === undefined) throw new Error('no version');
    const target = { phext: 'primary' };
    const spec = { target, version, scratch: 'ranch-smoke-00c0ffee', place: sq.place, ...change };
    const failed: string[] = [];
    for (const step of smokeSteps(spec)) {
      const verdict = step.expect(await sq.ask(step.request));
      if (!verdict.ok) failed.push(`${step.name}: ${verdict.got}`);
    }
    return failed;
  }

  test('passes on a healthy server, again and again', async () => {
    expect(await failures({ scroll: ORIGIN })).toEqual([]);
    expect(await failures({ scroll: ORIGIN })).toEqual([]);
  });

  test('fails on another version', async () => {
    const other = asVersion('0.4.5');
    if (other === undefined) throw new Error('no version');
    expect(await failures({ version: other })).toEqual([`version: ${known.version}`]);
  });

  test('fails where the scroll it was told of is empty', async () => {
    expect(await failures({ scroll: parseCoordinate('9.9.9/9.9.9/9.9.9') })).toEqual([
      'read: 0 bytes',
      'hold-again: 0 bytes',
    ]);
  });
});
