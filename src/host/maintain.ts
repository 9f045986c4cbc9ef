import { Readable } from 'node:stream';
import { asSha256 } from '../domain/brand.ts';
import { RanchError } from '../domain/errors.ts';
import type { Shell } from '../domain/ports.ts';
import type { HostSpec } from '../domain/ranch.ts';
import { parseActed, parseContents, parseKept, parseLogs, parseSnapshot } from './maintain-answers.ts';
import type { MaintainHost, SnapshotPhext } from './maintain-host.ts';
import { UnitAnswer } from './unit-answers.ts';
import type { Lease } from './unit-host.ts';
import { guardScript, type UnitCommand } from './unit-script.ts';
import { adoptedWords, refuseOddWords, unitCommand, unitName } from './unit-shell.ts';

type Words = readonly (string | number)[];

/** Two instances that each take long to be quiet and to start. */
const ACT_DEADLINE_MS = 90_000;
/** A snapshot of a large data directory, or one file over a slow link. */
const DATA_DEADLINE_MS = 600_000;
/** A thousand phexts, or the 128 KiB of a log (as logs.sh bounds it) with a tag on each line. */
const MAX_BYTES = 1024 * 1024;
const MEGABYTE = 1024 * 1024;
/** Megabytes of one piece, as backup.sh reads them. */
const PIECE = 8;

function cutShort(host: string, phext: SnapshotPhext, got: number): RanchError {
  return new RanchError({
    code: 'upload-corrupt',
    place: host,
    message: `${phext.path} has ${phext.bytes} bytes and ${got} arrived`,
    remedy: 'Run the backup again; somebody may have removed the snapshot on the host.',
  });
}

/** What is done to units outside of a rollout, over an open connection. */
export function maintainShell(shell: Shell, spec: HostSpec, signal?: AbortSignal): MaintainHost {
  const host = spec.name;
  const ask = async (
    command: UnitCommand,
    binary: string,
    args: Words,
    { deadlineMs = ACT_DEADLINE_MS, stdin }: { deadlineMs?: number; stdin?: () => Readable } = {},
  ): Promise<UnitAnswer> => {
    refuseOddWords(host, [binary, ...args]);
    const script = unitCommand(spec, command, binary, args, stdin);
    const result = await shell.run(script, { deadlineMs, maxBytes: MAX_BYTES }, signal);
    return new UnitAnswer(host, command, result.stdout);
  };
  const leased = (
    command: UnitCommand,
    { binary, holder, token }: Lease,
    args: Words,
    stdin?: () => Readable,
  ) =>
    ask(command, binary, [holder, token, ...args], {
      deadlineMs: DATA_DEADLINE_MS,
      ...(stdin ? { stdin } : {}),
    });

  async function* read(binary: string, phext: SnapshotPhext): AsyncGenerator<Uint8Array> {
    refuseOddWords(host, [binary, phext.path]);
    const limits = { deadlineMs: DATA_DEADLINE_MS, maxBytes: PIECE * MEGABYTE };
    for (let at = 0; at < phext.bytes; at += PIECE * MEGABYTE) {
      const script = unitCommand(spec, 'read-snapshot', binary, [phext.path, at / MEGABYTE]);
      const { stdout } = await shell.run(script, limits, signal);
      const expected = Math.min(PIECE * MEGABYTE, phext.bytes - at);
      if (stdout.length !== expected) throw cutShort(host, phext, at + stdout.length);
      yield stdout;
    }
  }

  return {
    async act(lease, { verb, instances, forgetKey, allowUnsaved }) {
      const words = [verb, forgetKey ? 1 : 0, allowUnsaved ? 1 : 0, ...instances.flatMap(adoptedWords)];
      const guard = () => Readable.from([guardScript()]);
      const acted = parseActed(await leased('maintain', lease, words, guard), host);
      return acted ?? [];
    },
    async result(lease, verb) {
      return parseActed(await ask('maintain-result', lease.binary, [lease.token, verb]), host);
    },
    async kept(binary) {
      return parseKept(await ask('kept', binary, []));
    },
    async snapshot(lease, instances) {
      const words = instances.flatMap(({ port, pid = 0, startTicks = 0, dataDir }) => [
        port,
        pid,
        startTicks,
        dataDir,
      ]);
      return parseSnapshot(await leased('snapshot', lease, words));
    },
    async snapshotOne(lease, { port, pid = 0, startTicks = 0, dataDir }, name) {
      return parseSnapshot(await leased('snapshot-one', lease, [name, port, pid, startTicks, dataDir]))[0];
    },
    read,
    async dropSnapshot(lease, instances) {
      const words = instances.flatMap(({ port, dataDir }) => [port, dataDir]);
      await leased('drop-snapshot', lease, words);
    },
    async restoreBegin(lease, dataDir, bytes) {
      await leased('restore-begin', lease, [dataDir, Math.ceil(bytes / 1024)]);
    },
    async restorePut(lease, dataDir, { name, sha256 }, content) {
      (await leased('restore-put', lease, [dataDir, name, sha256], content)).one('put');
    },
    async restoreTake(lease, dataDir, name, folder) {
      return asSha256((await leased('restore-take', lease, [dataDir, name, folder])).one('put').text(0));
    },
    async contents(binary, dataDir, name) {
      return parseContents(await ask('contents', binary, [dataDir, name]));
    },
    async restoreEnd(lease, dataDir) {
      await leased('restore-end', lease, [dataDir]);
    },
    async logs(binary, instance, lines) {
      const { port, pid = 0, supervisor, user } = instance;
      const words = [lines, port, pid, supervisor.kind, unitName(instance), user];
      return parseLogs(await ask('logs', binary, words), port);
    },
  };
}
