import type { Artifact } from '../domain/artifact.ts';
import type { Version } from '../domain/brand.ts';
import type { DriftState } from '../domain/drift.ts';
import type { ReachedObservation } from '../domain/observation.ts';
import type { PlannedInstance, UnitAction } from '../domain/plan.ts';
import type { HostSpec } from '../domain/ranch.ts';
import { type BinaryGroup, groupByBinary, type Judged } from './groups.ts';
import { type HostDraft, joinDrafts, type Left, leave, NOTHING } from './host-draft.ts';
import { judgeBinary, type KnownReleases } from './judge.ts';
import { adoptMissing, adoptRunning, adoptStopped } from './planned-instance.ts';
import type { SeenInstance } from './seen.ts';
import { sharedBinary } from './shared-binary.ts';
import { folderOf, fromOf, makeUnit } from './unit.ts';

/** What the decisions on one host rest on. */
export interface DraftContext {
  readonly host: HostSpec;
  readonly observation: ReachedObservation;
  readonly version: Version;
  /** Undefined: none is registered for this host's platform. */
  readonly artifact: Artifact | undefined;
  readonly include: readonly DriftState[];
  readonly known: KnownReleases;
}

/** Decides on every binary of one reached, supported host: a unit, or left alone and why. */
export function draftRollout(context: DraftContext): HostDraft {
  const { host, observation, known } = context;
  const groups = groupByBinary(host, observation, context, known);
  return joinDrafts(groups.map((group) => draftGroup(group, context)));
}

function draftGroup(group: BinaryGroup, context: DraftContext): HostDraft {
  const draft = group.running.length > 0 ? draftRunning(group, context) : draftDown(group, context);
  const switched = draft.units.some((unit) => unit.to.sha256 !== group.disk?.identity.sha256);
  const unmanaged = { ...NOTHING, left: group.unmanaged.map(left) };
  return joinDrafts([
    draft,
    { ...NOTHING, acknowledgements: switched ? sharedBinary(context.host.name, group) : [] },
    unmanaged,
  ]);
}

/** The clause of one instance that is left alone, with its port. */
export function left({ drift }: Judged<SeenInstance>): Left {
  const text = drift.state === 'in-sync' ? `already ${drift.reason}` : drift.reason;
  return { state: drift.state, text: withPort(drift.port, text) };
}

function withPort(port: number | undefined, text: string): string {
  return port === undefined ? text : `port ${port}: ${text}`;
}

function needsAction(state: DriftState, include: readonly DriftState[]): boolean {
  return (
    state === 'behind' ||
    state === 'other-binary' ||
    state === 'restart-needed' ||
    (state === 'ahead' && include.includes('ahead'))
  );
}

function draftRunning(group: BinaryGroup, context: DraftContext): HostDraft {
  const needy = group.running.filter(({ drift }) => needsAction(drift.state, context.include));
  const blockers = group.running.filter(
    ({ seen, drift }) =>
      seen.server.supervisor.kind === 'unsupported' ||
      (drift.state !== 'in-sync' && !needsAction(drift.state, context.include)),
  );
  const later = 'its binary belongs to servers that run: plan again when they are done';
  const missing = group.missing.map(
    (each): Left => ({ state: 'not-installed', text: `${left(each).text}; ${later}` }),
  );
  const rest = { ...NOTHING, left: missing };
  if (needy.length > 0 && blockers.length === 0) return joinDrafts([upgrade(group, needy, context), rest]);
  const why = `it is left alone with the other servers of ${group.binary}: one binary is switched as one`;
  const needyLeft = needy.map(
    (each): Left => ({ state: each.drift.state, text: `${left(each).text}; ${why}`, blocked: true }),
  );
  const alone = group.running.filter((each) => !needy.includes(each)).map(leftAlone);
  const mayStart = group.disk !== undefined && group.disk.identity.sha256 === context.artifact?.sha256;
  const stopped = mayStart
    ? draftDown({ ...group, missing: [] }, context)
    : { ...NOTHING, left: group.stopped.map(leftAlone) };
  return joinDrafts([{ ...NOTHING, left: [...needyLeft, ...alone] }, stopped, rest]);
}

/**
 * `ahead` and `stopped` are left alone unless the user says otherwise: the words tell how to say so. What runs and cannot
 * be judged, or not be restarted, is no success of a rollout.
 */
function leftAlone(judged: Judged<SeenInstance>): Left {
  const { state } = judged.drift;
  const how =
    state === 'ahead' || state === 'stopped' ? `; left alone unless \`--include ${state}\` takes it in` : '';
  const blocked = state === 'unknown' || state === 'unsupported';
  return { state, text: `${left(judged).text}${how}`, ...(blocked ? { blocked } : {}) };
}

