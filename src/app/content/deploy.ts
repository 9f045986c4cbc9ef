import pLimit from 'p-limit';
import { finding } from '../../checks/finding.ts';
import type { ContentOutcome } from '../../domain/content.ts';
import {
  ERROR_CODES,
  type ErrorCode,
  EXIT,
  type ExitCode,
  RanchError,
  type Trouble,
  troubleOf,
} from '../../domain/errors.ts';
import type { Finding } from '../../domain/finding.ts';
import type { HostSpec } from '../../domain/ranch.ts';
import { broken, held } from '../../domain/verdict.ts';
import { type MaintainContext, visit } from '../maintain/context.ts';
import { findPlace } from './place.ts';
import type { Coming, ContentOrder, Previewed } from './preview.ts';
import { putContent } from './put.ts';
import { verifyServed } from './verify-served.ts';

/** Hosts whose SQ stands still at once, after the first one was shown to serve the content. */
const PUT_AT_ONCE = 4;

/** How a deploy is watched and stopped. */
export interface DeployWatching {
  readonly onOutcome?: (outcome: ContentOutcome) => void;
  /** True once no further host is to be begun. */
  readonly stopAsked?: () => boolean;
}

function skipped(host: HostSpec['name'], code: ErrorCode, message: string, remedy: string): ContentOutcome {
  return { host, outcome: 'skipped', trouble: { code, place: host, message, remedy } };
}

/** A host that has the content already: it is looked at whether it serves it. */
async function verifySame(
  context: MaintainContext,
  spec: HostSpec,
  { phext, ports }: ContentOrder,
  coming: Coming,
): Promise<ContentOutcome> {
  return await visit(context, spec, async (shell) => {
    const place = await findPlace(context, shell, spec, phext, ports);
    const { port, pid } = place.chosen.instance;
    const now = { port, restored: [], ...(pid === undefined ? {} : { pid }) };
    const verified = await verifyServed(context, shell, spec, place, phext, coming, now);
    return { host: spec.name, port, outcome: 'unchanged', verified, downMs: 0 };
  });
}

function outcomeOf(spec: HostSpec, error: unknown): ContentOutcome {
  if (!(error instanceof RanchError) || error.code === 'internal') throw error;
  const trouble = troubleOf(error, spec.name);
  const lost = ERROR_CODES[error.code] === EXIT.unreachable;
  return { host: spec.name, outcome: lost ? 'unreachable' : 'failed', trouble };
}

async function one(
  context: MaintainContext,
  { spec, preview, coming }: Previewed,
  order: ContentOrder,
): Promise<ContentOutcome | undefined> {
  if (preview.kind === 'absent') return undefined;
  if (preview.kind === 'refused') {
    const { trouble } = preview;
    const lost = ERROR_CODES[trouble.code] === EXIT.unreachable;
    return { host: spec.name, outcome: lost ? 'unreachable' : 'skipped', trouble };
  }
  if (!coming) throw new Error('a preview that can be carried out says what comes');
  try {
    return preview.kind === 'same'
      ? await verifySame(context, spec, order, coming)
      : await putContent(context, spec, order, coming);
  } catch (error) {
    return outcomeOf(spec, error);
  }
}

/** Hosts in the order in which they are begun: canaries first, and those that need no change last. */
function inOrder(previews: readonly Previewed[]): readonly Previewed[] {
  const rank = ({ spec, preview }: Previewed): number =>
    preview.kind !== 'change' ? 2 : spec.tags.includes('canary') ? 0 : 1;
  return [...previews].sort((a, b) => rank(a) - rank(b));
}

/** Begins hosts, and none that would be changed once one was not changed as it should be. */
class Deploying {
  readonly outcomes: ContentOutcome[] = [];
  #failed: string | undefined;
  readonly #carryOut: (previewed: Previewed) => Promise<ContentOutcome | undefined>;
  readonly #watching: DeployWatching;

