import type { HostSpec } from '../domain/ranch.ts';
import type { Link } from './link.ts';

/**
 * How long a connection waits for its next use. It is watched meanwhile by its keepalives, and half of that time is
 * what it takes them to notice that a silent host is gone.
 */
const IDLE_MS = 30_000;

/** Connections that wait at once: descriptors, and an sshd with its session on each host, are what this bounds. */
const MAX_PARKED = 64;

interface Waiting {
  readonly link: Link;
  readonly timer: NodeJS.Timeout;
  readonly forget: () => void;
}

/** Connections between two uses. */
export interface Parked {
  /** The connection that waits for this host, if there is one and it lives; it waits no more. */
  take(host: HostSpec): Link | undefined;
  /** Lets a connection wait, or closes it where enough wait already. */
  put(host: HostSpec, link: Link): void;
  close(): void;
}

/** A host is reached as before only if the inventory says the same of it. */
function keyOf(host: HostSpec): string {
  return JSON.stringify([host.name, host.address, host.port, host.user, host.identityFile, host.jump]);
}

/** Makes an empty place for connections. */
export function createParked(): Parked {
  const waiting = new Map<string, Waiting>();
  const take = (host: HostSpec): Link | undefined => {
    const key = keyOf(host);
    const found = waiting.get(key);
    if (!found) return undefined;
    waiting.delete(key);
    clearTimeout(found.timer);
    found.link.down.removeEventListener('abort', found.forget);
    return found.link.down.aborted ? undefined : found.link;
  };
  return {
    take,
    put(host, link) {
      take(host)?.close();
      if (link.down.aborted || waiting.size >= MAX_PARKED) {
        link.close();
        return;
      }
      const forget = (): void => void take(host);
      const timer = setTimeout(() => take(host)?.close(), IDLE_MS);
      timer.unref();
      link.down.addEventListener('abort', forget, { once: true });
      waiting.set(keyOf(host), { link, timer, forget });
    },
    close() {
      for (const { link, timer } of waiting.values()) {
        clearTimeout(timer);
        link.close();
      }
      waiting.clear();
    },
  };
}
