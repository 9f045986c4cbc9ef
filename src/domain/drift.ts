import type { HostName, Sha256, Version } from './brand.ts';

/** Observation against target, worst first: a host shows the worst of its instances. */
export const DRIFT_STATES = [
  'unknown',
  'unreachable',
  'unsupported',
  'other-binary',
  'stopped',
  'not-installed',
  'behind',
  'ahead',
  'restart-needed',
  'unmanaged',
  'absent',
  'in-sync',
] as const;

export type DriftState = (typeof DRIFT_STATES)[number];

/** The worst of several states; `in-sync` of none. */
export function worstDrift(states: readonly DriftState[]): DriftState {
  return DRIFT_STATES.find((state) => states.includes(state)) ?? 'in-sync';
}

/** How one instance differs from the target. */
export interface InstanceDrift {
  readonly port?: number;
  readonly state: DriftState;
  /** Why, for people, one clause: `runs 0.5.1, target is 0.5.2`. */
  readonly reason: string;
  readonly runningSha?: Sha256;
  readonly runningVersion?: Version;
  readonly binary?: string;
  readonly dataDir?: string;
}

/** How one host differs from the target. */
export interface HostDrift {
  readonly host: HostName;
  readonly state: DriftState;
  readonly reason: string;
  readonly instances: readonly InstanceDrift[];
  /** When the observation was made, milliseconds since the epoch. */
  readonly observedAt: number;
  /** Since when the host has been in this state, as far as the store knows; set by the store. */
  readonly since?: number;
}

/** True for states that `drift --exit-code` counts. An expected absence and `unmanaged` do not. */
export function isDrift(state: DriftState): boolean {
  return state !== 'in-sync' && state !== 'absent' && state !== 'unmanaged';
}
