import { Readable } from 'node:stream';
import type { PlannedInstance } from '../domain/plan.ts';
import type { Shell } from '../domain/ports.ts';
import type { HostSpec } from '../domain/ranch.ts';
import { invalidAnswer } from './answer.ts';
import { parseCopied, parseScratch, UnitAnswer } from './unit-answers.ts';
import type { CopiedPhext, Lease, ScratchServer } from './unit-host.ts';
import type { UnitCommand } from './unit-script.ts';
import { refuseOddWords, unitCommand } from './unit-shell.ts';

/** How a scratch server of a check runs. */
export interface ProbeShape {
  /** What it serves: a copy of the instance's content, or nothing yet. */
  readonly content: 'copy' | 'empty';
  /** `open` has no key: for what SQ does without one; never with content. `colon`: one that has a colon in it. */
  readonly access: 'keyed' | 'open' | 'colon';
  /** `roaming` runs without `--data-dir`, its data in the working directory, as many run it. */
  readonly folder: 'held' | 'roaming';
  /** `odd`: with flags that SQ passes over. */
  readonly flags?: 'plain' | 'odd';
  /** `bounded`: for what takes memory without end. A program in machine code gets 1.5 GB of addresses. */
  readonly memory?: 'free' | 'bounded';
}

/** What a scratch server that is started again has: what it left, or the content as it was copied at first. */
export type RestartOn = 'left' | 'copy';

/** A scratch server, and what was copied for it. */
export interface Probe {
  /** `key` reveals nothing where it runs open. */
  readonly server: ScratchServer;
  readonly copied: readonly CopiedPhext[];
}

/** A file of a scratch server's folder. */
export interface ProbeFile {
  readonly bytes: Buffer;
  /** Seconds since the epoch. */
  readonly mtime: number;
  readonly inode: number;
}

/** What a check does on a host beside asking SQ. Each call throws `RanchError`. */
export interface ProbeHost {
  /**
   * Starts the program that runs an instance once more, on a spare port, for `seconds` at most. Throws `host-moved`,
   * `disk-full`, `never-quiet`, `proof-failed` where it does not start.
   */
  begin(lease: Lease, seconds: number, shape: ProbeShape, instance: PlannedInstance): Promise<Probe>;
  /**
   * The same on a copy of a phext that was sent and lies ready to be put in place; for an instance that is down by the
   * binary on its disk. Throws `host-moved`, `disk-full`, `proof-failed` where it does not start.
   */
  beginOnReady(
    lease: Lease,
    seconds: number,
    instance: PlannedInstance,
    phext: string,
  ): Promise<ScratchServer>;
  /** Ends it, and removes what is its own. */
  end(lease: Lease): Promise<void>;
  /** Kills it with SIGKILL, whatever it does, and starts it on what it left, or on the content as it was copied at first. */
  again(lease: Lease, instance: PlannedInstance, on: RestartOn): Promise<ScratchServer>;
  /** What lies in a data folder beside phexts and may be a leftover: names, relative to it; 200 at most. Untrusted. */
  litter(binary: string, dataDir: string): Promise<readonly string[]>;
  /** The last 60 kB of a file of its folder, which may be one folder up; `folder` for one, undefined where none is. */
  read(lease: Lease, port: number, name: string): Promise<ProbeFile | 'folder' | undefined>;
  /** Writes a file of its folder, dated back (`isPutAt`). */
  put(lease: Lease, port: number, name: string, bytes: Uint8Array): Promise<void>;
  /** Removes a file of its folder. */
  remove(lease: Lease, port: number, name: string): Promise<void>;
  /** Makes a file of its folder one that cannot be written. */
  block(lease: Lease, port: number, name: string): Promise<void>;
  /** What the program itself prints for `version`. */
  version(lease: Lease, port: number): Promise<{ readonly text: string; readonly exitCode: number }>;
  /** What the scratch server takes; undefined where it has ended. */
  figures(lease: Lease): Promise<{ readonly rssBytes: number; readonly threads: number } | undefined>;
  /** Removes the scratch phext that a smoke test left in a live server's folder. */
  forget(binary: string, dataDir: string, phext: string): Promise<void>;
}

