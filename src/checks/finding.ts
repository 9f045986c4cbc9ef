import type { HostName } from '../domain/brand.ts';
import { troubleOf } from '../domain/errors.ts';
import type { Finding, Severity } from '../domain/finding.ts';
import type { Verdict } from '../domain/verdict.ts';

/** Where a finding belongs. */
export interface Place {
  readonly host: HostName;
  readonly port?: number;
}

/** One answered question as a record; its time in whole milliseconds. */
export function finding(
  { host, port }: Place,
  check: string,
  asked: string,
  verdict: Verdict,
  tookMs = 0,
): Finding {
  return {
    kind: 'finding',
    check,
    host,
    ...(port === undefined ? {} : { port }),
    asked,
    ...verdict,
    tookMs: Math.round(tookMs),
  };
}

/** It could not be asked: what was thrown, and what to do about that. */
export function unasked(severity: Severity, error: unknown, place: string): Verdict {
  const { message, remedy } = troubleOf(error, place);
  return { ok: false, severity, got: message, advice: remedy };
}
