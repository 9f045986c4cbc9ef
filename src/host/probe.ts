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
  /** `open` has no key: for what SQ does without one; never with content. */
  readonly access: 'keyed' | 'open';
  /** `roaming` runs without `--data-dir`, its data in the working directory, as many run it. */
  readonly folder: 'held' | 'roaming';
}

/** A scratch server, and what was copied for it. */
export interface Probe {
  /** `key` reveals nothing where it runs open. */
  readonly server: ScratchServer;
  readonly copied: readonly CopiedPhext[];
}

/** What a check does on a host beside asking SQ. Each call throws `RanchError`. */
export interface ProbeHost {
  /**
   * Starts the program that runs an instance once more, on a spare port, for `seconds` at most. Throws `host-moved`,
   * `disk-full`, `never-quiet`, `proof-failed` where it does not start.
   */
  begin(lease: Lease, seconds: number, shape: ProbeShape, instance: PlannedInstance): Promise<Probe>;
  /** Kills it with SIGKILL, whatever it does, and starts it on what it left. */
  again(lease: Lease, instance: PlannedInstance): Promise<ScratchServer>;
  /** Removes the scratch phext that a smoke test left in a live server's folder. */
  forget(binary: string, dataDir: string, phext: string): Promise<void>;
}

const DEADLINE_MS = 60_000;
const MAX_BYTES = 256 * 1024;

/** What checks do over an open connection. */
export function probeShell(shell: Shell, spec: HostSpec, signal?: AbortSignal): ProbeHost {
  const ask = async (command: UnitCommand, binary: string, args: readonly (string | number)[]) => {
    refuseOddWords(spec.name, [binary, ...args]);
    const script = unitCommand(spec, command, binary, args);
    const { stdout } = await shell.run(script, { deadlineMs: DEADLINE_MS, maxBytes: MAX_BYTES }, signal);
    return new UnitAnswer(spec.name, command, stdout);
  };
  const onlyServer = (answer: UnitAnswer): ScratchServer => {
    const [server] = parseScratch(answer);
    if (!server) throw invalidAnswer(spec.name, 'probe', 'no scratch record');
    return server;
  };
  return {
    async begin({ binary, holder, token }, seconds, { content, access, folder }, instance) {
      const { port, pid = 0, startTicks = 0, dataDir } = instance;
      const how = [seconds, content, access, folder];
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
    async again({ binary, holder, token }, { port }) {
      return onlyServer(await ask('probe-again', binary, [holder, token, port]));
    },
    async forget(binary, dataDir, phext) {
      await ask('forget-scratch', binary, [dataDir, phext]);
    },
  };
}
