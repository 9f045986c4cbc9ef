import type { PlatformKey, Target } from '../domain/artifact.ts';
import type { HostName } from '../domain/brand.ts';
import { RanchError } from '../domain/errors.ts';
import type { Observation } from '../domain/observation.ts';
import type { Plan, PlanOptions } from '../domain/plan.ts';
import type { HostSpec, Ranch } from '../domain/ranch.ts';
import { artifactFor } from './artifact-for.ts';
import { assemble } from './assemble.ts';
import { draftRollout } from './draft-rollout.ts';
import { draftWhole } from './draft-whole.ts';
import { type HostDraft, NOTHING } from './host-draft.ts';
import type { KnownReleases } from './judge.ts';

/** What a plan is made from. */
export interface PlanInput {
  readonly ranch: Ranch;
  /** The hosts that were selected. Hosts that the ranch does not have are left out. */
  readonly hosts: readonly HostSpec[];
  /** The latest look at each host; of hosts that are not selected too, as far as there is one (they bear on quorums). */
  readonly observations: ReadonlyMap<HostName, Observation>;
  readonly target: Target;
  readonly options: PlanOptions;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Versions of binaries that do not say theirs. */
  readonly releasesKnown?: KnownReleases;
  /** Hosts that the user wants left alone, and why: `is on hold until 2026-12-01T18:00:00.000Z`. */
  readonly held?: ReadonlyMap<HostName, string>;
}

/**
 * Decides all of a rollout: pure, and linted before it is handed out. A plan without waves means that there is nothing
 * to do; `excluded` says why. Throws `artifact-missing` (naming every platform without an artifact),
 * `inventory-invalid` (a circle of `after`), `internal` (a defect of the planner's).
 */
export function planRollout(input: PlanInput): Plan {
  const { ranch, hosts, observations, target, options, now } = input;
  const known: KnownReleases = input.releasesKnown ?? new Map();
  const lacking = new Map<PlatformKey, HostName[]>();
  const drafts = new Map<HostName, HostDraft>();
  for (const host of hosts) {
    const whole = draftWhole(host, observations.get(host.name), input);
    const draft = whole ?? draftHost(host, observations.get(host.name), target, options, known);
    drafts.set(host.name, draft);
    if (draft.lacks !== undefined) lacking.set(draft.lacks, [...(lacking.get(draft.lacks) ?? []), host.name]);
  }
  if (lacking.size > 0) throw artifactMissing(target, lacking);
  return assemble({ purpose: 'rollout', ranch, observations, drafts, target: target.version, options, now });
}

function draftHost(
  host: HostSpec,
  observation: Observation | undefined,
  target: Target,
  options: PlanOptions,
  known: KnownReleases,
): HostDraft {
  if (observation?.kind !== 'reached') return NOTHING;
  const artifact = artifactFor(target, observation.platform.key);
  const { version } = target;
  return draftRollout({ host, observation, version, artifact, include: options.include, known });
}

function artifactMissing(target: Target, lacking: ReadonlyMap<PlatformKey, readonly HostName[]>): RanchError {
  const { version } = target;
  const platforms = [...lacking].map(([platform, hosts]) => `${platform} (${few(hosts)})`).join(', ');
  const [platform, hosts] = [...lacking][0] ?? ['', []];
  return new RanchError({
    code: 'artifact-missing',
    place: `SQ ${version}`,
    message: `no artifact is registered for ${platforms}`,
    remedy: `Register one with \`ranch artifact add FILE --version ${version} --platform ${platform}\`, or build one with \`ranch artifact build ${version}\` here or, for another platform, \`ranch artifact build ${version} --on ${hosts[0] ?? 'HOST'}\`.`,
  });
}

function few(hosts: readonly HostName[]): string {
  return hosts.slice(0, 3).join(', ') + (hosts.length > 3 ? ` and ${hosts.length - 3} more` : '');
}
