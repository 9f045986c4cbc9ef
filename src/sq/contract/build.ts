import semver from 'semver';

/** What decides how an SQ behaves: its release, and the library it was linked with. The version alone is no identity. */
export interface Build {
  readonly version: string;
  readonly libphext: Libphext;
}

export type Libphext = '0.3.0' | '0.3.3';

/** The builds the table was tried on, oldest first. */
export const TRIED: readonly Build[] = [
  { version: '0.5.1', libphext: '0.3.3' },
  { version: '0.5.2', libphext: '0.3.0' },
  { version: '0.5.2', libphext: '0.3.3' },
  { version: '0.5.6', libphext: '0.3.3' },
];

/** Builds that the whole table was held against by hand, once, and held. */
export const HELD_ONCE: readonly Build[] = ['0.5.3', '0.5.4', '0.5.5', '0.6.0'].map((version) => ({
  version,
  libphext: '0.3.3',
}));

/** Whether the table is known to be true of that very build. */
export function isTried(build: Build): boolean {
  return [...TRIED, ...HELD_ONCE].some(
    ({ version, libphext }) => version === build.version && libphext === build.libphext,
  );
}

/** `0.5.2 (libphext 0.3.0)`. */
export function buildName({ version, libphext }: Build): string {
  return `${version} (libphext ${libphext})`;
}

/** Whether the build is that release or a newer one. */
export function since({ version }: Build, release: string): boolean {
  return semver.gte(version, release);
}

/** 0.5.1 and older: one request at a time, and each rewrites the file. */
export function isFragile(build: Build): boolean {
  return !since(build, '0.5.2');
}

export function isStable(build: Build): boolean {
  return !isFragile(build);
}

/** A panic leaves the one lock poisoned: every later request is 500 until a restart. */
export function poisons(build: Build): boolean {
  return isStable(build) && !since(build, '0.5.4');
}

/**
 * The build that CI tries which tells most of an unknown one: the same where it is one of them, else the newest older one
 * (the oldest for what is older than all).
 */
export function nearest(build: Build): Build {
  const older = TRIED.filter(
    ({ version, libphext }) => libphext === build.libphext && semver.lte(version, build.version),
  );
  return older.at(-1) ?? { version: TRIED[0]?.version ?? build.version, libphext: build.libphext };
}
