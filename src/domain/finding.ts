import type { HostName } from './brand.ts';

export type Severity = 'info' | 'low' | 'medium' | 'high' | 'critical';

/** What a check saw. */
export interface Finding {
  readonly kind: 'finding';
  readonly check: string;
  readonly host: HostName;
  readonly port?: number;
  readonly ok: boolean;
  readonly severity: Severity;
  /** What was asked. */
  readonly asked: string;
  /** What came back, bounded and escaped. */
  readonly got: string;
  /** What to do; empty when `ok`. */
  readonly advice: string;
  readonly tookMs: number;
}
