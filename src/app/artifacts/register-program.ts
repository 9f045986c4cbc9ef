import type { Artifact, PlatformKey } from '../../domain/artifact.ts';
import { type Sha256, short, type Version } from '../../domain/brand.ts';
import { RanchError } from '../../domain/errors.ts';
import { escapeText, excerpt } from '../../domain/excerpt.ts';
import { withArtifact } from '../../inventory/lock.ts';
import { safe } from '../../inventory/safe-text.ts';
import { type ArtifactStore, sha256Of } from './artifact-store.ts';
import type { VersionCheck } from './check-version.ts';
import { linkedLibphext } from './linked-libphext.ts';
import { changeLockFile, readLockFile } from './lock-file.ts';
import { checkFits, type Program, platformsOf, programOf } from './program.ts';

/** The lock file takes 500 units of UTF-16, of which a character may need two. */
const ORIGIN_LENGTH = 250;

/** Where artifacts are kept and pinned, and how freely. */
export interface Registry {
  readonly store: ArtifactStore;
  /** `ranch.lock` beside the inventory: see `lockFileOf`. */
  readonly lockFile: string;
  /** Lets another binary take the place of the one that is pinned for that version and platform. */
  readonly replace?: boolean;
}

/** What was registered. */
export interface Added {
  /** One, or one for each libc where a static program fits both; as they stand in the lock file now. */
  readonly artifacts: readonly Artifact[];
  /** What a person should know: what could not be seen, what was replaced. Each safe to print. */
  readonly notes: readonly string[];
}

/** A program in memory that is to be registered. */
export interface Candidate {
  readonly bytes: Uint8Array;
  /** Names it in errors; safe to print. */
  readonly place: string;
  readonly version: Version;
  /** Where none is given, what its own header says. */
  readonly platform?: PlatformKey;
  /** How it came to be, for people. */
  readonly origin: string;
  /** The libphext that the build named; else the program is searched for it. */
  readonly libphext?: string;
  /** Whether it is the version it is to be. Throws `artifact-invalid` when it is not. */
  readonly check: (program: Program) => Promise<VersionCheck>;
}

function alreadyPinned(old: Artifact, artifact: Artifact, place: string): RanchError {
  const { version, platform } = old;
  return new RanchError({
    code: 'acknowledgement-missing',
    place,
    message: `is ${short(artifact.sha256)}, and SQ ${version} for ${platform} is pinned as ${short(old.sha256)} (${excerpt(old.origin)})`,
    remedy: 'Hosts that run the pinned one would drift; add `--replace` to pin this one in its place.',
  });
}

/** The same binary keeps how it came to be, and learns which libphext it holds. */
function merged(old: Artifact | undefined, added: Artifact): Artifact {
  if (old?.sha256 !== added.sha256) return added;
  const libphext = old.libphext ?? added.libphext;
  return libphext === undefined ? old : { ...old, libphext };
}

function pinnedFor(added: Artifact, present: readonly Artifact[]): Artifact | undefined {
  return present.find((one) => one.version === added.version && one.platform === added.platform);
}

/** Other binaries that are pinned where these are to be. Throws `acknowledgement-missing` where they are to stay. */
function othersPinned(
  artifacts: readonly Artifact[],
  present: readonly Artifact[],
  place: string,
  replace: boolean,
): readonly Artifact[] {
  return artifacts.flatMap((added) => {
    const old = pinnedFor(added, present);
    if (old === undefined || old.sha256 === added.sha256) return [];
    if (!replace) throw alreadyPinned(old, added, place);
    return [old];
  });
}

/** Pins artifacts, all or none. Gives what stands there now, and those it replaced. */
async function pin(
  artifacts: readonly Artifact[],
  place: string,
  { lockFile, replace = false }: Registry,
): Promise<{ readonly pinned: readonly Artifact[]; readonly replaced: readonly Artifact[] }> {
  let pinned: readonly Artifact[] = [];
  let replaced: readonly Artifact[] = [];
  await changeLockFile(lockFile, (present) => {
    replaced = othersPinned(artifacts, present, place, replace);
    pinned = artifacts.map((added) => merged(pinnedFor(added, present), added));
    return pinned.reduce(withArtifact, present);
  });
  return { pinned, replaced };
}

function artifactsOf(
  candidate: Candidate,
  platforms: readonly PlatformKey[],
  sha256: Sha256,
): readonly Artifact[] {
  const { version, bytes } = candidate;
  const libphext = candidate.libphext ?? linkedLibphext(bytes);
  const origin = Array.from(safe(escapeText(candidate.origin)))
    .slice(0, ORIGIN_LENGTH)
    .join('');
  return platforms.map((platform) => ({
    version,
    platform,
    sha256,
    bytes: bytes.length,
    origin,
    ...(libphext === undefined ? {} : { libphext }),
  }));
}

/**
 * Looks at a program, checks that it is what it is to be, stores it, and pins it in the lock file; in this order, so
 * that what is pinned is always there. Throws `artifact-invalid` (not a program for Linux, another platform or version),
 * `acknowledgement-missing` (another binary is pinned), `state-locked`, `store-failed`.
 */
export async function registerProgram(candidate: Candidate, registry: Registry): Promise<Added> {
  const { bytes, place, platform } = candidate;
  const program = programOf(bytes, place);
  if (platform !== undefined) checkFits(program, platform, place);
  const checked = await candidate.check(program);
  const platforms = platform === undefined ? platformsOf(program) : [platform];
  const artifacts = artifactsOf(candidate, platforms, sha256Of(bytes));
  // Asked before it is stored as well, so that a refusal leaves nothing behind.
  othersPinned(artifacts, await readLockFile(registry.lockFile), place, registry.replace ?? false);
  await registry.store.put(bytes);
  const { pinned, replaced } = await pin(artifacts, place, registry);
  return {
    artifacts: pinned,
    notes: [
      ...(checked.kind === 'untold' ? [checked.reason] : []),
      ...replaced.map((old) => `replaces ${short(old.sha256)} for ${old.platform} (${excerpt(old.origin)})`),
    ],
  };
}
