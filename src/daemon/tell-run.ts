import { type Checked, checkExit } from '../app/checks/check-hosts.ts';
import type { DriftChange } from '../app/drift-changes.ts';
import type { Executed } from '../app/execute-plan.ts';
import { rolloutExit, sweepExit } from '../app/exit-codes.ts';
import type { PlaybookRun } from '../app/run-playbook.ts';
import { DRIFT_STATES, type HostDrift, isDrift } from '../domain/drift.ts';
import { EXIT, type ExitCode } from '../domain/errors.ts';
import type { Plan } from '../domain/plan.ts';
import type { Outcome, RolloutEvent } from '../domain/rollout.ts';
import type { UploadProgress } from '../domain/upload-progress.ts';
import type { Logger } from './log.ts';

/** How many of each, only what there is, in the order of `order`. */
function counts<T extends string>(
  order: readonly T[],
  found: readonly T[],
): Readonly<Record<string, number>> {
  const entries = order.map((one) => [one, found.filter((other) => other === one).length] as const);
  return Object.fromEntries(entries.filter(([, count]) => count > 0));
}

function inWords(found: Readonly<Record<string, number>>): string {
  return Object.entries(found)
    .map(([what, count]) => `${count} ${what}`)
    .join(', ');
}

function tellChange(log: Logger, change: DriftChange): void {
  const { host, from, to, reason } = change;
  const fields = { event: 'drift-changed', ...change };
  if (from === undefined) log.info(fields, `${host}: ${to} at the first look: ${reason}`);
  else if (isDrift(to)) log.warn(fields, `${host}: ${from} -> ${to}: ${reason}`);
  else log.info(fields, `${host}: ${from} -> ${to}: ${reason}`);
}

function tellSweep(
  log: Logger,
  drifts: readonly HostDrift[],
  changes: readonly DriftChange[],
  tookMs: number,
): ExitCode {
  for (const change of changes) tellChange(log, change);
  const drift = counts(
    DRIFT_STATES,
    drifts.map(({ state }) => state),
  );
  const fields = { event: 'run-ended', tookMs, hosts: drifts.length, drift, changes: changes.length };
  log.info(fields, `${drifts.length} hosts: ${inWords(drift)}`);
  return sweepExit(drifts);
}

/** A line for each finding that does not hold, and one for the run. */
function tellChecked(log: Logger, checked: Checked, tookMs: number): ExitCode {
  const bad = checked.findings.filter(({ ok }) => !ok);
  for (const one of bad) {
    const { host, port, check, got, advice } = one;
    const place = port === undefined ? host : `${host}:${port}`;
    log.error({ event: 'check-failed', ...one }, `${place} ${check}: ${got}. ${advice}`);
  }
  const exit = checkExit(checked);
  const fields = { event: 'run-ended', tookMs, findings: checked.findings.length, failed: bad.length };
  log[exit === EXIT.ok ? 'info' : 'error'](fields, `${checked.findings.length} checks, ${bad.length} failed`);
  return exit;
}

const OUTCOMES: readonly Outcome[] = [
  'changed',
  'unchanged',
  'reverted',
  'failed',
  'unreachable',
  'inconclusive',
  'skipped',
];

function tellRollout(log: Logger, executed: Executed, tookMs: number): ExitCode {
  const { end, detail } = executed;
  const { id } = detail.rollout;
  const outcomes = counts(
    OUTCOMES,
    detail.units.flatMap(({ outcome }) => outcome ?? []),
  );
  const { status } = detail.rollout;
  const fields = { event: 'run-ended', tookMs, rollout: id, status, reason: end.reason, outcomes };
  const exit = rolloutExit(executed);
  if (end.kind === 'paused')
    log.warn(fields, `rollout paused: ${end.reason}; go on with: ranch resume ${id}`);
  else if (exit === EXIT.ok) log.info(fields, `rollout ${end.outcome}: ${inWords(outcomes)}`);
  else log.error(fields, `rollout ${end.outcome}: ${inWords(outcomes)}; see: ranch show ${id}`);
  return exit;
}

/** Hosts that need nothing, and hosts that the plan leaves alone though they do: not the same. */
function tellNothing(log: Logger, plan: Plan, tookMs: number): void {
  const left = plan.excluded.filter(({ state }) => isDrift(state));
  const excluded = counts(
    DRIFT_STATES,
    plan.excluded.map(({ state }) => state),
  );
  const fields = { event: 'run-ended', tookMs, outcomes: {}, excluded };
  if (left.length === 0) log.info(fields, 'no host needs anything');
  else log.warn({ ...fields, left }, `nothing can be done by itself: ${inWords(excluded)}`);
}

/** Tells what came of a run: one line for it, one for each host whose drift changed. Gives its exit code. */
export function tellRun(log: Logger, run: PlaybookRun, tookMs: number): ExitCode {
  switch (run.kind) {
    case 'swept':
      return tellSweep(log, run.drifts, run.changes, tookMs);
    case 'checked':
      return tellChecked(log, run.checked, tookMs);
    case 'rolled-out':
      return tellRollout(log, run.executed, tookMs);
    case 'nothing-to-do':
      tellNothing(log, run.plan, tookMs);
      return EXIT.ok;
    case 'needs-person': {
      const { reasons, remedy } = run;
      const fields = { event: 'needs-person', tookMs, reasons, remedy };
      log.warn(fields, `not done without a person: ${reasons.join('; ')}. ${remedy}`);
      return EXIT.paused;
    }
  }
}

/** Steps are many: told under `-v` alone. Everything is in the journal (`ranch show`). */
export function tellEvent(log: Logger, event: RolloutEvent | UploadProgress): void {
  if (event.type === 'upload-progress') return;
  const { type, at: _at, ...rest } = event;
  const detail = type.startsWith('step-') && type !== 'step-failed';
  log[detail ? 'debug' : 'info']({ event: type, ...rest }, type);
}
