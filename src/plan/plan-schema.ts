import { z } from 'zod';
import { asSha256, type HostName, type Sha256, type Version } from '../domain/brand.ts';
import { DRIFT_STATES } from '../domain/drift.ts';
import type { Plan, PlanHash } from '../domain/plan.ts';
import { isVersion } from './version.ts';

/**
 * Bounds of a plan file. It may come from anybody, and what it says goes to hosts as arguments of scripts: each text
 * is bounded and free of control characters, each path absolute, each name made of a name's characters.
 */
const MAX_TEXT = 4096;
const MAX_HOSTS = 100_000;

const text = z.string().max(MAX_TEXT);
const isHostName = (value: unknown): value is HostName =>
  typeof value === 'string' && /^[^\s/\p{Cc}-][^\s/\p{Cc}]{0,254}$/u.test(value);
const isSha256 = (value: unknown): value is Sha256 =>
  typeof value === 'string' && asSha256(value) !== undefined;
const isHash = (value: unknown): value is PlanHash => isSha256(value);

const version = z.custom<Version>(isVersion, 'is not a version');
const hostName = z.custom<HostName>(isHostName, 'is not a host name');
const sha256 = z.custom<Sha256>(isSha256, 'is not a sha256');
const path = text.regex(/^\/[^\p{Cc}]*$/u, 'is not an absolute path');
const keyFile = text.regex(/^[^\p{Cc}-][^\p{Cc}]*$/u, 'is not a path');
const unitName = z.string().regex(/^[A-Za-z0-9_][\w:.\\@-]{0,255}$/, 'is not a unit name');
const user = z.string().regex(/^[A-Za-z0-9_][\w.@\\-]{0,255}\$?$/, 'is not a user name');
const count = z.int().min(0);
const name = text.min(1);

const share = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('count'), count }),
  z.strictObject({ kind: z.literal('percent'), percent: z.number().min(0).max(100) }),
]);

const options = z.strictObject({
  canary: share,
  maxParallel: z.int().min(1),
  budget: share,
  bakeSeconds: z.number().min(0),
  onFailure: z.enum(['host', 'wave', 'all', 'pause']),
  deadmanSeconds: z.number().positive(),
  include: z.array(z.enum(DRIFT_STATES)).max(DRIFT_STATES.length),
  hosts: z.array(text).max(MAX_HOSTS),
  tags: z.array(text).max(MAX_HOSTS),
});

const supervisor = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('systemd-system'), unit: unitName }),
  z.strictObject({ kind: z.literal('systemd-user'), unit: unitName }),
  z.strictObject({ kind: z.literal('bare') }),
]);

const instance = z.strictObject({
  port: z.int().min(1).max(65_535),
  pid: z.int().min(1).exactOptional(),
  startTicks: count.exactOptional(),
  supervisor,
  user,
  dataDir: path,
  phext: text.exactOptional(),
  keyFile: keyFile.exactOptional(),
  keyed: z.literal(true).exactOptional(),
  dataBytes: count,
});

const unit = z.strictObject({
  binary: path,
  action: z.enum(['upgrade', 'restart', 'install', 'start', 'rollback']),
  from: z.strictObject({ sha256, version: version.exactOptional() }).exactOptional(),
  to: z.strictObject({ sha256, version: version.exactOptional(), platform: name }),
  bytesToSend: count,
  downtimeMs: z.number().min(0),
  instances: z.array(instance).min(1).max(1000),
});

const host = z.strictObject({
  host: hostName,
  zone: name,
  units: z.array(unit).min(1).max(1000),
  after: z.array(hostName).max(MAX_HOSTS),
  afterZones: z.array(name).max(MAX_HOSTS).exactOptional(),
  reasons: z.array(text).max(10_000),
  evidence: z.strictObject({ observedAt: z.number(), bootId: text, fingerprint: sha256 }),
});

const wave = z.strictObject({
  name,
  canary: z.boolean(),
  maxParallel: z.int().min(1),
  hosts: z.array(host).min(1).max(MAX_HOSTS),
});

/** A plan as it lies in a file. Strict: an unknown member is refused, for it would not be carried out. */
export const planSchema: z.ZodType<Plan> = z.strictObject({
  kind: z.literal('plan'),
  hash: z.custom<PlanHash>(isHash, 'is not a hash'),
  ranch: text,
  purpose: z.enum(['rollout', 'rollback']),
  createdAt: z.number(),
  target: version,
  options,
  waves: z.array(wave).max(MAX_HOSTS),
  excluded: z
    .array(
      z.strictObject({
        host: hostName,
        state: z.enum(DRIFT_STATES),
        reason: z.string(),
        blocked: z.literal(true).exactOptional(),
      }),
    )
    .max(MAX_HOSTS),
  zones: z
    .array(z.strictObject({ zone: name, size: count, quorum: share, maxDown: z.int().min(1), budget: count }))
    .max(MAX_HOSTS),
  budget: count,
  acknowledgements: z.array(z.strictObject({ id: name, text })).max(MAX_HOSTS),
});
