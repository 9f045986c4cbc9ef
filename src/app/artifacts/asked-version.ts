import type { Version } from '../../domain/brand.ts';
import { asVersion } from '../../domain/brand.ts';
import { RanchError } from '../../domain/errors.ts';
import { excerpt } from '../../domain/excerpt.ts';

/** A version as a user writes it, `0.5.2` or `v0.5.2`. Throws `version-invalid`. */
export function askedVersion(text: string): Version {
  const version = asVersion(text.trim());
  if (version) return version;
  throw new RanchError({
    code: 'version-invalid',
    place: excerpt(text),
    message: 'is not a version of SQ',
    remedy: 'Give three numbers, like 0.5.2 or v0.5.2.',
  });
}
