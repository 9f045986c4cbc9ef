import type { HostName } from './brand.ts';

export type Severity = 'info' | 'low' | 'medium' | 'high' | 'critical';

/** What a check saw. */
export interface Finding {
  readonly kind: 'finding';
  readonly check: string;
  readonly host: HostName;
  readonly port?: number;
  /** Whether the check holds. One that holds with a severity above `info` is a known hazard: told, and no failure. */
  readonly ok: boolean;
  readonly severity: Severity;
  /** What was asked. */
  readonly asked: string;
  /** What came back, bounded and escaped. */
  readonly got: string;
  /** What to do; empty when `ok`, save for a known hazard. */
  readonly advice: string;
  readonly tookMs: number;
}
