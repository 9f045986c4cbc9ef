import { readFileSync } from 'node:fs';

/** `0A`: the kernel's number for LISTEN in /proc/net/tcp. */
const LISTEN = '0A';

/**
 * Whether anybody listens on a TCP port of this machine. Read from the kernel, never by a connect: one that closes
 * without a request kills SQ 0.5.1.
 */
export function isListening(port: number): boolean {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return ['/proc/net/tcp', '/proc/net/tcp6'].some((file) => {
    const rows = tableOf(file).split('\n').slice(1);
    return rows.some((row) => {
      const [, local, , state] = row.trim().split(/\s+/);
      return state === LISTEN && local?.endsWith(suffix) === true;
    });
  });
}

/** The table; empty where the machine has no such protocol. */
function tableOf(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}
