import type { Clock, Random, Shell, Transport } from '../../domain/ports.ts';
import type { HostSpec, Ranch } from '../../domain/ranch.ts';
import type { KnownVersions } from '../../host/parse-observation.ts';
import { selectHosts } from '../../inventory/select-hosts.ts';

/** What maintaining a host acts through. */
export interface MaintainContext {
  readonly ranch: Ranch;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  /** Where backups and the memory of stopped instances lie. */
  readonly stateDir: string;
  /** What programs are known to be. */
  readonly known: KnownVersions;
  readonly signal?: AbortSignal;
}

/** Which of a host's instances are meant. */
export interface InstanceChoice {
  /** Left out: those that the inventory names, and where it names none, all that are found. */
  readonly ports?: readonly number[];
}

/** A visit with large files over a slow link. */
const VISIT_DEADLINE_MS = 3_600_000;

/** The host of that name. Throws `no-such-host`. */
export function hostNamed(ranch: Ranch, name: string): HostSpec {
  const [spec] = selectHosts(ranch, { hosts: [name] });
  // selectHosts throws for a name that it does not know, so there is one.
  if (!spec) throw new Error(`no host ${name}`);
  return spec;
}

/** One visit over a fresh connection. */
export function visit<T>(
  { transport, signal }: MaintainContext,
  spec: HostSpec,
  use: (shell: Shell) => Promise<T>,
): Promise<T> {
  return transport.withShell(spec, use, { deadlineMs: VISIT_DEADLINE_MS, ...(signal ? { signal } : {}) });
}
