import { isDeepStrictEqual } from 'node:util';
import type { Verdict } from '../../domain/verdict.ts';
import { broken, hazard, held } from '../../domain/verdict.ts';
import { type Build, buildName } from '../../sq/contract/build.ts';
import { defectOf, type Row, told, wanted } from '../../sq/contract/row.ts';

/** What a row's answer means for a build that the table knows, or (`tried` false) for one that it does not. */
export function rowVerdict(row: Row, build: Build, tried: boolean, got: unknown): Verdict {
  const expected = wanted(row, build);
  if (!isDeepStrictEqual(got, expected)) {
    const advice = tried
      ? `It should be: ${told(expected)}. This SQ is not what its version says: look where it came from.`
      : `${buildName(build)} gives: ${told(expected)}. This version was never tried: read its changes.`;
    return broken(tried ? 'high' : 'low', told(got), advice);
  }
  const defect = defectOf(row, build);
  if (!defect) return held(told(got));
  return hazard(defect.severity, told(got), defect.advice);
}
