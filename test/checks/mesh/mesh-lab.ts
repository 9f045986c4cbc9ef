import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { meshHosts } from '../../../src/app/checks/mesh.ts';
import { openWorkspace } from '../../../src/app/workspace.ts';
import type { MeshPair, MeshReport } from '../../../src/domain/mesh.ts';
import type { HostSpec } from '../../../src/domain/ranch.ts';
import type { LabHostSpec } from '../../../src/lab/lab-spec.ts';
import type { Herd } from '../../cli/herd.ts';

/** A host that can be asked. */
export function sqHost(name: string, more: Partial<LabHostSpec> = {}): LabHostSpec {
  const data = { kind: 'folder', name: 'sq' } as const;
  return { name, version: '0.5.2', instances: [{ phext: 'story', data, bytes: 4_000 }], ...more };
}

/** A mesh of all hosts of a lab, as a use case. */
export async function meshOf(
  { lab }: Pick<Herd, 'lab'>,
  depth: 'reach' | 'all' = 'all',
  signal?: AbortSignal,
  asNamed: (host: HostSpec) => HostSpec = (host) => host,
): Promise<MeshReport> {
  const workspace = await openWorkspace({
    inventory: lab.ranchFile,
    stateDir: lab.stateDir,
    asking: {},
    sshConfig: 'none',
  });
  try {
    return await meshHosts(workspace, workspace.ranch.hosts.map(asNamed), {
      depth,
      ...(signal ? { signal } : {}),
    });
  } finally {
    await workspace.close();
  }
}

/** `from -> to: state`, sorted. */
export function ways({ pairs }: { readonly pairs: readonly MeshPair[] }): readonly string[] {
  return pairs.map(({ from, to, state }) => `${from} -> ${to}: ${state}`).sort();
}

/** What is not good, as `host check: got`. */
export function bad({ findings }: MeshReport): readonly string[] {
  return findings.filter(({ ok }) => !ok).map(({ host, check, got }) => `${host} ${check}: ${got}`);
}

/** The file of a phext of a host's first instance. */
export function fileOf({ lab }: Pick<Herd, 'lab'>, host: string, phext: string): string {
  return join(lab.host(host).instances[0]?.dataDir ?? '', `${phext}.phext`);
}

/** The server of a host's only instance. */
export function serverOf({ lab }: Pick<Herd, 'lab'>, host: string): number {
  const [server] = lab.host(host).processes();
  if (!server) throw new Error(`no SQ runs on ${host}`);
  return server.pid;
}

/** Text and time of a file: what must be the same where nothing was to be touched. */
export async function traceOf(file: string): Promise<string> {
  const { mtimeMs, ino } = await stat(file);
  return `${mtimeMs} ${ino} ${(await readFile(file)).toString('latin1')}`;
}

/** Asks a stand-in of the lab from here. */
export async function ask(
  { lab }: Pick<Herd, 'lab'>,
  host: string,
  path: string,
  patienceMs = 60_000,
): Promise<string> {
  const port = lab.host(host).instances[0]?.port;
  const signal = AbortSignal.timeout(patienceMs);
  const reply = await fetch(`http://127.0.0.1:${port}/api/v2/${path}`, { signal });
  return await reply.text();
}
