import type { HostName } from '../../src/domain/brand.ts';

/** A host for the controller to visit. */
export interface Place {
  readonly name: HostName;
  readonly port: number;
}

/** What a controller in a process of its own is to do. */
export interface Orders {
  readonly visit: 'connect' | 'run' | 'upload' | 'tunnel' | 'http';
  readonly hostile: Place;
  readonly honest: Place;
  readonly knownHosts: string;
  readonly identityFile: string;
  readonly deadlineMs: number;
  readonly maxBytes?: number;
  /** Where SQ listens, as seen from the hostile host. */
  readonly sqPort?: number;
}

/** How it went. */
export interface Report {
  /** `done`, or the error's code. */
  readonly outcome: string;
  readonly tookMs: number;
  /** Visits to the honest host, one after the other, from the beginning to the end. */
  readonly others: readonly { readonly outcome: string; readonly tookMs: number }[];
  /** Resident memory at its most. */
  readonly peakBytes: number;
}
