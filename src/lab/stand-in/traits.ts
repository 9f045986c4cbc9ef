/** How the stand-in behaves: what differs between the versions of SQ that it can play. */
export interface Traits {
  readonly version: string;
  /**
   * 0.5.1 and older: one connection after the other, every request rewrites the file, any panic ends the server (a
   * connection that closes without a request is one), no CORS, request headers in the log.
   */
  readonly fragile: boolean;
  /** 0.5.4 and newer: a panic does not poison the lock, and a file that cannot be read is an empty phext. */
  readonly recovers: boolean;
  /** Before 0.5.3: an empty scroll moves those behind it in the file, for its breaks are passed and not written. */
  readonly emptyMoves: boolean;
  /** 0.5.3 and newer: at most 512 connections, bodies up to 64 MiB, 32 s for a request. */
  readonly limited: boolean;
  /** 0.5.3 and newer: a part beyond 999 is written as 999; before, such a write never ends. */
  readonly clamps: boolean;
  /** Linked with libphext 0.3.0: `toc` cuts a summary at 32 bytes, and panics where that splits a character. */
  readonly shortSummaries: boolean;
  /** How long a phext file stays half written, in milliseconds. The real one takes as long as the disk does. */
  readonly writeMs: number;
  /** Listens on 127.0.0.1 alone. The real one listens on every address. */
  readonly loopback: boolean;
}

/** Numbers of `0.5.2`; what is no version counts as the oldest. */
function patchOf(version: string): number {
  const match = /^0\.5\.(\d+)$/.exec(version);
  if (match) return Number(match[1]);
  return /^(0\.[6-9]|[1-9])/.test(version) ? 99 : 0;
}

export function traitsOf(
  version: string,
  libphext: string,
  env: Readonly<Record<string, string | undefined>>,
): Traits {
  const patch = patchOf(version);
  return {
    version,
    fragile: patch < 2,
    limited: patch >= 3,
    recovers: patch >= 4,
    emptyMoves: patch < 3,
    clamps: patch >= 3,
    shortSummaries: libphext === '0.3.0',
    writeMs: Number(env['RANCH_LAB_WRITE_MS'] ?? 1),
    loopback: env['RANCH_LAB'] !== undefined,
  };
}
