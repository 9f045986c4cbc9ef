import { asSha256, type Sha256, type Version } from '../domain/brand.ts';
import {
  type Arming,
  type Binary,
  type BinaryIdentity,
  type DataDir,
  type LeaseRecord,
  type Platform,
  type RanchFolder,
  type ReachedObservation,
  type Server,
  type StoppedService,
  type Supervisor,
  UNREADABLE,
} from '../domain/observation.ts';
import type { HostSpec } from '../domain/ranch.ts';
import { type AnswerLine, answerLines, Fields, invalidAnswer } from './answer.ts';

const SCRIPT = 'observe';
const PAGE_BYTES = 4096;
/** The kernel counts start times in USER_HZ, which is 100 on every Linux platform that SQ is built for. */
const TICKS_PER_SECOND = 100;

/** What the controller knows about the round trip, to place the host's clock. */
export interface Timing {
  /** Controller's time when the answer was complete, milliseconds since the epoch. */
  readonly at: number;
  readonly tookMs: number;
}

/** What programs are known to be: their version, or null for one that prints none. */
export type KnownVersions = ReadonlyMap<Sha256, Version | null>;

interface Reading {
  readonly host: string;
  readonly lines: readonly AnswerLine[];
  readonly bySha: ReadonlyMap<Sha256, Version | null>;
  readonly shaByPath: ReadonlyMap<string, Sha256>;
  readonly freeByFolder: ReadonlyMap<string, number>;
  readonly uptime: number;
}

function fieldsOf(reading: { readonly host: string }, line: AnswerLine): Fields {
  return new Fields(reading.host, SCRIPT, line);
}

function tagged(lines: readonly AnswerLine[], tag: string): readonly AnswerLine[] {
  return lines.filter((line) => line[0] === tag);
}

/** Only a bare `1.2.3` is a version: 0.5.1 prints a usage text, and other programs are called `sq` too. */
function bareVersion(text: string): Version | null {
  return /^\d{1,4}\.\d{1,4}\.\d{1,4}$/.test(text) ? (text as Version) : null;
}

function readVersions(lines: readonly AnswerLine[], known: KnownVersions): Map<Sha256, Version | null> {
  const versions = new Map(known);
  for (const line of tagged(lines, 'version')) {
    const sha = asSha256(line[1] ?? '');
    if (sha) versions.set(sha, bareVersion(line[2] ?? ''));
  }
  return versions;
}

function readShas(lines: readonly AnswerLine[]): Map<string, Sha256> {
  const shas = new Map<string, Sha256>();
  for (const line of tagged(lines, 'sha')) {
    const sha = asSha256(line[1] ?? '');
    if (sha && line[2]) shas.set(line[2], sha);
  }
  return shas;
}

function readFree(lines: readonly AnswerLine[]): Map<string, number> {
  const folders = tagged(lines, 'folder').map((line) => line[1] ?? '');
  const free = new Map<string, number>();
  for (const line of tagged(lines, 'df')) {
    const folder = folders[Number(line[1]) - 1];
    if (folder !== undefined && /^\d+$/.test(line[2] ?? '')) free.set(folder, Number(line[2]) * 1024);
  }
  return free;
}

function identity(reading: Reading, path: string): BinaryIdentity | undefined {
  const sha256 = reading.shaByPath.get(path);
  if (!sha256) return undefined;
  const version = reading.bySha.get(sha256);
  return version ? { sha256, version } : { sha256 };
}

function supervisor(kind: string, unit: string): Supervisor {
  switch (kind) {
    case 'systemd-system':
    case 'systemd-user':
      return { kind, unit };
    case 'bare':
      return { kind };
    default:
      return { kind: 'unsupported', reason: unit || kind };
  }
}