/** What `put` dates files back to: seconds of 1 January 2000, in the zone of the host. */
export function isPutAt(mtime: number): boolean {
  return Math.abs(mtime - 946_684_800) <= 14 * 3600;
}

const DEADLINE_MS = 60_000;
const MAX_BYTES = 256 * 1024;

/** What checks do over an open connection. */
export function probeShell(shell: Shell, spec: HostSpec, signal?: AbortSignal): ProbeHost {
  const ask = async (
    command: UnitCommand,
    binary: string,
    args: readonly (string | number)[],
    stdin?: () => Readable,
  ) => {
    refuseOddWords(spec.name, [binary, ...args]);
    const script = unitCommand(spec, command, binary, args, stdin);
    const { stdout } = await shell.run(script, { deadlineMs: DEADLINE_MS, maxBytes: MAX_BYTES }, signal);
    return new UnitAnswer(spec.name, command, stdout);
  };
  const onlyServer = (answer: UnitAnswer): ScratchServer => {
    const [server] = parseScratch(answer);
    if (!server) throw invalidAnswer(spec.name, 'probe', 'no scratch record');
    return server;
  };
  return {
    async begin({ binary, holder, token }, seconds, shape, instance) {
      const { port, pid = 0, startTicks = 0, dataDir } = instance;
      const { content, access, folder, flags = 'plain', memory = 'free' } = shape;
      const how = [seconds, content, access, folder, flags, memory];
      const answer = await ask('probe-begin', binary, [
        holder,
        token,
        ...how,
        port,
        pid,
        startTicks,
        dataDir,
      ]);
      return { server: onlyServer(answer), copied: parseCopied(answer) };
    },
    async beginOnReady({ binary, holder, token }, seconds, instance, phext) {
      const { port, pid = 0, startTicks = 0, dataDir } = instance;
      const words = [holder, token, seconds, port, pid, startTicks, dataDir, phext];
      return onlyServer(await ask('content-prove', binary, words));
    },
    async end({ binary, holder, token }) {
      await ask('prove-end', binary, [holder, token]);
    },
    async again({ binary, holder, token }, { port }, on) {
      return onlyServer(await ask('probe-again', binary, [holder, token, port, on]));
    },
    async litter(binary, dataDir) {
      return (await ask('list-litter', binary, [dataDir])).all('entry').map((fields) => fields.text(0));
    },
    async read({ binary, holder, token }, port, name) {
      const answer = await ask('probe-read', binary, [holder, token, port, name]);
      if (answer.maybe('folder')) return 'folder';
      const file = answer.maybe('file');
      if (!file) return undefined;
      return { bytes: Buffer.from(file.text(2), 'hex'), mtime: file.number(0), inode: file.number(1) };
    },
    async put({ binary, holder, token }, port, name, bytes) {
      const content = () => Readable.from([bytes]);
      (await ask('probe-put', binary, [holder, token, port, name], content)).one('put');
    },
    async remove({ binary, holder, token }, port, name) {
      (await ask('probe-remove', binary, [holder, token, port, name])).one('removed');
    },
    async block({ binary, holder, token }, port, name) {
      (await ask('probe-block', binary, [holder, token, port, name])).one('blocked');
    },
    async version({ binary, holder, token }, port) {
      const printed = (await ask('probe-version', binary, [holder, token, port])).one('printed');
      return { exitCode: printed.number(0), text: printed.text(1) };
    },
    async figures({ binary, holder, token }) {
      const figures = (await ask('probe-figures', binary, [holder, token])).maybe('figures');
      return figures && { rssBytes: figures.number(0) * 1024, threads: figures.number(1) };
    },
    async forget(binary, dataDir, phext) {
      await ask('forget-scratch', binary, [dataDir, phext]);
    },
  };
}
