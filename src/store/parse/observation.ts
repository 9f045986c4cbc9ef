import { z } from 'zod';
import { asSha256, type Sha256 } from '../../domain/brand.ts';
import type {
  Arming,
  Binary,
  BinaryIdentity,
  DataDir,
  LeaseRecord,
  Observation,
  PhextFile,
  Platform,
  RanchFolder,
  ReachedObservation,
  Server,
  StoppedService,
  UnreachableObservation,
} from '../../domain/observation.ts';
import { UNREADABLE } from '../../domain/observation.ts';
import { hostName, moment, type Shape, sha256, version } from './brands.ts';
import { supervisorSchema } from './supervisor.ts';
import { troubleSchema } from './trouble.ts';

const strings = z.array(z.string());

const platform = z.object({
  os: z.string(),
  arch: z.string(),
  libc: z.enum(['gnu', 'musl', 'unknown']),
  wsl: z.boolean(),
  key: z.string(),
  release: z.string(),
} satisfies Shape<Platform>);

const identity = z.object({
  // empty for a program that could not be read
  sha256: z.custom<Sha256>(
    (value) => value === UNREADABLE.sha256 || (typeof value === 'string' && asSha256(value) !== undefined),
    'not a sha256',
  ),
  version: version.exactOptional(),
} satisfies Shape<BinaryIdentity>);

const server = z.object({
  pid: z.int(),
  startTicks: z.number(),
  binary: z.string(),
  running: identity,
  replaced: z.boolean(),
  args: strings,
  hasKey: z.boolean(),
  cwd: z.string(),
  uid: z.number(),
  user: z.string(),
  port: z.int().exactOptional(),
  dataDir: z.string(),
  supervisor: supervisorSchema,
  uptimeSeconds: z.number(),
  rssBytes: z.number(),
  threads: z.number(),
  openFiles: z.number(),
  state: z.string(),
} satisfies Shape<Server>);

const binary = z.object({
  path: z.string(),
  realPath: z.string(),
  identity,
  bytes: z.number(),
  mode: z.string(),
  owner: z.string(),
  writable: z.boolean(),
  freeBytes: z.number(),
} satisfies Shape<Binary>);

const phextFile = z.object({
  name: z.string(),
  bytes: z.number(),
  mtime: z.number(),
} satisfies Shape<PhextFile>);

const dataDir = z.object({
  path: z.string(),
  writable: z.boolean(),
  freeBytes: z.number(),
  phexts: z.array(phextFile),
} satisfies Shape<DataDir>);

const stopped = z.object({
  supervisor: supervisorSchema,
  binary: z.string(),
  args: strings,
  port: z.int().exactOptional(),
  dataDir: z.string(),
} satisfies Shape<StoppedService>);

const lease = z.object({
  holder: z.string(),
  token: z.number(),
  remainingSeconds: z.number(),
  switching: z.boolean(),
} satisfies Shape<LeaseRecord>);

const arming = z.object({ to: sha256, from: sha256.exactOptional() } satisfies Shape<Arming>);

const ranchFolder = z.object({
  binDir: z.string(),
  releases: z.array(sha256),
  confirmed: sha256.exactOptional(),
  previous: sha256.exactOptional(),
  lease: lease.exactOptional(),
  armed: z.boolean(),
  arming: arming.exactOptional(),
  leftovers: z.number(),
} satisfies Shape<RanchFolder>);

/** A host that was reached. */
export const reachedSchema = z.object({
  kind: z.literal('reached'),
  host: hostName,
  at: moment,
  tookMs: z.number(),
  platform,
  bootId: z.string(),
  uptimeSeconds: z.number(),
  clockSkewMs: z.number(),
  user: z.string(),
  uid: z.number(),
  home: z.string(),
  unsupported: z.string().exactOptional(),
  systemd: z.boolean(),
  servers: z.array(server),
  binaries: z.array(binary),
  dataDirs: z.array(dataDir),
  stopped: z.array(stopped),
  ranch: z.array(ranchFolder),
} satisfies Shape<ReachedObservation>);

const unreachable = z.object({
  kind: z.literal('unreachable'),
  host: hostName,
  at: moment,
  tookMs: z.number(),
  trouble: troubleSchema,
} satisfies Shape<UnreachableObservation>);

/** What one host looked like, as it was stored. */
export const observationSchema: z.ZodType<Observation> = z.discriminatedUnion('kind', [
  reachedSchema,
  unreachable,
]);
