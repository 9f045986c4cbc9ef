import type { MeshHost, MeshMember, MissingHost } from '../../checks/mesh/host.ts';
import { type MeshWish, mesh } from '../../checks/mesh/mesh.ts';
import { isUsableElsewhere, wayFrom } from '../../checks/mesh/way.ts';
import { subjectsOn } from '../../checks/subject.ts';
import { EXIT, type ExitCode, RanchError } from '../../domain/errors.ts';
import type { MeshReport, MeshVerdict } from '../../domain/mesh.ts';
import type { Shell, Transport } from '../../domain/ports.ts';
import type { HostSpec } from '../../domain/ranch.ts';
import { look } from '../../host/observe.ts';
import type { KnownVersions } from '../../host/parse-observation.ts';
import { knownVersions } from '../known-versions.ts';
import type { Workspace } from '../workspace.ts';

/** Every connection stays open through the whole mesh. */
const VISIT_DEADLINE_MS = 900_000;

export interface MeshOptions {
  readonly depth: MeshWish['depth'];
  readonly signal?: AbortSignal;
}

/** Where others may look for a host: what the inventory connects to, then its name, as they know them. */
function addressesOf({ address, name }: HostSpec): readonly string[] {
  return [...new Set<string>([address, name])].filter(isUsableElsewhere);
}

function missing(spec: HostSpec, error: unknown): MissingHost {
  if (!(error instanceof RanchError) || error.code === 'internal') throw error;
  return { kind: 'missing', spec, expected: spec.expect === 'absent', got: error.message };
}

interface Meeting {
  readonly transport: Transport;
  readonly workspace: Workspace;
  readonly known: KnownVersions;
  /** Stops the connecting; once all are there the mesh itself stops, so that it can remove what it wrote. */
  readonly connecting: AbortSignal;
  readonly over: Promise<void>;
}

async function arrive(
  spec: HostSpec,
  shell: Shell,
  { workspace, known, connecting }: Meeting,
): Promise<MeshHost> {
  const { clock } = workspace;
  const observation = await look(shell, spec, clock, known, connecting);
  return {
    kind: 'there',
    spec,
    shell,
    observation,
    subjects: subjectsOn(spec, shell, observation, known),
    way: wayFrom(spec.name, shell, clock),
    addresses: addressesOf(spec),
  };
}

/** One host: resolves when it is there or cannot be; its connection stays until the meeting is over. */
function invite(spec: HostSpec, meeting: Meeting) {
  let visit: Promise<void> = Promise.resolve();
  const arrival = new Promise<MeshMember>((resolve, reject) => {
    visit = meeting.transport
      .withShell(
        spec,
        async (shell) => {
          resolve(await arrive(spec, shell, meeting));
          await meeting.over;
        },
        { deadlineMs: VISIT_DEADLINE_MS, signal: meeting.connecting },
      )
      .catch((error: unknown) => {
        try {
          resolve(missing(spec, error));
        } catch (defect) {
          reject(defect);
        }
      });
  });
  return { arrival, left: () => visit };
}

/** Connects to all hosts, and has `use` run while all connections are open. */
async function together<T>(
  workspace: Workspace,
  hosts: readonly HostSpec[],
  signal: AbortSignal | undefined,
  use: (members: readonly MeshMember[]) => Promise<T>,
): Promise<T> {
  const connecting = new AbortController();
  const stop = (): void => connecting.abort(signal?.reason);
  let end: () => void = () => undefined;
  const over = new Promise<void>((resolve) => {
    end = resolve;
  });
  const [transport, known] = await Promise.all([workspace.transport(), knownVersions(workspace)]);
  signal?.throwIfAborted();
  signal?.addEventListener('abort', stop, { once: true });
  const guests = hosts.map((spec) =>
    invite(spec, { transport, workspace, known, connecting: connecting.signal, over }),
  );
  try {
    const members = await Promise.all(guests.map(({ arrival }) => arrival));
    signal?.removeEventListener('abort', stop);
    signal?.throwIfAborted();
    return await use(members);
  } finally {
    signal?.removeEventListener('abort', stop);
    end();
    await Promise.all(guests.map(({ left }) => left()));
  }
}

/**
 * The mesh of the given hosts: all are connected to at once, and each asks for the SQ of each other. What was found is
 * recorded. A host that cannot be reached is part of the report, never an exception.
 */
export async function meshHosts(
  workspace: Workspace,
  hosts: readonly HostSpec[],
  { depth, signal }: MeshOptions,
): Promise<MeshReport> {
  const { clock, random, ranch } = workspace;
  const wish: MeshWish = { depth, ...(ranch.target ? { target: ranch.target.version } : {}) };
  const ports = { clock, random, ...(signal ? { signal } : {}) };
  const started = clock.monotonic();
  const report = await together(workspace, hosts, signal, (members) => mesh(members, wish, ports));
  (await workspace.store()).recordFindings(null, report.findings);
  return { ...report, tookMs: Math.round(clock.monotonic() - started) };
}

/** As DESIGN and the README say: a mesh is whole, or lacks hosts that could not be reached, or does not hold. */
const EXITS: Readonly<Record<MeshVerdict, ExitCode>> = {
  full: EXIT.ok,
  partial: EXIT.unreachable,
  degraded: EXIT.failed,
  down: EXIT.failed,
};

/** The exit code of a mesh. */
export function meshExit({ verdict }: MeshReport): ExitCode {
  return EXITS[verdict];
}
