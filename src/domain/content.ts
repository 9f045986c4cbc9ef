import type { HostName, Sha256 } from './brand.ts';
import type { Trouble } from './errors.ts';

/** One scroll in which two phexts differ; sizes in bytes. */
export interface ScrollDifference {
  readonly coordinate: string;
  readonly kind: 'added' | 'changed' | 'removed';
  /** Undefined where it was not there. */
  readonly before?: number;
  readonly after?: number;
  /** How the newer text begins, or the older one where there is none; bounded and escaped. */
  readonly summary: string;
}

/** A phext in one place at one moment. */
export interface PhextState {
  readonly bytes: number;
  readonly scrolls: number;
  readonly sha256: Sha256;
}

/** What a deploy, or a rollback of one, would do to one instance. */
export type ContentPreview =
  | {
      readonly kind: 'change';
      readonly host: HostName;
      readonly port: number;
      /** Undefined: there is no such phext now. */
      readonly before?: PhextState;
      /** Undefined: there will be no such phext. */
      readonly after?: PhextState;
      /** From what is there to what comes, by coordinate. */
      readonly differences: readonly ScrollDifference[];
      /** What is worth knowing before one agrees. */
      readonly notes: readonly string[];
    }
  /** The file is there already, byte by byte. */
  | { readonly kind: 'same'; readonly host: HostName; readonly port: number; readonly now?: PhextState }
  /** Nothing will be done there: it cannot be, or it may not be. */
  | { readonly kind: 'refused'; readonly host: HostName; readonly trouble: Trouble }
  /** Not there, as the inventory expects. */
  | { readonly kind: 'absent'; readonly host: HostName };

/**
 * How far it was shown that an instance serves a content. `written-since`: all of it, save for that many scrolls that
 * clients had the time to write. `not-asked`: its file is on the disk, and why SQ was not asked.
 */
export type ContentVerified =
  | { readonly kind: 'served'; readonly scrolls: number; readonly medianMs: number; readonly p95Ms: number }
  | {
      readonly kind: 'written-since';
      readonly scrolls: number;
      readonly written: readonly string[];
      readonly medianMs: number;
      readonly p95Ms: number;
    }
  | { readonly kind: 'not-asked'; readonly why: string };

/**
 * What became of one host. `reverted`: it was put in place, did not hold, and what was there before is back.
 * `inconclusive`: it is in place, and it could not be told whether it is served. `skipped`: nothing was begun.
 */
export type ContentOutcome = {
  readonly host: HostName;
  readonly port?: number;
} & (
  | {
      readonly outcome: 'changed' | 'unchanged';
      readonly verified: ContentVerified;
      /** Where on the host what was replaced lies; undefined where nothing was. */
      readonly kept?: string;
      /** 0 where it did not stop. */
      readonly downMs: number;
    }
  | {
      readonly outcome: 'reverted' | 'failed' | 'inconclusive' | 'unreachable' | 'skipped';
      readonly trouble: Trouble;
      /** Where on the host the content lies that was taken back, or the one that was replaced. */
      readonly kept?: string;
    }
);
