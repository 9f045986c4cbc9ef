import type { HostName } from './brand.ts';

/** How far an upload is: told to whoever watches a rollout, never journaled. */
export interface UploadProgress {
  readonly type: 'upload-progress';
  readonly host: HostName;
  /** Real path of the unit's binary. */
  readonly unit: string;
  readonly sentBytes: number;
  readonly totalBytes: number;
  /** Controller's time, milliseconds since the epoch. */
  readonly at: number;
}
