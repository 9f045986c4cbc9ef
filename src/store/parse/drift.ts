import { z } from 'zod';
import { DRIFT_STATES, type HostDrift, type InstanceDrift } from '../../domain/drift.ts';
import { hostName, moment, type Shape, sha256, version } from './brands.ts';

/** A drift state. */
export const driftStateSchema = z.enum(DRIFT_STATES);

const instance = z.object({
  port: z.int().exactOptional(),
  state: driftStateSchema,
  reason: z.string(),
  runningSha: sha256.exactOptional(),
  runningVersion: version.exactOptional(),
  binary: z.string().exactOptional(),
  dataDir: z.string().exactOptional(),
} satisfies Shape<InstanceDrift>);

/** How one host differs from the target, as it was stored. */
export const hostDriftSchema: z.ZodType<HostDrift> = z.object({
  host: hostName,
  state: driftStateSchema,
  reason: z.string(),
  instances: z.array(instance),
  observedAt: moment,
  since: moment.exactOptional(),
} satisfies Shape<HostDrift>);
