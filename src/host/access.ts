import type { HttpReply, HttpRequest, Limits } from '../domain/http.ts';
import type { ReachedObservation } from '../domain/observation.ts';
import type { Clock, Transport, VisitOptions } from '../domain/ports.ts';
import type { HostSpec } from '../domain/ranch.ts';
import { endsWhole } from './file-end.ts';
import { httpOver } from './http.ts';
import { look } from './observe.ts';
import type { KnownVersions } from './parse-observation.ts';
import type { UnitHost } from './unit-host.ts';
import { unitShell } from './unit-shell.ts';

/** A host while one connection to it is open. */
export interface HostLink {
  /** Looks at the host. */
  look(): Promise<ReachedObservation>;
  /** What can be done to its units. */
  readonly unit: UnitHost;
  /** One exchange with a port of the host's own loopback. */
  http(port: number, request: HttpRequest, limits: Limits): Promise<HttpReply>;
  /** Whether a phext file ends with a whole character: 0.5.2 must not be asked for one that does not. */
  endsWhole(dataDir: string, phext: string): Promise<boolean>;
}

/** How the engine reaches hosts: the real ones over SSH, a simulated ranch in simulations. */
export interface HostAccess {
  /** Each call is a fresh connection, closed at the end, unless the options say otherwise. Throws the connecting codes. */
  withHost<T>(spec: HostSpec, use: (host: HostLink) => Promise<T>, options: VisitOptions): Promise<T>;
}

/** Hosts over a transport. `known` is what programs are known to be; it may grow. */
export function hostAccess(transport: Transport, clock: Clock, known: KnownVersions): HostAccess {
  return {
    withHost: (spec, use, options) =>
      transport.withShell(
        spec,
        (shell) =>
          use({
            look: () => look(shell, spec, clock, known, options.signal),
            unit: unitShell(shell, spec, options.signal),
            http: (port, request, limits) => httpOver(shell, clock, port, request, limits),
            endsWhole: (dataDir, phext) => endsWhole(shell, spec, dataDir, phext),
          }),
        options,
      ),
  };
}
