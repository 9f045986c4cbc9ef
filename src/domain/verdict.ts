import { excerpt } from './excerpt.ts';
import type { Finding, Severity } from './finding.ts';

/** What a reply proves: the part of a `Finding` that can be known without host and time. */
export type Verdict = Pick<Finding, 'ok' | 'severity' | 'got' | 'advice'>;

/** It held. */
export function held(got: string): Verdict {
  return { ok: true, severity: 'info', got: excerpt(got), advice: '' };
}

/** It did not; `advice` says what to do about it. */
export function broken(severity: Severity, got: string, advice: string): Verdict {
  return { ok: false, severity, got: excerpt(got), advice };
}

/**
 * It is what this SQ is known to do, and no failure of this host: told with its severity and what to do about it, while
 * the check as a whole holds.
 */
export function hazard(severity: Severity, got: string, advice: string): Verdict {
  return { ok: true, severity, got: excerpt(got), advice };
}
