import type { OnFailure } from '../../src/domain/plan.ts';

/** One host of a simulated ranch; flat, so that a failure shrinks. */
export interface HostShape {
  readonly zone: 'lan' | 'aws';
  readonly canary: boolean;
  readonly kind: 'system' | 'user' | 'bare';
  /** Binaries, each with its own instances. */
  readonly units: number;
  readonly instances: number;
  /** 0.5.1; another binary that says 0.5.2; nothing yet. */
  readonly from: 'old' | 'other' | 'none';
  readonly keyed: boolean;
  /** What a user left running ends with the connection (`KillUserProcesses=yes`). */
  readonly endsTimers: boolean;
  /** Milliseconds that each way takes on top. */
  readonly lagMs: number;
}

/** What the world does to a host or to the way there. */
export const FAULT_KINDS = [
  'power',
  'link',
  'lost-before',
  'lost-midway',
  'lost-after',
  'late',
  'disk-full',
  'sq-crash',
  'sq-restart',
  'corrupt',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** One fault: with the `at`th command that arrives at the host and `afterMs` later, or at a moment. */
export interface HostFault {
  readonly kind: FaultKind;
  readonly host: number;
  readonly on: 'command' | 'moment';
  /** The command's number from 0, or seconds. */
  readonly at: number;
  readonly afterMs: number;
  /** How long it lasts, milliseconds. */
  readonly ms: number;
}

/** What befalls a controller. */
export const EVENT_KINDS = ['kill', 'interrupt', 'stall', 'pause', 'abort', 'journal-fails'] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

/** One of them, at the `at`th place of a controller's (and its successors') way. */
export interface ControllerEvent {
  readonly kind: EventKind;
  /** 0, or 1 for the rival. */
  readonly controller: number;
  readonly at: number;
  /** How long a stall lasts, milliseconds. */
  readonly ms: number;
}

/** How the target's build behaves. */
export const BUILDS = [
  'good',
  'poisoned',
  'never-starts',
  'broken',
  'writes-nothing',
  'garbles',
  'lies',
] as const;
export type TargetBuild = (typeof BUILDS)[number];

/** All of one run: drawn from a seed, or what is left of it after shrinking. */
export interface Scenario {
  readonly seed: number;
  readonly hosts: readonly HostShape[];
  readonly build: TargetBuild;
  readonly bakeSeconds: number;
  readonly deadmanSeconds: number;
  readonly onFailure: OnFailure;
  readonly maxParallel: number;
  readonly budget: number;
  readonly faults: readonly HostFault[];
  readonly events: readonly ControllerEvent[];
  /** When a second controller with a journal of its own starts, milliseconds; less than 0: never. */
  readonly rivalAtMs: number;
  /** Until somebody resumes what stopped. */
  readonly resumeAfterMs: number;
  /** Whether somebody tries again as soon as the first rollout has ended, out of the same state folder. */
  readonly retries: boolean;
}
