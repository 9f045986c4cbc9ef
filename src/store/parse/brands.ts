import { z } from 'zod';
import { asSha256, type HostName, type RolloutId, type Sha256, type Version } from '../../domain/brand.ts';
import type { PlanHash } from '../../domain/plan.ts';
import { isRolloutId } from '../rollout-id.ts';

/**
 * The fields of a zod object for `T`: each field of `T` must be there, optional ones too, so that a field added to
 * a domain type is an error here and is never dropped in silence.
 */
export type Shape<T> = { readonly [K in keyof T]-?: z.ZodType<T[K]> };

function text(value: unknown, pattern: RegExp): boolean {
  return typeof value === 'string' && pattern.test(value);
}

/** A host's name: any text that is not empty, up to the 253 characters of a DNS name. */
export const hostName = z.custom<HostName>((value) => text(value, /^.{1,253}$/su), 'not a host name');

/** 64 lower-case hex digits. */
export const sha256 = z.custom<Sha256>(
  (value) => typeof value === 'string' && asSha256(value) !== undefined,
  'not a sha256',
);

/** A version: text that begins with a digit. What a release is called is for other rooms to judge. */
export const version = z.custom<Version>((value) => text(value, /^\d[\w.+-]*$/), 'not a version');

/** `r-` and lower-case letters, digits or dashes. */
export const rolloutId = z.custom<RolloutId>(
  (value) => typeof value === 'string' && isRolloutId(value),
  'not a rollout',
);

/** What the plan room says a plan's hash is; here only text that is not empty. */
export const planHash = z.custom<PlanHash>((value) => text(value, /^\S+$/), 'not a plan hash');

/** Milliseconds since the epoch. */
export const moment = z.int();
