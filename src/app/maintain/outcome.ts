import type { HostName } from '../../domain/brand.ts';
import type { Acted } from '../../host/maintain-host.ts';
import type { Saved } from './saved.ts';

/** What came of one instance. */
export interface InstanceOutcome extends Acted {
  /** Real path of its binary; absent where none is known (a stopped instance that was never ranch's). */
  readonly binary?: string;
  /** What was known of its memory before it was stopped; absent where it was not stopped. */
  readonly saved?: Saved;
}

/** What came of a stop, start or restart. */
export interface MaintainOutcome {
  readonly host: HostName;
  readonly instances: readonly InstanceOutcome[];
}
