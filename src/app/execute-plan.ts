import { userInfo } from 'node:os';
import type { HostName, RolloutId } from '../domain/brand.ts';
import type { Plan } from '../domain/plan.ts';
import type { HostSpec } from '../domain/ranch.ts';
import type { RolloutDetail } from '../domain/records.ts';
import type { RolloutEvent } from '../domain/rollout.ts';
import type { UploadProgress } from '../domain/upload-progress.ts';
import { type Execution, record } from '../execute/execution.ts';
import { type RolloutEnd, runRollout } from '../execute/run-rollout.ts';
import { UnitStates } from '../execute/unit-states.ts';
import { hostAccess } from '../host/access.ts';
import type { Store } from '../store/open.ts';
import { newRolloutId } from '../store/rollout-id.ts';
import { ArtifactStore } from './artifacts/artifact-store.ts';
import { clearWord, makeControl } from './control.ts';
import { knownVersions } from './known-versions.ts';
import { lookAfter } from './look-after.ts';
import { shasOf } from './make-plan.ts';
import type { Workspace } from './workspace.ts';

/** What the door gives: the user's wishes, and whoever looks on. */
export interface Watching {
  /** Aborted when everything is to stop at once. */
  readonly stop: AbortSignal;
  readonly pauseAsked: () => boolean;
  readonly onEvent: (event: RolloutEvent | UploadProgress) => void;
}

export interface Executed {
  readonly end: RolloutEnd;
  readonly detail: RolloutDetail;
}

/** So many of the newest: a lease lasts a quarter of an hour, in which hardly more rollouts end. */
const ENDED_ROLLOUTS = 8;

function endedRollouts(store: Store): readonly RolloutId[] {
  return store
    .listRollouts(ENDED_ROLLOUTS)
    .filter(({ endedAt }) => endedAt !== undefined)
    .map(({ id }) => id);
}

function whoami(): string {
  return `${userInfo().username} (pid ${process.pid})`;
}

async function executionOf(
  workspace: Workspace,
  rollout: RolloutId,
  plan: Plan,
  watching: Watching,
): Promise<Execution> {
  const { clock, random, stateDir, ranch } = workspace;
  const store = await workspace.store();
  const known = await knownVersions(workspace);
  return {
    rollout,
    plan,
    ended: endedRollouts(store),
    hosts: new Map(ranch.hosts.map((spec): [HostName, HostSpec] => [spec.name, spec])),
    access: hostAccess(await workspace.transport(), clock, known),
    journal: store,
    states: new UnitStates(store.events(rollout)),
    clock,
    random,
    artifacts: new ArtifactStore(stateDir),
    control: makeControl(stateDir, rollout, watching),
    watch: watching.onEvent,
  };
}

/** Hosts that this execution dealt with and that can be reached: of the others there is nothing newer to see. */
function dealtWith(events: readonly RolloutEvent[]): ReadonlySet<HostName> {
  const hosts = new Set<HostName>();
  for (const event of events) {
    if (event.type === 'step-intended') hosts.add(event.host);
    if (event.type === 'unit-ended' && event.outcome === 'unreachable') hosts.delete(event.host);
  }
  return hosts;
}

async function execute(workspace: Workspace, execution: Execution): Promise<Executed> {
  const events: RolloutEvent[] = [];
  const { watch, plan, rollout, control } = execution;
  const end = await runRollout({
    ...execution,
    watch: (event) => {
      if (event.type !== 'upload-progress') events.push(event);
      watch(event);
    },
  });
  clearWord(workspace.stateDir, rollout);
  await lookAfter(workspace, dealtWith(events), plan.target, control.signal);
  return { end, detail: (await workspace.store()).showRollout(rollout) };
}

/**
 * Carries out a plan as a new rollout. Every binary it will need is checked before any host is touched. Throws
 * `artifact-missing`, `artifact-invalid`, `state-locked`.
 */
export async function startRollout(workspace: Workspace, plan: Plan, watching: Watching): Promise<Executed> {
  const store = await workspace.store();
  return store.withExclusive({ command: `ranch ${plan.purpose} ${plan.target}` }, async () => {
    const binaries = new ArtifactStore(workspace.stateDir);
    if (plan.purpose === 'rollout') for (const sha of shasOf(plan)) await binaries.bytes(sha);
    const rollout = newRolloutId(workspace.clock.now(), workspace.random);
    const execution = await executionOf(workspace, rollout, plan, watching);
    store.savePlan(plan);
    record(execution, {
      type: 'rollout-started',
      rollout,
      at: workspace.clock.now(),
      plan: plan.hash,
      by: whoami(),
    });
    return execute(workspace, execution);
  });
}

/** Goes on with a rollout that is paused or whose controller died. Throws `state-locked`, `no-such-rollout`. */
export async function resumeRollout(
  workspace: Workspace,
  rollout: RolloutId,
  watching: Watching,
): Promise<Executed> {
  const store = await workspace.store();
  return store.withExclusive({ command: `ranch resume ${rollout}` }, async () => {
    const { plan } = store.showRollout(rollout);
    clearWord(workspace.stateDir, rollout);
    const execution = await executionOf(workspace, rollout, plan, watching);
    record(execution, { type: 'rollout-resumed', rollout, at: workspace.clock.now(), by: whoami() });
    return execute(workspace, execution);
  });
}

/** Ends a rollout that nobody carries out: what was not begun is skipped. Throws `state-locked`. */
export async function abortRollout(
  workspace: Workspace,
  rollout: RolloutId,
  watching: Watching,
): Promise<Executed> {
  // An abort of a paused rollout first brings every host that was begun to an end, and starts no other.
  const asked: Watching = { ...watching, pauseAsked: () => false };
  const store = await workspace.store();
  return store.withExclusive({ command: `ranch abort ${rollout}` }, async () => {
    const { plan } = store.showRollout(rollout);
    const execution = await executionOf(workspace, rollout, plan, asked);
    record(execution, { type: 'rollout-resumed', rollout, at: workspace.clock.now(), by: whoami() });
    return execute(workspace, { ...execution, control: { ...execution.control, wants: () => 'abort' } });
  });
}
