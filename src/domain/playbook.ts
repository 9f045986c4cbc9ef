/** When a playbook runs by itself. */
export interface Schedule {
  /** Five or six fields, as cron has them. */
  readonly cron: string;
  /** An IANA time zone; the machine's own where none is given. */
  readonly timezone?: string;
}

export type PlaybookKind = 'sweep' | 'rollout' | 'smoke' | 'content' | 'load' | 'drill' | 'signoff';

interface PlaybookBase {
  readonly name: string;
  readonly file: string;
  readonly schedule?: Schedule;
  readonly hosts: readonly string[];
  readonly tags: readonly string[];
}

export interface SweepPlaybook extends PlaybookBase {
  readonly kind: 'sweep';
}

export interface RolloutPlaybook extends PlaybookBase {
  readonly kind: 'rollout';
  readonly version: string;
  readonly options: Readonly<Record<string, string | number | boolean>>;
}

/** A scroll that tells an edition of a phext. */
export interface KeyScroll {
  /** In canonical form. */
  readonly coordinate: string;
  /** How its text begins. */
  readonly begins: string;
  /** Its size; left out where it may grow. */
  readonly bytes?: number;
  /** What people call it. */
  readonly name?: string;
}

/** What a phext must hold wherever it is deployed. Used by `ranch content`; not run by itself. */
export interface ContentPlaybook extends PlaybookBase {
  readonly kind: 'content';
  /** Without `.phext`. */
  readonly phext: string;
  readonly scrolls: readonly KeyScroll[];
}

/** Whether each SQ answers, reads and keeps a write. */
export interface SmokePlaybook extends PlaybookBase {
  readonly kind: 'smoke';
}

/** A kind that is known, checked for its common fields, and not yet run by this version. */
export interface ReservedPlaybook extends PlaybookBase {
  readonly kind: 'load' | 'drill' | 'signoff';
}

export type Playbook = SweepPlaybook | RolloutPlaybook | SmokePlaybook | ContentPlaybook | ReservedPlaybook;

/** A playbook that ranch carries out by itself. */
export type RunnablePlaybook = SweepPlaybook | RolloutPlaybook | SmokePlaybook;
