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

/** A kind that is known, checked for its common fields, and not yet run by this version. */
export interface ReservedPlaybook extends PlaybookBase {
  readonly kind: 'smoke' | 'content' | 'load' | 'drill' | 'signoff';
}

export type Playbook = SweepPlaybook | RolloutPlaybook | ReservedPlaybook;
