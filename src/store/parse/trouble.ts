import { z } from 'zod';
import { ERROR_CODES, type ErrorCode, type Trouble } from '../../domain/errors.ts';
import type { Shape } from './brands.ts';

const errorCode = z.custom<ErrorCode>(
  (value) => typeof value === 'string' && Object.hasOwn(ERROR_CODES, value),
  'not an error code',
);

/** A `Trouble` as it was stored. */
export const troubleSchema = z.object({
  code: errorCode,
  place: z.string(),
  message: z.string(),
  remedy: z.string(),
} satisfies Shape<Trouble>);
