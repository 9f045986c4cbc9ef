import type { DriftState } from '../domain/drift.ts';
import type { Severity } from '../domain/finding.ts';
import type { UnitAction } from '../domain/plan.ts';
import type { Outcome, RolloutStatus } from '../domain/rollout.ts';
import type { Ink, Symbols } from './style.ts';

/** The colour of each drift state. */
export const DRIFT_INK: Readonly<Record<DriftState, Ink>> = {
  unknown: 'blue',
  unreachable: 'red',
  unsupported: 'magenta',
  'other-binary': 'red',
  stopped: 'red',
  'not-installed': 'yellow',
  behind: 'yellow',
  ahead: 'cyan',
  'restart-needed': 'yellow',
  unmanaged: 'cyan',
  absent: 'gray',
  'in-sync': 'green',
};

/** Each outcome has a colour of its own: none may be taken for a better one at a glance. */
export const OUTCOME_INK: Readonly<Record<Outcome, Ink>> = {
  changed: 'green',
  unchanged: 'cyan',
  reverted: 'magenta',
  failed: 'red',
  unreachable: 'yellow',
  inconclusive: 'blue',
  skipped: 'gray',
};

/** How a rollout stands, in colour. */
export const STATUS_INK: Readonly<Record<RolloutStatus, Ink>> = {
  running: 'bold',
  paused: 'blue',
  completed: 'green',
  partial: 'yellow',
  failed: 'red',
  reverted: 'magenta',
  aborted: 'red',
};

/** How bad a finding is, in colour. */
export const SEVERITY_INK: Readonly<Record<Severity, Ink>> = {
  info: 'gray',
  low: 'cyan',
  medium: 'yellow',
  high: 'red',
  critical: 'red',
};

/** What is done to a unit, in colour: the more is new, the more it stands out. */
export const ACTION_INK: Readonly<Record<UnitAction, Ink>> = {
  upgrade: 'yellow',
  restart: 'cyan',
  install: 'green',
  start: 'cyan',
  rollback: 'magenta',
};

/** The mark of an outcome, one column wide. */
export function outcomeSymbol(outcome: Outcome, symbols: Symbols): string {
  switch (outcome) {
    case 'changed':
      return symbols.done;
    case 'unchanged':
      return '=';
    case 'reverted':
      return symbols.reverted;
    case 'failed':
      return symbols.failed;
    case 'unreachable':
      return '!';
    case 'inconclusive':
      return '?';
    case 'skipped':
      return symbols.none;
  }
}
