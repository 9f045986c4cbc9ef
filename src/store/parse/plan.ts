import { z } from 'zod';
import { DRIFT_STATES } from '../../domain/drift.ts';
import type {
  Acknowledgement,
  Evidence,
  Exclusion,
  HostPlan,
  Plan,
  PlannedInstance,
  PlanOptions,
  UnitPlan,
  Wave,
  ZoneLimit,
} from '../../domain/plan.ts';
import type { Share } from '../../domain/share.ts';
import { hostName, moment, planHash, type Shape, sha256, version } from './brands.ts';
import { supervisorSchema } from './supervisor.ts';

const count = z.int().min(0);

const share: z.ZodType<Share> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('count'), count }),
  z.object({ kind: z.literal('percent'), percent: z.number().min(0).max(100) }),
]);

const driftState = z.enum(DRIFT_STATES);

const options = z.object({
  canary: share,
  maxParallel: count,
  budget: share,
  bakeSeconds: z.number(),
  onFailure: z.enum(['host', 'wave', 'all', 'pause']),
  deadmanSeconds: z.number(),
  include: z.array(driftState),
  hosts: z.array(z.string()),
  tags: z.array(z.string()),
} satisfies Shape<PlanOptions>);

const instance = z.object({
  port: z.int(),
  pid: z.int().exactOptional(),
  startTicks: z.number().exactOptional(),
  supervisor: supervisorSchema,
  user: z.string(),
  dataDir: z.string(),
  phext: z.string().exactOptional(),
  keyFile: z.string().exactOptional(),
  keyed: z.literal(true).exactOptional(),
  dataBytes: z.number(),
} satisfies Shape<PlannedInstance>);

const from = { sha256, version: version.exactOptional() } satisfies Shape<NonNullable<UnitPlan['from']>>;

const unit = z.object({
  binary: z.string(),
  action: z.enum(['upgrade', 'restart', 'install', 'start', 'rollback']),
  from: z.object(from).exactOptional(),
  to: z.object({
    sha256,
    version: version.exactOptional(),
    platform: z.string(),
  } satisfies Shape<UnitPlan['to']>),
  bytesToSend: z.number(),
  downtimeMs: z.number(),
  instances: z.array(instance),
} satisfies Shape<UnitPlan>);

const evidence = z.object({
  observedAt: moment,
  bootId: z.string(),
  fingerprint: z.string(),
} satisfies Shape<Evidence>);

const host = z.object({
  host: hostName,
  zone: z.string(),
  units: z.array(unit),
  after: z.array(hostName),
  afterZones: z.array(z.string()).exactOptional(),
  reasons: z.array(z.string()),
  evidence,
} satisfies Shape<HostPlan>);

const wave = z.object({
  name: z.string(),
  canary: z.boolean(),
  maxParallel: count,
  hosts: z.array(host),
} satisfies Shape<Wave>);

const exclusion = z.object({
  host: hostName,
  state: driftState,
  reason: z.string(),
  blocked: z.literal(true).exactOptional(),
} satisfies Shape<Exclusion>);

const zone = z.object({
  zone: z.string(),
  size: count,
  quorum: share,
  maxDown: count,
  budget: count,
} satisfies Shape<ZoneLimit>);

const acknowledgement = z.object({ id: z.string(), text: z.string() } satisfies Shape<Acknowledgement>);

/** A plan as JSON has it. Whether the hash is right is for the plan room to say. */
export const planSchema: z.ZodType<Plan> = z.object({
  kind: z.literal('plan'),
  hash: planHash,
  ranch: z.string(),
  purpose: z.enum(['rollout', 'rollback']),
  createdAt: moment,
  target: version,
  options,
  waves: z.array(wave),
  excluded: z.array(exclusion),
  zones: z.array(zone),
  budget: count,
  acknowledgements: z.array(acknowledgement),
} satisfies Shape<Plan>);
