import { ACCESS } from './access.ts';
import { COORDINATES } from './coordinates.ts';
import { HTTP } from './http.ts';
import { LIMITS } from './limits.ts';
import { MEMORY } from './memory.ts';
import type { Row } from './row.ts';
import { SCROLLS } from './scrolls.ts';
import { SPOILED } from './spoiled.ts';
import { WHOLE } from './whole.ts';

/**
 * What SQ does, by version and library: what our code relies on, what `ranch validate` asks, and what docs/sq-api.md is
 * made from. Where a real SQ and this table differ, the table is wrong.
 */
export const CONTRACT: readonly Row[] = [
  ...SCROLLS,
  ...WHOLE,
  ...HTTP,
  ...ACCESS,
  ...COORDINATES,
  ...MEMORY,
  ...SPOILED,
  ...LIMITS,
];
