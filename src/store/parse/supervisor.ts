import { z } from 'zod';
import type { Supervisor } from '../../domain/observation.ts';

/** How a server is kept. */
export const supervisorSchema: z.ZodType<Supervisor> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('systemd-system'), unit: z.string() }),
  z.object({ kind: z.literal('systemd-user'), unit: z.string() }),
  z.object({ kind: z.literal('bare') }),
  z.object({ kind: z.literal('unsupported'), reason: z.string() }),
]);