function upgrade(
  group: BinaryGroup,
  needy: readonly Judged<SeenInstance>[],
  context: DraftContext,
): HostDraft {
  const { observation } = context;
  const denied = whyNotWritable(group, observation);
  if (denied !== undefined) {
    return {
      ...NOTHING,
      left: needy.map((each) => ({
        state: each.drift.state,
        text: `${left(each).text}, but ${denied}`,
        blocked: true,
      })),
    };
  }
  const adopted = group.running.flatMap(({ seen }) => adoptRunning(seen, observation) ?? []);
  const started = startable(group, context);
  const instances = [...adopted, ...started.instances];
  const restart = needy.every(({ drift }) => drift.state === 'restart-needed');
  const along = group.running
    .filter(({ drift }) => drift.state === 'in-sync')
    .map((each) => `${left(each).text} and is restarted with the others: one binary is one unit`);
  const notes = [...needy.filter(isWorthTelling).map((each) => left(each).text), ...along, ...started.notes];
  return {
    ...unitDraft(group, restart ? 'restart' : 'upgrade', instances, context),
    notes,
    left: started.left,
  };
}

/** A unit is told by its versions; a frozen server or another file on disk needs words. */
function isWorthTelling({ seen, drift }: Judged<SeenInstance>): boolean {
  if (seen.kind !== 'running') return false;
  const other = seen.disk !== undefined && seen.disk.identity.sha256 !== drift.runningSha;
  return other || seen.server.state === 'T' || (seen.disk === undefined && seen.server.replaced);
}

function unitDraft(
  group: BinaryGroup,
  action: UnitAction,
  instances: readonly PlannedInstance[],
  context: DraftContext,
): HostDraft {
  const { observation, known, artifact } = context;
  if (artifact === undefined) return { ...NOTHING, lacks: observation.platform.key };
  const { binary } = group;
  if (binary === undefined) return NOTHING;
  const { sha256, version, platform, bytes } = artifact;
  const from = fromOf(group, sha256, observation);
  const parts = {
    binary,
    action: from === undefined ? 'install' : action,
    from,
    to: { sha256, version, platform },
    bytes,
    instances,
  };
  return { ...NOTHING, units: [makeUnit(parts, observation, known)] };
}

/** Whom nothing but the file system itself keeps from writing. */
const ROOT_UID = 0;

/** Why the binary cannot be replaced by whoever ranch is on the host; undefined where it can, as far as is known. */
export function whyNotWritable({ disk }: BinaryGroup, observation: ReachedObservation): string | undefined {
  if (disk === undefined || disk.writable) return undefined;
  const what = `${folderOf(disk.realPath)} is not writable for ${observation.user}`;
  if (observation.uid !== ROOT_UID) return `${what}: give the host \`become: sudo\``;
  return `${what}: is its file system mounted read-only? Make it writable, or keep the binary elsewhere`;
}

interface Startable {
  readonly instances: readonly PlannedInstance[];
  readonly left: readonly Left[];
  readonly notes: readonly string[];
}

/** The stopped servers of a binary that this plan starts, and those that it leaves. */
function startable(group: BinaryGroup, context: DraftContext): Startable {
  const instances: PlannedInstance[] = [];
  const alone: Left[] = [];
  for (const each of group.stopped) {
    const adopted = context.include.includes('stopped')
      ? adoptStopped(each.seen, context.observation)
      : undefined;
    if (adopted === undefined) alone.push(leftAlone(each));
    else if (typeof adopted === 'string')
      alone.push({ state: 'stopped', text: `${left(each).text}; ${adopted}` });
    else instances.push(adopted);
  }
  const notes = instances.map(
    ({ port }) => `port ${port}: does not run and is started, as the plan was told`,
  );
  return { instances, left: alone, notes };
}

/** Where nothing of a binary runs: stopped servers are started where the plan is told to, missing ones installed. */
function draftDown(group: BinaryGroup, context: DraftContext): HostDraft {
  const started = startable(group, context);
  const installed = installable(group, context);
  const alone = { ...NOTHING, left: [...started.left, ...installed.left] };
  const instances = [...started.instances, ...installed.instances];
  if (instances.length === 0) return alone;
  const barred = whyNotStarted(group, context);
  if (barred !== undefined) return joinDrafts([alone, leave(barred.state, barred.text)]);
  const draft = unitDraft(group, group.disk === undefined ? 'install' : 'start', instances, context);
  return joinDrafts([alone, { ...draft, notes: [...started.notes, ...installed.notes] }]);
}

/** A start may not take a binary back that is newer than the target, nor replace what it cannot. */
function whyNotStarted(group: BinaryGroup, context: DraftContext): Left | undefined {
  const denied = whyNotWritable(group, context.observation);
  if (denied !== undefined) return { state: 'stopped', text: `cannot be started: ${denied}` };
  if (group.disk === undefined || context.include.includes('ahead')) return undefined;
  const onDisk = judgeBinary(group.disk.identity, context, context.known);
  if (onDisk.state !== 'ahead') return undefined;
  return { state: 'ahead', text: `does not run, and the file at ${group.disk.path} is ${onDisk.text}` };
}

function installable(group: BinaryGroup, context: DraftContext): Startable {
  const instances: PlannedInstance[] = [];
  const alone: Left[] = [];
  for (const each of group.missing) {
    const adopted = adoptMissing(each.seen, context.observation);
    if (typeof adopted === 'string')
      alone.push({ state: 'not-installed', text: `${left(each).text}; ${adopted}` });
    else instances.push(adopted);
  }
  const { user } = context.observation;
  const notes = instances.map(
    ({ port }) => `port ${port}: first install, started as a bare process of ${user}, which a reboot ends`,
  );
  return { instances, left: alone, notes };
}