function readServer(reading: Reading, line: AnswerLine): Server | undefined {
  const f = fieldsOf(reading, line);
  const running = f.text(3) === '' ? UNREADABLE : identity(reading, f.text(3));
  // gone between the look at the process and the reading of its program
  if (!running) return undefined;
  const pid = f.number(0);
  const args = tagged(reading.lines, 'args').find((a) => a[1] === String(pid));
  return {
    pid,
    startTicks: f.number(1),
    // of another user's server only the arguments can be seen, and they may name it by halves
    binary: f.text(3) === '' ? f.text(2) : f.path(2),
    running,
    replaced: f.flag(4),
    args: args?.slice(2) ?? [],
    hasKey: f.flag(5),
    cwd: f.text(6),
    uid: f.number(7),
    user: f.text(8),
    ...(f.text(9) === '' ? {} : { port: f.port(9) }),
    dataDir: f.text(10),
    supervisor: supervisor(f.text(11), f.text(12)),
    uptimeSeconds: Math.max(0, Math.round(reading.uptime - f.number(1) / TICKS_PER_SECOND)),
    rssBytes: f.number(14) * PAGE_BYTES,
    threads: f.number(15),
    openFiles: f.number(16),
    state: f.text(17),
  };
}

interface FileFacts {
  readonly bytes: number;
  readonly mtime: number;
  readonly mode: string;
  readonly owner: string;
}

function readStats(reading: { readonly host: string; readonly lines: readonly AnswerLine[] }) {
  const stats = new Map<string, FileFacts>();
  for (const line of tagged(reading.lines, 'stat')) {
    const f = fieldsOf(reading, line);
    stats.set(f.text(4), { bytes: f.number(0), mtime: f.number(1), mode: f.text(2), owner: f.text(3) });
  }
  return stats;
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}

function readBinaries(reading: Reading, stats: ReadonlyMap<string, FileFacts>): Binary[] {
  return tagged(reading.lines, 'binary').flatMap((line) => {
    const f = fieldsOf(reading, line);
    const realPath = f.path(0);
    const known = identity(reading, realPath);
    const facts = stats.get(realPath);
    if (!known || !facts) return [];
    const path = tagged(reading.lines, 'path').find((p) => p[2] === realPath)?.[1] ?? realPath;
    return {
      path,
      realPath,
      identity: known,
      bytes: facts.bytes,
      mode: facts.mode,
      owner: facts.owner,
      writable: f.flag(1),
      freeBytes: reading.freeByFolder.get(folderOf(realPath)) ?? 0,
    };
  });
}

function readDataDirs(reading: Reading, stats: ReadonlyMap<string, FileFacts>): DataDir[] {
  return tagged(reading.lines, 'datadir').map((line) => {
    const f = fieldsOf(reading, line);
    const path = f.text(0);
    const phexts = [...stats]
      .filter(([file]) => folderOf(file) === path && file.endsWith('.phext'))
      .map(([file, facts]) => ({
        name: file.slice(path.length + 1, -'.phext'.length),
        bytes: facts.bytes,
        mtime: facts.mtime,
      }));
    return { path, writable: f.flag(1), freeBytes: reading.freeByFolder.get(path) ?? 0, phexts };
  });
}

function readStopped(reading: Reading, servers: readonly Server[]): StoppedService[] {
  return tagged(reading.lines, 'unit').flatMap((line) => {
    const f = fieldsOf(reading, line);
    const kept = supervisor(f.text(0), f.text(1));
    const runs = servers.some(({ supervisor: s, port }) =>
      'unit' in s ? s.kind === kept.kind && s.unit === f.text(1) : String(port) === f.text(3),
    );
    if (runs) return [];
    const port = f.text(3) === '' ? {} : { port: f.port(3) };
    return { supervisor: kept, binary: f.text(2), args: [], ...port, dataDir: f.text(4) };
  });
}

