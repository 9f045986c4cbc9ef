import { validate } from 'node-cron';
import * as z from 'zod';
import type { PlaybookKind } from '../domain/playbook.ts';
import { coordinate, hostName, label, listOf, oneOf, phext, share, title, version } from './words.ts';

const MAX_NAMES = 256;

/** A day: nobody watches a wave for longer, and a mistyped number must not hold a rollout for weeks. */
const MAX_SECONDS = 86_400;

const CRON = 'five or six fields of cron, like "*/15 * * * *"';
const TIMEZONE = 'an IANA time zone, like America/Chicago';

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

const schedule = z
  .strictObject(
    {
      cron: z
        .string({ error: CRON })
        .max(200, { error: CRON })
        .refine((text) => validate(text), { error: CRON })
        .describe(`When it runs: ${CRON}`),
      timezone: z
        .string({ error: TIMEZONE })
        .max(64, { error: TIMEZONE })
        .refine(isTimeZone, { error: TIMEZONE })
        .describe(`${TIMEZONE}; the machine's own where none is given`)
        .optional(),
    },
    { error: 'when it runs: { cron, timezone }' },
  )
  .describe('When it runs by itself; only by hand where none is given');

const common = {
  name: label.describe('Its name; the name of the file where none is given').optional(),
  schedule: schedule.optional(),
  hosts: listOf(hostName, MAX_NAMES, 'a list of hosts')
    .describe('Hosts it is about; all where none are given')
    .optional(),
  tags: listOf(label, MAX_NAMES, 'a list of tags').describe('Tags that a host must carry one of').optional(),
};

function seconds(most: number, least: number, what: string) {
  const allowed = `a whole number of seconds from ${least} to ${most}`;
  return z
    .int({ error: allowed })
    .min(least, { error: allowed })
    .max(most, { error: allowed })
    .describe(`${what}: ${allowed}`);
}

const PARALLEL = 'a whole number from 1 to 1000';

/** Named as in `PlanOptions`; shares stay texts, as on the command line. */
const options = z
  .strictObject(
    {
      canary: share.describe('Hosts in the first wave').optional(),
      maxParallel: z
        .int({ error: PARALLEL })
        .min(1, { error: PARALLEL })
        .max(1_000, { error: PARALLEL })
        .describe(`Hosts in flight at once: ${PARALLEL}`)
        .optional(),
      budget: share.describe('Hosts that may fail before the rollout stops').optional(),
      bakeSeconds: seconds(MAX_SECONDS, 0, 'How long gates keep watching after a wave').optional(),
      deadmanSeconds: seconds(3_600, 5, 'How long a switched host waits for its confirmation').optional(),
      onFailure: oneOf(['host', 'wave', 'all', 'pause']).describe('What to do when a host fails').optional(),
    },
    { error: 'options of a rollout, like { canary: 1 }' },
  )
  .describe('How the rollout is done');

const sweep = z
  .strictObject({ kind: z.literal('sweep'), ...common })
  .describe('Look at every host and record it');

const rollout = z
  .strictObject({ kind: z.literal('rollout'), version, options: options.optional(), ...common })
  .describe('Bring every host to a version');

const BEGINS = 'the beginning of its text, 1 to 200 characters';
const BYTES = 'a whole number of bytes from 1';

const keyScroll = z
  .strictObject(
    {
      coordinate: coordinate.describe('Where it is'),
      name: title.describe('What people call it').optional(),
      begins: z
        .string({ error: BEGINS })
        .min(1, { error: BEGINS })
        .max(200, { error: BEGINS })
        .describe(BEGINS),
      bytes: z
        .int({ error: BYTES })
        .min(1, { error: BYTES })
        .describe(`Its size: ${BYTES}; left out where it may grow`)
        .optional(),
    },
    { error: 'a scroll, like { coordinate: 1.1.1/1.1.1/1.1.1, begins: Mirrorborn }' },
  )
  .describe('A scroll that tells the edition');

const content = z
  .strictObject({
    kind: z.literal('content'),
    phext: phext.describe('The phext that hosts serve'),
    scrolls: listOf(keyScroll, MAX_NAMES, 'a list of scrolls')
      .describe('Scrolls that it must hold')
      .optional(),
    ...common,
  })
  .describe('What a phext must hold; `ranch content` holds hosts against it');

const smoke = z
  .strictObject({ kind: z.literal('smoke'), ...common })
  .describe('Ask each SQ whether it answers, reads and keeps a write');

/** Kinds whose own fields a later version checks: they are accepted, and ignored until then. */
function reserved<const K extends PlaybookKind>(kind: K) {
  return z.looseObject({ kind: z.literal(kind), ...common });
}

/** One shape for each kind. */
export const playbookShapes = {
  sweep,
  rollout,
  smoke,
  content,
  load: reserved('load'),
  drill: reserved('drill'),
  signoff: reserved('signoff'),
} as const;

export type SweepData = z.output<typeof sweep>;
export type ContentData = z.output<typeof content>;
export type RolloutData = z.output<typeof rollout>;

/** All kinds in one, for editors. */
export const playbookShape = z.discriminatedUnion('kind', [
  playbookShapes.sweep,
  playbookShapes.rollout,
  playbookShapes.smoke,
  playbookShapes.content,
  playbookShapes.load,
  playbookShapes.drill,
  playbookShapes.signoff,
]);

/** JSON Schema (draft 7) of a playbook file. */
export function playbookJsonSchema(): Readonly<Record<string, unknown>> {
  return { ...z.toJSONSchema(playbookShape, { target: 'draft-7', io: 'input' }), title: 'ranch playbook' };
}
