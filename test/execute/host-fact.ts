import type { Sha256 } from '../../src/domain/brand.ts';

/** Who ended or started a process of SQ: ranch in one of its steps, the host by itself, or the world around it. */
export type By = 'switch' | 'revert' | 'timer' | 'power' | 'crash' | 'person' | 'service' | 'smoke';

interface OfUnit {
  /** Real path of the binary. */
  readonly unit: string;
}

interface Fenced extends OfUnit {
  readonly holder: string;
  readonly token: number;
}

/** What a model host notes of itself as it happens, whoever asked for it: what a checker judges a run by. */
export type HostFact =
  /** A lease taken or renewed; `until` in the host's own seconds. */
  | (Fenced & { readonly kind: 'leased'; readonly until: number })
  | (Fenced & { readonly kind: 'released' })
  | (Fenced & { readonly kind: 'staged'; readonly sha: Sha256 })
  /** A scratch server on a copy of the content: the candidate at first, the candidate again, the old binary. */
  | (OfUnit & {
      readonly kind: 'scratch';
      readonly role: 'first' | 'again' | 'old';
      readonly port: number;
      readonly sha: Sha256;
    })
  /** A request of ranch's to a scratch server. */
  | (OfUnit & {
      readonly kind: 'scratch-asked';
      readonly role: 'first' | 'again' | 'old';
      readonly port: number;
      readonly sha: Sha256;
      readonly endpoint: string;
      readonly status: number;
    })
  /** A request of ranch's to a live server. */
  | { readonly kind: 'asked'; readonly port: number; readonly sha: Sha256; readonly endpoint: string }
  /** `until` in the host's own seconds. */
  | (Fenced & {
      readonly kind: 'armed';
      readonly to: Sha256;
      readonly from: Sha256 | undefined;
      readonly until: number;
    })
  /** A switch that was let through. */
  | (Fenced & { readonly kind: 'switching'; readonly to: Sha256 })
  /** The host decided for the new binary: the one rename that counts. */
  | (Fenced & { readonly kind: 'confirmed'; readonly to: Sha256 })
  /** The host decided for the old binary; `holder` is who asked, the timer or a switch that failed. */
  | (Fenced & { readonly kind: 'reverting'; readonly by: 'timer' | 'switch' | 'revert' })
  | (Fenced & { readonly kind: 'reverted'; readonly words: string })
  | (OfUnit & { readonly kind: 'placed'; readonly sha: Sha256 | undefined })
  | (OfUnit & {
      readonly kind: 'stopped';
      readonly port: number;
      readonly pid: number;
      readonly sha: Sha256;
      readonly by: By;
      /** Scrolls that only this process still had, all of them acknowledged. */
      readonly lost: readonly string[];
    })
  | (OfUnit & {
      readonly kind: 'started';
      readonly port: number;
      readonly pid: number;
      readonly sha: Sha256;
      readonly by: By;
    })
  /** SQ let go of a phext of which it held more than its disk has. */
  | { readonly kind: 'evicted'; readonly port: number; readonly lost: readonly string[] }
  /** A client's write that SQ acknowledged. */
  | { readonly kind: 'wrote'; readonly port: number; readonly scroll: string }
  | { readonly kind: 'power'; readonly on: boolean; readonly boot: number }
  | { readonly kind: 'link'; readonly up: boolean }
  | { readonly kind: 'disk'; readonly full: boolean };
