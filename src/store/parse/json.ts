import type { z } from 'zod';
import { RanchError } from '../../domain/errors.ts';
import type { Sql } from '../sql.ts';
import { firstIssue } from './first-issue.ts';

/** Parses a JSON column. Throws `store-corrupt` naming `what` when it is no JSON or not of that shape. */
export function fromJson<T>(sql: Sql, schema: z.ZodType<T>, text: string, what: string): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw sql.corrupt(`${what} is not JSON`);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw sql.corrupt(`${what} does not parse (${firstIssue(parsed.error)})`);
}

/**
 * A value as text, checked first, so that nothing is stored that could not be read again. Throws `internal`: only a
 * defect in ranch makes such a value.
 */
export function toJson<T>(schema: z.ZodType<T>, value: T, what: string): string {
  const parsed = schema.safeParse(value);
  if (parsed.success) return JSON.stringify(value);
  throw new RanchError({
    code: 'internal',
    place: what,
    message: `cannot be recorded (${firstIssue(parsed.error)})`,
    remedy: 'This is a defect in ranch; please report it with `-v`.',
  });
}
