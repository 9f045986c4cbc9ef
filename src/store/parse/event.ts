import { z } from 'zod';
import { type Facts, type Outcome, type RolloutEvent, STEPS, type Step } from '../../domain/rollout.ts';
import { hostName, moment, planHash, rolloutId, type Shape } from './brands.ts';
import { troubleSchema } from './trouble.ts';

/** A step's name. */
export const stepSchema: z.ZodType<Step> = z.enum([...STEPS, 'revert']);

/** How a host ended. */
export const outcomeSchema: z.ZodType<Outcome> = z.enum([
  'changed',
  'unchanged',
  'reverted',
  'failed',
  'unreachable',
  'inconclusive',
  'skipped',
]);

/** How a rollout ended. */
export const rolloutOutcomeSchema = z.enum(['completed', 'partial', 'failed', 'reverted', 'aborted']);

const facts: z.ZodType<Facts> = z.record(
  z.string(),
  z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]),
);

type OfType<T extends RolloutEvent['type']> = Shape<Extract<RolloutEvent, { readonly type: T }>>;

const base = { rollout: rolloutId, at: moment };
const onUnit = { ...base, host: hostName, unit: z.string() };
const onStep = { ...onUnit, step: stepSchema, attempt: z.int() };
const reason = z.string();
const wave = z.string();
const by = z.string();

/** One event of the journal. The store parses it before it writes it and again when it reads it. */
export const eventSchema: z.ZodType<RolloutEvent> = z.discriminatedUnion('type', [
  z.object({
    ...base,
    type: z.literal('rollout-started'),
    plan: planHash,
    by,
  } satisfies OfType<'rollout-started'>),
  z.object({ ...base, type: z.literal('rollout-resumed'), by } satisfies OfType<'rollout-resumed'>),
  z.object({ ...base, type: z.literal('wave-started'), wave } satisfies OfType<'wave-started'>),
  z.object({
    ...base,
    type: z.literal('gate-answered'),
    wave,
    answer: z.enum(['pass', 'fail', 'inconclusive']),
    reason,
  } satisfies OfType<'gate-answered'>),
  z.object({ ...base, type: z.literal('wave-ended'), wave } satisfies OfType<'wave-ended'>),
  z.object({ ...onStep, type: z.literal('step-intended') } satisfies OfType<'step-intended'>),
  z.object({ ...onStep, type: z.literal('step-done'), facts } satisfies OfType<'step-done'>),
  z.object({
    ...onStep,
    type: z.literal('step-failed'),
    trouble: troubleSchema,
  } satisfies OfType<'step-failed'>),
  z.object({
    ...onUnit,
    type: z.literal('unit-ended'),
    outcome: outcomeSchema,
    trouble: troubleSchema.exactOptional(),
  } satisfies OfType<'unit-ended'>),
  z.object({ ...base, type: z.literal('rollout-paused'), reason } satisfies OfType<'rollout-paused'>),
  z.object({ ...base, type: z.literal('rollout-aborted'), reason } satisfies OfType<'rollout-aborted'>),
  z.object({
    ...base,
    type: z.literal('rollout-ended'),
    outcome: rolloutOutcomeSchema,
  } satisfies OfType<'rollout-ended'>),
]);
