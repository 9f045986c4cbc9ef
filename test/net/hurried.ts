import type { Limits } from '../../src/domain/http.ts';
import type { Shell } from '../../src/domain/ports.ts';
import type { HostSpec } from '../../src/domain/ranch.ts';
import type { SshTransport } from '../../src/ssh/transport.ts';

/** How long one operation took, beside what it was given. */
export interface Timing {
  readonly host: string;
  readonly what: string;
  readonly deadlineMs: number;
  readonly tookMs: number;
}

/** Deadlines in milliseconds for a host; undefined leaves the product's own. */
export interface Hurry {
  readonly visitMs?: number;
  readonly operationMs?: number;
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
    const most = hurry(host).operationMs ?? Number.POSITIVE_INFINITY;
    const shorter = (limits: Limits): Limits => ({
      ...limits,
      deadlineMs: Math.min(limits.deadlineMs, most),
    });
    return {
      run: (script, limits, signal) => {
        const bounds = shorter(limits);
        return timed(host, script.name, bounds.deadlineMs, shell.run(script, bounds, signal));
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
      const deadlineMs = Math.min(bounds.deadlineMs, hurry(host).visitMs ?? Number.POSITIVE_INFINITY);
      const visit = transport.withShell(host, (shell) => use(hurriedShell(host, shell)), {
        ...bounds,
        deadlineMs,
      });
      return timed(host, 'visit', deadlineMs, visit);
    },
  };
}
