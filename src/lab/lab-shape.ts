import * as z from 'zod';
import type { CannedAnswer, LabHostSpec, LabInstanceSpec } from './lab-spec.ts';

const canned: z.ZodType<CannedAnswer> = z.strictObject({
  stdout: z.string(),
  exitCode: z.int().min(0).max(255),
  pattern: z.string().exactOptional(),
});

const instance: z.ZodType<LabInstanceSpec> = z.strictObject({
  port: z.int().min(1).max(65_535).exactOptional(),
  phext: z.string().regex(/^[\w.-]{1,100}$/),
  data: z.union([
    z.strictObject({ kind: z.literal('folder'), name: z.string().regex(/^[\w-]{1,100}$/) }),
    z.strictObject({ kind: z.literal('cwd'), name: z.string().regex(/^[\w-]{1,100}$/) }),
  ]),
  bytes: z.int().min(0),
  key: z.boolean().exactOptional(),
  started: z.boolean().exactOptional(),
});

const host: z.ZodType<LabHostSpec> = z.strictObject({
  // A name is a folder too, so it holds no slash and does not begin with a dot.
  name: z.string().regex(/^\w[\w.-]{0,100}$/),
  sentinel: z.string().exactOptional(),
  tags: z.array(z.string()).exactOptional(),
  zone: z.string().exactOptional(),
  after: z.array(z.string()).exactOptional(),
  expect: z.enum(['present', 'absent']).exactOptional(),
  jump: z.string().exactOptional(),
  forwarding: z.boolean().exactOptional(),
  logout: z.enum(['pipes', 'hang-up']).exactOptional(),
  version: z.string().exactOptional(),
  otherBinary: z.boolean().exactOptional(),
  libphext: z.string().exactOptional(),
  env: z.record(z.string(), z.string()).exactOptional(),
  binary: z
    .string()
    .regex(/^(?!.*\.\.)\w[\w./-]*$/)
    .exactOptional(),
  instances: z.array(instance),
  canned: canned.exactOptional(),
});

/** What `lab-host` is told on its standard input. */
export const labHostRequest = z.strictObject({
  dir: z.string().min(1),
  hosts: z.array(host).min(1),
  target: z.string().exactOptional(),
  standIn: z.string().exactOptional(),
  real: z.record(z.string(), z.string()).exactOptional(),
});

/** A checked request. */
export type LabHostRequest = z.output<typeof labHostRequest>;
