import type { Target } from '../domain/artifact.ts';
import type { HostName, Sha256 } from '../domain/brand.ts';
import type { Observation, ReachedObservation } from '../domain/observation.ts';
import type { Plan } from '../domain/plan.ts';
import type { HostSpec } from '../domain/ranch.ts';
import { artifactFor } from './artifact-for.ts';
import { assemble } from './assemble.ts';
import { left, whyNotWritable } from './draft-rollout.ts';
import { draftWhole } from './draft-whole.ts';
import { type BinaryGroup, groupByBinary } from './groups.ts';
import { type HostDraft, joinDrafts, leave, NOTHING } from './host-draft.ts';
import { type Aim, judgeBinary, type KnownReleases } from './judge.ts';
import type { PlanInput } from './plan.ts';
import { adoptRunning } from './planned-instance.ts';
import { sharedBinary } from './shared-binary.ts';
import { folderOf, fromOf, makeUnit } from './unit.ts';

/**
 * What takes back a rollout: each unit that is on `target` (the release that is rolled back) goes to the previous
 * release that its host recorded and still keeps. There is no canary wave: what is gone back to has run there before.
 * Hosts that are not on `target` or have no previous release are left out. Throws `inventory-invalid`, `internal`.
 */
export function planRollback(input: PlanInput): Plan {
  const { ranch, hosts, observations, target, now } = input;
  const known: KnownReleases = input.releasesKnown ?? new Map();
  const drafts = new Map<HostName, HostDraft>(
    hosts.map((host) => {
      const observation = observations.get(host.name);
      const whole = draftWhole(host, observation, input);
      return [host.name, whole ?? draftHost(host, observation, target, known)];
    }),
  );
  const options = { ...input.options, canary: { kind: 'count', count: 0 } as const };
  return assemble({ purpose: 'rollback', ranch, observations, drafts, target: target.version, options, now });
}

function draftHost(
  host: HostSpec,
  observation: Observation | undefined,
  target: Target,
  known: KnownReleases,
): HostDraft {
  if (observation?.kind !== 'reached') return NOTHING;
  const aim = { version: target.version, artifact: artifactFor(target, observation.platform.key) };
  const groups = groupByBinary(host, observation, aim, known);
  return joinDrafts(groups.map((group) => draftGroup(host, group, observation, aim, known)));
}

function draftGroup(
  host: HostSpec,
  group: BinaryGroup,
  observation: ReachedObservation,
  aim: Aim,
  known: KnownReleases,
): HostDraft {
  const idle = [...group.stopped, ...group.missing, ...group.unmanaged].map(left);
  const rest = { ...NOTHING, left: idle };
  const { binary } = group;
  if (group.running.length === 0 || binary === undefined) return rest;
  const stays = whyNotBack(group, observation, aim, known);
  if (stays !== undefined) {
    const alone = group.running.map(({ drift }) => leave(drift.state, `port ${drift.port ?? '?'}: ${stays}`));
    return joinDrafts([...alone, rest]);
  }
  const to = previousOf(binary, observation);
  if (to === undefined) return rest;
  const version = known.get(to);
  const unit = makeUnit(
    {
      binary,
      action: 'rollback',
      from: fromOf(group, to, observation),
      to: { sha256: to, ...(version === undefined ? {} : { version }), platform: observation.platform.key },
      bytes: 0,
      instances: group.running.flatMap(({ seen }) => adoptRunning(seen, observation) ?? []),
    },
    observation,
    known,
  );
  return joinDrafts([{ ...NOTHING, units: [unit], acknowledgements: sharedBinary(host.name, group) }, rest]);
}

function previousOf(binary: string, observation: ReachedObservation): Sha256 | undefined {
  return observation.ranch.find((folder) => folder.binDir === folderOf(binary))?.previous;
}

/** Why a binary cannot go back; undefined where it can. */
function whyNotBack(
  group: BinaryGroup,
  observation: ReachedObservation,
  aim: Aim,
  known: KnownReleases,
): string | undefined {
  const identities = group.running.map(({ seen }) => seen.server.running);
  const all = group.disk === undefined ? identities : [...identities, group.disk.identity];
  const onTarget = all.some((identity) => judgeBinary(identity, aim, known).state === 'in-sync');
  if (!onTarget) return `does not run ${aim.version}, so there is nothing to take back`;
  const fixed = group.running.find(
    ({ seen }) => seen.port === undefined || seen.server.supervisor.kind === 'unsupported',
  );
  if (fixed !== undefined)
    return `is left alone with another server of ${group.binary}: ${fixed.drift.reason}`;
  const folder = observation.ranch.find((each) => each.binDir === folderOf(group.binary ?? ''));
  if (folder?.previous === undefined) return 'no previous release is recorded on the host';
  if (!folder.releases.includes(folder.previous)) return 'its previous release is no longer kept on the host';
  if (all.every((identity) => identity.sha256 === folder.previous))
    return 'runs its previous release already';
  return whyNotWritable(group, observation);
}