/** `holder token expires boot`, as lease.sh writes it; seconds are the host's uptime. */
function readLease(reading: Reading, bootId: string, binDir: string): LeaseRecord | undefined {
  const line = tagged(reading.lines, 'lease').find((l) => l[1] === binDir);
  const [holder = '', token = '', expires = '', boot = ''] = (line?.[2] ?? '').split(' ');
  if (!line || !/^\d+$/.test(token) || !/^\d+$/.test(expires)) return undefined;
  const remainingSeconds = boot === bootId ? Number(expires) - Math.floor(reading.uptime) : 0;
  return { holder, token: Number(token), remainingSeconds, switching: line[3] === '1' };
}

function readArming(f: Fields): Arming | undefined {
  const to = asSha256(f.text(6));
  const from = asSha256(f.text(7));
  return to && { to, ...(from ? { from } : {}) };
}

function readRanchFolders(reading: Reading, bootId: string): RanchFolder[] {
  return tagged(reading.lines, 'ranch').map((line) => {
    const f = fieldsOf(reading, line);
    const confirmed = asSha256(f.text(1));
    const previous = asSha256(f.text(2));
    const lease = readLease(reading, bootId, f.text(0));
    const arming = readArming(f);
    return {
      binDir: f.text(0),
      releases: f
        .text(5)
        .split(' ')
        .flatMap((text) => asSha256(text) ?? []),
      ...(confirmed ? { confirmed } : {}),
      ...(previous ? { previous } : {}),
      ...(lease ? { lease } : {}),
      armed: f.flag(3),
      ...(arming ? { arming } : {}),
      leftovers: f.number(4),
    };
  });
}

function readPlatform(f: Fields): Platform {
  const os = f.text(0).toLowerCase();
  const libc = f.text(2);
  return {
    os,
    arch: f.text(1),
    libc: libc === 'gnu' || libc === 'musl' ? libc : 'unknown',
    wsl: f.flag(7),
    key: `${os}-${f.text(1)}-${libc}`,
    release: f.text(3).replace(/^["']|["']$/g, ''),
  };
}

function unsupportedBecause(platform: Platform): string | undefined {
  if (platform.os === 'linux') return undefined;
  return `${platform.os} is not supported: ranch needs Linux (or WSL) with /proc`;
}

/** What `observe.sh` printed, as an observation. Throws `host-answer-invalid`. */
export function parseObservation(
  spec: HostSpec,
  stdout: Uint8Array,
  timing: Timing,
  known: KnownVersions,
): ReachedObservation {
  const host: string = spec.name;
  const lines = answerLines(host, SCRIPT, stdout);
  const first = lines[0];
  if (first?.[0] !== 'host') throw invalidAnswer(host, SCRIPT, first?.join(' ') ?? '(nothing)');
  const f = new Fields(host, SCRIPT, first);
  const platform = readPlatform(f);
  const bootId = f.text(5);
  const reading: Reading = {
    host,
    lines,
    bySha: readVersions(lines, known),
    shaByPath: readShas(lines),
    freeByFolder: readFree(lines),
    uptime: f.seconds(6),
  };
  const stats = readStats(reading);
  const servers = tagged(lines, 'server').flatMap((line) => readServer(reading, line) ?? []);
  const unsupported = unsupportedBecause(platform);
  const middle = timing.at - timing.tookMs / 2;
  return {
    kind: 'reached',
    host: spec.name,
    at: timing.at,
    tookMs: timing.tookMs,
    platform,
    bootId,
    uptimeSeconds: Math.round(reading.uptime),
    clockSkewMs: Math.round(f.seconds(12) * 1000 - middle),
    user: f.text(8),
    uid: f.text(9) === '' ? -1 : f.number(9),
    home: f.text(10),
    ...(unsupported ? { unsupported } : {}),
    systemd: f.flag(11),
    servers,
    binaries: readBinaries(reading, stats),
    dataDirs: readDataDirs(reading, stats),
    stopped: readStopped(reading, servers),
    ranch: readRanchFolders(reading, bootId),
  };
}
