import type { Site } from './site.ts';

/** What a row cannot do without. */
export type Need = 'hosts' | 'cyoa' | 'rivals' | 'lab';

/** One number that was measured, and what it must not exceed. */
export interface Figure {
  readonly what: string;
  readonly value: number;
  /** `x` is a ratio of two medians from this very run. */
  readonly unit: 'x' | 'ms' | 'MB' | 'lost' | 'left';
  readonly atMost: number;
  /** What the number was made from, in words. */
  readonly evidence: string;
}

/** One row of the table: a promise about speed or care, and how it is measured. */
export interface Row {
  readonly id: number;
  readonly title: string;
  readonly needs: readonly Need[];
  readonly run: (site: Site) => Promise<readonly Figure[]>;
}
