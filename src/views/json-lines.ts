import { visibleJson } from './visible.ts';

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What a record is comes first, then the rest by name. */
function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  const rank = (key: string): number => (key === 'kind' || key === 'type' ? 0 : 1);
  return rank(a) - rank(b) || (a < b ? -1 : a > b ? 1 : 0);
}

function ordered(_key: string, value: unknown): unknown {
  return isRecord(value) ? Object.fromEntries(Object.entries(value).sort(byKey)) : value;
}

/**
 * A record as one line of JSON: keys in a fixed order, nothing in it that a terminal would act on (such characters
 * are written `\uXXXX`). Secrets redact themselves.
 */
export function jsonLine(record: object): string {
  return visibleJson(JSON.stringify(record, ordered));
}

/** Records as JSON, one a line. */
export function jsonLines(records: readonly object[]): readonly string[] {
  return records.map(jsonLine);
}
