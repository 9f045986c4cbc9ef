import { Readable } from 'node:stream';
import type { Sha256 } from '../domain/brand.ts';
import { RanchError } from '../domain/errors.ts';
import type { PlannedInstance } from '../domain/plan.ts';
import type { RemoteScript, Shell } from '../domain/ports.ts';
import type { HostSpec } from '../domain/ranch.ts';
import { Secret } from '../domain/secret.ts';
import {
  parseInspection,
  parseProof,
  parseProofAgain,
  parseRuns,
  parseSwitched,
  UnitAnswer,
} from './unit-answers.ts';
import type { Lease, UnitHost } from './unit-host.ts';
import { guardScript, type UnitCommand, unitScript } from './unit-script.ts';

/** What a command may take on a slow host. A switch waits for SQ to start, once for each instance. */
const COMMAND_DEADLINE_MS = 60_000;
/** A slow link carries 1 MB in ten minutes. */
const UPLOAD_DEADLINE_MS = 600_000;
const MAX_BYTES = 256 * 1024;
/** Stands for "none" in the scripts' argument lists, where an empty word would be lost. */
export const NONE = '-';

/** The command as data: what runs on the host for `command`. */
export function unitCommand(
  spec: HostSpec,
  command: UnitCommand,
  binary: string,
  args: readonly (string | number)[],
  stdin?: () => Readable,
): RemoteScript {
  return {
    name: command,
    text: unitScript(command),
    args: [command, binary, ...args.map(String)],
    become: spec.become === 'sudo',
    ...(stdin ? { stdin } : {}),
  };
}

/** The name of an instance's unit as the scripts take it. */
export function unitName({ supervisor }: PlannedInstance): string {
  return 'unit' in supervisor ? supervisor.unit : NONE;
}

/** PORT PID START KIND UNIT USER DATADIR KEYFILE, as the scripts take an instance. */
export function adoptedWords(instance: PlannedInstance): readonly (string | number)[] {
  const { port, pid = 0, startTicks = 0, supervisor, user, dataDir, keyFile = NONE } = instance;
  return [port, pid, startTicks, supervisor.kind, unitName(instance), user, dataDir, keyFile];
}

/** Words that the scripts' lists cannot hold are never sent. Throws `host-unsupported`. */
export function refuseOddWords(host: string, words: readonly (string | number)[]): void {
  const odd = words.find((word) => /[\t\n]/.test(String(word)));
  if (odd === undefined) return;
  throw new RanchError({
    code: 'host-unsupported',
    place: host,
    message: `a path or name holds a tab or a line break: ${JSON.stringify(odd)}`,
    remedy: 'Rename it; ranch does not touch what it cannot name safely.',
  });
}

/** Unit commands over an open connection. */
export function unitShell(shell: Shell, spec: HostSpec, signal?: AbortSignal): UnitHost {
  const host = spec.name;
  const ask = async (
    command: UnitCommand,
    binary: string,
    args: readonly (string | number)[],
    stdin?: () => Readable,
    deadlineMs = COMMAND_DEADLINE_MS,
  ): Promise<UnitAnswer> => {
    refuseOddWords(host, [binary, ...args]);
    const script = unitCommand(spec, command, binary, args, stdin);
    const result = await shell.run(script, { deadlineMs, maxBytes: MAX_BYTES }, signal);
    return new UnitAnswer(host, command, result.stdout);
  };
  const changing = (
    command: UnitCommand,
    { binary, holder, token }: Lease,
    args: readonly (string | number)[] = [],
    stdin?: () => Readable,
    deadlineMs?: number,
  ) => ask(command, binary, [holder, token, ...args], stdin, deadlineMs);

  return {
    async lease(binary, holder, seconds, instances = [], ended = []) {
      const words = instances.flatMap(({ port, pid = 0, startTicks = 0, supervisor }) => [
        port,
        pid,
        startTicks,
        supervisor.kind,
      ]);
      const answer = await ask('lease', binary, [holder, seconds, ended.join(',') || '-', ...words]);
      return { binary, holder, token: answer.one('lease').number(0) };
    },
    async staged(lease, sha256, bytes) {
      const answer = await changing('stage', lease, [sha256, bytes, 'check']);
      return answer.maybe('staged') !== undefined;
    },
    async stage(lease, sha256, bytes, content) {
      const answer = await changing('stage', lease, [sha256, bytes, 'put'], content, UPLOAD_DEADLINE_MS);
      answer.one('staged');
    },
    async proveBegin(lease, sha256, seconds, instances) {
      const words = instances.flatMap(({ port, pid = 0, startTicks = 0, dataDir }) => [
        port,
        pid,
        startTicks,
        dataDir,
      ]);
      return parseProof(await changing('prove-begin', lease, [sha256, seconds, ...words]));
    },
    async proveAgain(lease, sha256, old: Sha256 | undefined, seconds, instances) {
      const ports = instances.map(({ port }) => port);
      return parseProofAgain(await changing('prove-again', lease, [sha256, old ?? '', seconds, ...ports]));
    },
    async proveEnd(lease) {
      await changing('prove-end', lease);
    },
    async arm(lease, to, from, seconds, instances) {
      const words = instances.flatMap(adoptedWords);
      const guard = () => Readable.from([guardScript()]);
      const answer = await changing('arm', lease, [to, from ?? NONE, seconds, ...words], guard);
      answer.one('armed');
    },
    async switch(lease) {
      return parseSwitched(await changing('switch', lease), host);
    },
    async confirm(lease, to) {
      const answer = await changing('confirm', lease, [to]);
      const lost = answer.maybe('lost');
      if (lost) {
        throw new RanchError({
          code: 'confirm-lost',
          place: host,
          message: `the host went back before it was confirmed: ${lost.text(0) || 'it was not armed'}`,
          remedy: 'It runs its old binary. Look why the confirmation came late, then try again.',
        });
      }
      answer.one('confirmed');
      return parseRuns(answer);
    },
    async revert(lease) {
      return (await changing('revert', lease)).one('outcome').text(0);
    },
    async release(lease) {
      await changing('release', lease);
    },
    async inspect(binary, instances) {
      const words = instances.flatMap((instance) => [
        instance.port,
        instance.supervisor.kind,
        unitName(instance),
        instance.user,
      ]);
      return parseInspection(await ask('inspect', binary, words));
    },
    async full(binary, instances) {
      const words = instances.flatMap(({ port, dataDir }) => [port, dataDir]);
      return (await ask('full', binary, words)).all('full').map((fields) => fields.number(0));
    },
    async key(instance) {
      const words = [instance.port, instance.pid ?? 0, instance.keyFile ?? NONE];
      const found = (await ask('key', '/', words)).maybe('key');
      return found && found.text(0) !== '' ? new Secret(found.text(0)) : undefined;
    },
  };
}
