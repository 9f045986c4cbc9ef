import semver from 'semver';
import type { Version } from '../domain/brand.ts';

/** What a client may expect of one version of SQ, from trying each of them. */
export interface Capabilities {
  /** `sq version` prints the version; else a usage text, with exit code 0. */
  readonly printsVersion: boolean;
  /**
   * Looking over HTTP is harmless. Where it is not, every request rewrites the whole file, and a connection that
   * closes without a request ends the server: then SQ is looked at through its host alone.
   */
  readonly probeOverHttp: boolean;
  /** The log has no request headers, so no key. */
  readonly keepsKeyOutOfLog: boolean;
  /** Requests are read side by side (the phext itself stays behind one lock). */
  readonly concurrent: boolean;
  readonly cors: boolean;
  /** Unknown paths answer 404; else 200 `Unexpected command ignored.`. */
  readonly answersNotFound: boolean;
  /** Connections at once before 503; undefined: no limit. */
  readonly maxConnections?: number;
  /** Largest body before 413; undefined: no limit. */
  readonly maxBodyBytes?: number;
  /** How long SQ waits for a request, in milliseconds; undefined: for ever. */
  readonly requestTimeoutMs?: number;
  /**
   * A panic does not leave every later request at 500. It also means that a phext file that is not UTF-8 is served as
   * an empty one, and that the next write destroys it.
   */
  readonly survivesPanic: boolean;
  /** `--config` serves several tenants. */
  readonly multiTenant: boolean;
}

/**
 * What `version` can do. An unknown one (undefined, or not a release) is treated as the oldest: nothing is asked of
 * it that could do harm.
 */
export function capabilities(version: Version | undefined): Capabilities {
  const since = (release: string): boolean =>
    version !== undefined && semver.valid(version) !== null && semver.gte(version, release);
  const stable = since('0.5.2');
  const limited = since('0.5.3');
  return {
    printsVersion: stable,
    probeOverHttp: stable,
    keepsKeyOutOfLog: stable,
    concurrent: stable,
    cors: stable,
    answersNotFound: stable,
    ...(limited ? { maxConnections: 512, maxBodyBytes: 64 * 1024 * 1024, requestTimeoutMs: 32_000 } : {}),
    survivesPanic: since('0.5.4'),
    multiTenant: since('0.5.5'),
  };
}
