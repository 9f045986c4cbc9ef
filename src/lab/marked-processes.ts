import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { RanchError } from '../domain/errors.ts';

/** A process that a lab started, or that was started by one of those. */
export interface MarkedProcess {
  readonly pid: number;
  /** Clock ticks since boot: with the pid, names one process for ever. */
  readonly startTicks: number;
  /** `<lab id>/<host>`. */
  readonly scope: string;
}

/** The variable that carries a lab's id into every process of the lab. */
export const LAB_MARK = 'RANCH_LAB';
/** The variable that carries `<lab id>/<host>`: host scripts see only processes that carry their own. */
export const SCOPE_MARK = 'RANCH_SCOPE';

/** How long a killed process may take to be gone; one that waits for a disk can take seconds. */
const GONE_WITHIN_MS = 60_000;

/** Every live process of this machine that carries the lab's id in its environment. */
export function markedProcesses(labId: string): readonly MarkedProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .flatMap((pid) => markOf(pid, labId) ?? []);
}

/**
 * Kills every process of the lab, and nothing else, and resolves when they are gone: how many there were. Throws
 * `internal` where one does not go.
 */
export async function endMarked(labId: string): Promise<number> {
  const seen = new Set<number>();
  const until = performance.now() + GONE_WITHIN_MS;
  for (;;) {
    const left = endMarkedNow(labId);
    if (left.length === 0) return seen.size;
    for (const { pid } of left) seen.add(pid);
    if (performance.now() > until) throw stays(labId, left);
    await sleep(5);
  }
}

/**
 * Sends SIGKILL to every process of the lab, without waiting. A process is looked at again right before it is
 * killed, so that a pid which went to somebody else meanwhile is left alone.
 */
function endMarkedNow(labId: string): readonly MarkedProcess[] {
  const marked = markedProcesses(labId);
  for (const { pid, startTicks } of marked) {
    if (markOf(pid, labId)?.startTicks !== startTicks) continue;
    try {
      process.kill(pid, 'SIGKILL');
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }
  return marked;
}

/** When a process started, in clock ticks since boot; undefined when there is none, or only its zombie. */
export function startTicksOf(pid: number): number | undefined {
  const stat = read(`/proc/${pid}/stat`);
  // The name in brackets may hold anything; fields are counted from the last bracket on (proc(5): 3 is the state).
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (!fields || fields[0] === 'Z' || fields[0] === 'X') return undefined;
  return Number(fields[19]);
}

function markOf(pid: number, labId: string): MarkedProcess | undefined {
  if (pid === process.pid) return undefined;
  const startTicks = startTicksOf(pid);
  const environ = read(`/proc/${pid}/environ`)?.split('\0');
  if (startTicks === undefined || !environ?.includes(`${LAB_MARK}=${labId}`)) return undefined;
  const scope = environ.find((entry) => entry.startsWith(`${SCOPE_MARK}=`))?.slice(SCOPE_MARK.length + 1);
  return { pid, startTicks, scope: scope ?? '' };
}

/** A file of /proc; undefined where the process is gone or is somebody else's. */
function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}

function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ESRCH';
}

function stays(labId: string, left: readonly MarkedProcess[]): RanchError {
  const pids = left.map(({ pid }) => pid).join(', ');
  return new RanchError({
    code: 'internal',
    place: labId,
    message: `processes of the lab do not end: ${pids}`,
    remedy: 'Look at what they wait for with `ps`; end them by hand once it is clear.',
  });
}
