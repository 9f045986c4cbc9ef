import valid from 'semver/functions/valid.js';
import type { Version } from '../domain/brand.ts';

/** Whether a value is a version as semver has them, without a leading `v`. */
export function isVersion(value: unknown): value is Version {
  return typeof value === 'string' && /^\d/.test(value) && valid(value) !== null;
}