  constructor(
    carryOut: (previewed: Previewed) => Promise<ContentOutcome | undefined>,
    watching: DeployWatching,
  ) {
    this.#carryOut = carryOut;
    this.#watching = watching;
  }

  #whyNot({ spec, preview }: Previewed): ContentOutcome | undefined {
    if (this.#watching.stopAsked?.()) {
      return skipped(spec.name, 'interrupted', 'was not begun: ranch was told to stop', 'Run it again.');
    }
    if (this.#failed === undefined || preview.kind !== 'change') return undefined;
    const message = `was not begun, for ${this.#failed} does not serve it`;
    return skipped(spec.name, 'verify-failed', message, 'Settle that host, then run it again.');
  }

  async run(previewed: Previewed): Promise<ContentOutcome | undefined> {
    const outcome = this.#whyNot(previewed) ?? (await this.#carryOut(previewed));
    if (!outcome) return undefined;
    // A host that cannot be reached says nothing of the content: it stops nobody.
    const bad =
      !('verified' in outcome) && outcome.outcome !== 'unreachable' && outcome.outcome !== 'skipped';
    if (bad) this.#failed ??= outcome.host;
    this.outcomes.push(outcome);
    this.#watching.onOutcome?.(outcome);
    return outcome;
  }
}

/**
 * Carries out what was shown: one host alone first, and the others, a few at once, once that one serves the content; none
 * that would be changed is begun after one that failed. What became of each host is told, never thrown; hosts that were
 * not begun are told as skipped.
 */
export async function carryOutContent(
  context: MaintainContext,
  previews: readonly Previewed[],
  order: ContentOrder,
  watching: DeployWatching = {},
): Promise<readonly ContentOutcome[]> {
  const deploying = new Deploying((previewed) => one(context, previewed, order), watching);
  const waiting = [...inOrder(previews)];
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const outcome = await deploying.run(next);
    if (outcome && 'verified' in outcome) break;
  }
  const limit = pLimit(PUT_AT_ONCE);
  await Promise.all(waiting.map((each) => limit(() => deploying.run(each))));
  return deploying.outcomes;
}

function exitOf(outcome: ContentOutcome): ExitCode {
  if ('verified' in outcome) return EXIT.ok;
  if (outcome.outcome === 'reverted') return EXIT.rolledBack;
  if (outcome.outcome === 'inconclusive') return EXIT.paused;
  return ERROR_CODES[outcome.trouble.code] || EXIT.failed;
}

/**
 * The exit code of a deploy, never better than it was: what all that went wrong have in common, else 1. Hosts that were
 * not begun for another's sake do not count.
 */
export function contentExit(outcomes: readonly ContentOutcome[]): ExitCode {
  const counted = outcomes.filter(
    (each) => !(each.outcome === 'skipped' && each.trouble.code === 'verify-failed'),
  );
  const [bad, ...others] = [...new Set(counted.map(exitOf))].filter((code) => code !== EXIT.ok);
  if (bad === undefined) return EXIT.ok;
  return others.length === 0 ? bad : EXIT.failed;
}

function told(outcome: ContentOutcome): Finding {
  const at = { host: outcome.host, ...(outcome.port === undefined ? {} : { port: outcome.port }) };
  if ('verified' in outcome) {
    const { verified } = outcome;
    const how =
      verified.kind === 'not-asked'
        ? `not verified: ${verified.why}`
        : `${verified.scrolls} scrolls read back`;
    return finding(at, 'content deploy', 'that it serves the content', held(`${outcome.outcome}, ${how}`));
  }
  const { message, remedy }: Trouble = outcome.trouble;
  const got = broken('high', `${outcome.outcome}: ${message}`, remedy);
  return finding(at, 'content deploy', 'that it serves the content', got);
}

/** What became of the hosts, to be recorded. */
export function contentFindings(outcomes: readonly ContentOutcome[]): readonly Finding[] {
  return outcomes.map(told);
}
