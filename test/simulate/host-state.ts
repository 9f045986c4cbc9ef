import type { Sha256 } from '../../src/domain/brand.ts';
import type { ModelHost } from '../execute/model-host.ts';

/** One unit as somebody who walks up to the host finds it. */
export interface UnitState {
  readonly unit: string;
  /** What lies at the path. */
  readonly live: Sha256 | undefined;
  /** Which of its names the dead man's file has, if it is there. */
  readonly arming: 'armed' | 'reverting' | 'confirmed' | undefined;
  readonly timer: boolean;
  readonly scratch: number;
  /** Who holds the lease, where it has not run out. */
  readonly lease: string | undefined;
}

/** A whole host: its units, what runs, and its files. */
export interface HostState {
  readonly host: string;
  readonly units: readonly UnitState[];
  /** By port. */
  readonly running: ReadonlyMap<number, Sha256>;
  /** Names of phext files by data folder, and the scrolls that each has on the disk or in SQ's memory. */
  readonly files: ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<string>>>;
}

/** What a server that runs has of a folder's phexts, and its disk has not: it is not lost. */
function held(host: ModelHost, folder: string): readonly string[] {
  const found = [...host.processes.values()].filter(({ instance }) => instance.dataDir === folder);
  return found.flatMap(({ server }) => server.unsaved());
}

/** A host as it is now. */
export function stateOf(host: ModelHost): HostState {
  return {
    host: host.name,
    units: [...host.units.values()].map((unit) => {
      const { heldLease: lease } = unit;
      const held = lease?.boot === host.boot && lease.expires > host.seconds();
      return {
        unit: unit.binary,
        live: unit.live,
        arming: unit.armed?.decided,
        timer: unit.timer !== undefined,
        scratch: unit.scratch.size,
        lease: held ? lease.holder : undefined,
      };
    }),
    running: new Map([...host.processes].map(([port, { sha }]) => [port, sha])),
    files: new Map(
      host
        .folders()
        .map(([folder, files]) => [
          folder,
          new Map(
            [...files].map(([name, phext]) => [name, new Set([...phext.keys(), ...held(host, folder)])]),
          ),
        ]),
    ),
  };
}
