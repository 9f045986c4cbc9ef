import type { Sha256, Version } from './brand.ts';

/** `linux-x86_64-gnu`, `linux-aarch64-musl`; `any` for a program that an interpreter runs. */
export type PlatformKey = string;

/** One binary of one version for one platform, as pinned in `ranch.lock`. */
export interface Artifact {
  readonly version: Version;
  readonly platform: PlatformKey;
  readonly sha256: Sha256;
  readonly bytes: number;
  /** How it came to be, for people: `cargo install sq --version 0.5.2`, or the file it was read from. */
  readonly origin: string;
  /** The libphext it was linked with, where that is known. */
  readonly libphext?: string;
}

/** What every host should run. */
export interface Target {
  readonly version: Version;
  /** Empty where no artifact of that version is registered: drift is then told by version alone. */
  readonly artifacts: readonly Artifact[];
}
