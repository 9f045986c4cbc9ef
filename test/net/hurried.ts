import type { Limits } from '../../src/domain/http.ts';
import type { Shell } from '../../src/domain/ports.ts';
import type { HostSpec } from '../../src/domain/ranch.ts';
import { deadlineFault } from '../../src/ssh/faults.ts';
import type { SshTransport } from '../../src/ssh/transport.ts';

/** How long one operation took, beside what it was given. */
export interface Timing {
  readonly host: string;
  readonly what: string;
  readonly deadlineMs: number;
  readonly tookMs: number;
}

/** Deadlines in milliseconds for a host, asked for all the time that an operation lasts; undefined leaves the product's own. */
export interface Hurry {
  readonly visitMs?: number;
  /** From when it is first given on, or from the beginning of an operation. */
  readonly operationMs?: number;
}

const ASK_EVERY_MS = 50;

/** A signal that ends an operation as its deadline would, once `operationMs` was given and has gone by. */
function cutter(host: HostSpec, what: string, hurry: () => Hurry) {
  const cut = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const asking = setInterval(() => {
    const { operationMs } = hurry();
    if (operationMs === undefined) return;
    clearInterval(asking);
    timer = setTimeout(() => cut.abort(deadlineFault(host.name, what, operationMs)), operationMs);
  }, ASK_EVERY_MS);
  const stop = (): void => {
    clearInterval(asking);
    clearTimeout(timer);
  };
  return { signal: cut.signal, stop };
}

/**
 * The real transport with shorter deadlines, so that a test need not wait for minutes, and a record of how every
 * operation kept to its own.
 */
export function hurried(
  transport: SshTransport,
  hurry: (host: HostSpec) => Hurry,
  record: (timing: Timing) => void,
): SshTransport {
  const timed = async <T>(host: HostSpec, what: string, deadlineMs: number, work: Promise<T>): Promise<T> => {
    const began = performance.now();
    try {
      return await work;
    } finally {
      record({ host: host.name, what, deadlineMs, tookMs: performance.now() - began });
    }
  };
  const hurriedShell = (host: HostSpec, shell: Shell): Shell => {
    const shorter = (limits: Limits): Limits => {
      const most = hurry(host).operationMs ?? Number.POSITIVE_INFINITY;
      return { ...limits, deadlineMs: Math.min(limits.deadlineMs, most) };
    };
    return {
      run: async (script, limits, signal) => {
        const cut = cutter(host, script.name, () => hurry(host));
        const signals = signal ? [signal, cut.signal] : [cut.signal];
        try {
          const work = shell.run(script, limits, AbortSignal.any(signals));
          return await timed(host, script.name, limits.deadlineMs, work);
        } finally {
          cut.stop();
        }
      },
      openTcp: (address, port, limits) => {
        const bounds = shorter(limits);
        return timed(host, 'openTcp', bounds.deadlineMs, shell.openTcp(address, port, bounds));
      },
    };
  };
  return {
    ...transport,
    withShell: (host, use, bounds) => {
      const deadlineMs = hurry(host).visitMs ?? bounds.deadlineMs;
      const visit = transport.withShell(host, (shell) => use(hurriedShell(host, shell)), {
        ...bounds,
        deadlineMs,
      });
      return timed(host, 'visit', deadlineMs, visit);
    },
  };
}
