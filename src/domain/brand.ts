declare const brand: unique symbol;

/** A string or number that was checked once, at the edge, and carries that fact in its type. */
export type Brand<T, B extends string> = T & { readonly [brand]: B };

/** The name of a host as the inventory writes it. */
export type HostName = Brand<string, 'HostName'>;

/** 64 lower-case hex digits. */
export type Sha256 = Brand<string, 'Sha256'>;

/** A released version of SQ without a leading `v`, for example `0.5.2`. */
export type Version = Brand<string, 'Version'>;

/** Names one rollout: `r-` and a time-ordered suffix. */
export type RolloutId = Brand<string, 'RolloutId'>;

const SHA256 = /^[0-9a-f]{64}$/;

/** Takes text for a sha256; undefined when it is not one. */
export function asSha256(text: string): Sha256 | undefined {
  return SHA256.test(text) ? (text as Sha256) : undefined;
}

const NUMBER = '(?:0|[1-9]\\d{0,14})';
const IDENTIFIER = `(?:${NUMBER}|\\d*[A-Za-z-][0-9A-Za-z-]*)`;
/** As semver.org has it; the numbers are small enough to be compared as numbers. */
const VERSION = new RegExp(
  `^v?(${NUMBER}\\.${NUMBER}\\.${NUMBER}(?:-${IDENTIFIER}(?:\\.${IDENTIFIER})*)?)(?:\\+[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?$`,
);
/** As long as any version is. */
const VERSION_LENGTH = 256;

/** Takes `0.5.2` or `v0.5.2` for a version (without the `v` and without what was built); undefined when it is not one. */
export function asVersion(text: string): Version | undefined {
  if (text.length > VERSION_LENGTH) return undefined;
  return VERSION.exec(text)?.[1] as Version | undefined;
}

/** The first twelve digits: how a release is named on a host and shown to people. */
export function short(sha: Sha256): string {
  return sha.slice(0, 12);
}
