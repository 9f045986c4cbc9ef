import type { HostDrift } from '../domain/drift.ts';
import { RanchError } from '../domain/errors.ts';
import type { Plan } from '../domain/plan.ts';
import type {
  Playbook,
  RolloutPlaybook,
  RunnablePlaybook,
  SmokePlaybook,
  SweepPlaybook,
} from '../domain/playbook.ts';
import { selectHosts } from '../inventory/select-hosts.ts';
import type { Checked } from './checks/check-hosts.ts';
import { type DriftChange, driftChanges } from './drift-changes.ts';
import { type Executed, startRollout, type Watching } from './execute-plan.ts';
import { makePlan } from './make-plan.ts';
import { playbookOptions } from './playbook-options.ts';
import { type Swept, sweep } from './sweep.ts';
import { versionOf } from './target.ts';
import type { Workspace } from './workspace.ts';

/** What came of one run of a playbook. */
export type PlaybookRun =
  | {
      readonly kind: 'swept';
      readonly swept: Swept;
      readonly drifts: readonly HostDrift[];
      /** Against what the store knew before. */
      readonly changes: readonly DriftChange[];
    }
  | { readonly kind: 'checked'; readonly checked: Checked }
  | { readonly kind: 'rolled-out'; readonly executed: Executed }
  /** No host needs anything. */
  | { readonly kind: 'nothing-to-do'; readonly plan: Plan }
  /** Nothing was changed: a person has to agree to something, or to settle something, first. */
  | { readonly kind: 'needs-person'; readonly reasons: readonly string[]; readonly remedy: string };

/** How a run is stopped and watched. */
export interface PlaybookWatching extends Watching {
  /** Aborted when a look that still waits for hosts is to be given up; a rollout under way is not. */
  readonly stopLooking: AbortSignal;
}

/** A run that was given up because ranch was told to stop. */
export function interrupted(place: string): RanchError {
  return new RanchError({
    code: 'interrupted',
    place,
    message: 'was given up because ranch was told to stop; nothing of it was recorded',
    remedy: 'It runs again at its next time.',
  });
}

/** The kinds that this version runs; the others are read and checked only. */
export function isRunnable(playbook: Playbook): playbook is RunnablePlaybook {
  return playbook.kind === 'sweep' || playbook.kind === 'rollout' || playbook.kind === 'smoke';
}

async function runSweep(
  workspace: Workspace,
  playbook: SweepPlaybook,
  watching: PlaybookWatching,
): Promise<PlaybookRun> {
  const selected = selectHosts(workspace.ranch, playbook);
  const before = (await workspace.store()).latestDrift();
  const { swept, drifts } = await sweep(workspace, selected, { signal: watching.stopLooking });
  return { kind: 'swept', swept, drifts, changes: driftChanges(before, drifts) };
}

async function runSmoke(
  workspace: Workspace,
  playbook: SmokePlaybook,
  watching: PlaybookWatching,
): Promise<PlaybookRun> {
  const { smokeHosts } = await import('./checks/smoke.ts');
  const selected = selectHosts(workspace.ranch, playbook);
  return {
    kind: 'checked',
    checked: await smokeHosts(workspace, selected, { signal: watching.stopLooking }),
  };
}

/**
 * Plans, and carries out what needs nobody's word. A rollout that is not finished comes first: to plan over hosts
 * that it left half way would be to guess.
 */
async function runRolloutPlaybook(
  workspace: Workspace,
  playbook: RolloutPlaybook,
  watching: PlaybookWatching,
): Promise<PlaybookRun> {
  const store = await workspace.store();
  const [open] = store.unfinishedRollouts();
  if (open) {
    return {
      kind: 'needs-person',
      reasons: [`rollout ${open.id} is ${open.status}`],
      remedy: `Go on with it (ranch resume ${open.id}) or end it (ranch abort ${open.id}).`,
    };
  }
  const options = playbookOptions(playbook);
  const looking = { signal: watching.stopLooking, keep: true };
  const { plan } = await makePlan(workspace, 'rollout', versionOf(playbook.version), options, looking);
  if (plan.waves.length === 0) return { kind: 'nothing-to-do', plan };
  if (plan.acknowledgements.length > 0) {
    return {
      kind: 'needs-person',
      reasons: plan.acknowledgements.map(({ text }) => text),
      remedy: `Read it and agree to it: ranch rollout --playbook ${playbook.file}`,
    };
  }
  if (watching.pauseAsked()) throw interrupted(playbook.name);
  return { kind: 'rolled-out', executed: await startRollout(workspace, plan, watching) };
}

/**
 * Runs a playbook once, with nobody there to ask. Throws the codes of a sweep, of a check, of planning and of a rollout;
 * `interrupted` where a look was given up.
 */
export function runPlaybook(
  workspace: Workspace,
  playbook: RunnablePlaybook,
  watching: PlaybookWatching,
): Promise<PlaybookRun> {
  switch (playbook.kind) {
    case 'sweep':
      return runSweep(workspace, playbook, watching);
    case 'smoke':
      return runSmoke(workspace, playbook, watching);
    case 'rollout':
      return runRolloutPlaybook(workspace, playbook, watching);
  }
}
