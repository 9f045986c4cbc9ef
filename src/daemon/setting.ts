import type { WorkspaceOptions } from '../app/workspace.ts';
import type { Clock, Random } from '../domain/ports.ts';
import type { Logger } from './log.ts';
import type { OnInterrupt } from './stopping.ts';

/** What the daemon works with. */
export interface DaemonSetting {
  /** How a workspace is opened, anew for each run. Nobody is asked for anything. */
  readonly workspace: WorkspaceOptions & { readonly clock: Clock; readonly random: Random };
  readonly playbooksDir: string;
  readonly log: Logger;
  readonly onInterrupt: OnInterrupt;
}
