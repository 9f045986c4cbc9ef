import { z } from 'zod';
import type { Finding } from '../../domain/finding.ts';
import { hostName, type Shape } from './brands.ts';

/** What a check saw, as it was stored. */
export const findingSchema: z.ZodType<Finding> = z.object({
  kind: z.literal('finding'),
  check: z.string(),
  host: hostName,
  port: z.int().exactOptional(),
  ok: z.boolean(),
  severity: z.enum(['info', 'low', 'medium', 'high', 'critical']),
  asked: z.string(),
  got: z.string(),
  advice: z.string(),
  tookMs: z.number(),
} satisfies Shape<Finding>);
