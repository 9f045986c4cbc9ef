import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildStandIn } from '../../scripts/stand-in.mjs';
import type { Lab } from '../../src/lab/lab.ts';
import type { LabHostSpec } from '../../src/lab/lab-spec.ts';
import { installSq } from '../../src/lab/sq-program.ts';
import { startLab } from '../../src/lab/start-lab.ts';
import { seededRandom } from '../lab/seeded-random.ts';
import { type Ended, type Person, ranch } from './captured.ts';

const CACHE = fileURLToPath(new URL('../../node_modules/.cache/ranch-test', import.meta.url));

/** A lab, and the command line pointed at it. */
export interface Herd {
  readonly lab: Lab;
  /** A folder of the test's own; the lab lies in it. */
  readonly dir: string;
  /** The path of the program of an SQ version. */
  program(version: string): string;
  /** Writes a program of 0.5.2 that is linked with libphext 0.3.0, which fails on real content: its path. */
  brokenProgram(): Promise<string>;
  ranch(argv: readonly string[], person?: Person): Promise<Ended>;
  /** Each host's binary (sha256 of the file) and servers: what must be the same where nothing was to change. */
  standing(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** A host that runs 0.5.1. */
export function oldHost(name: string, more: Partial<LabHostSpec> = {}): LabHostSpec {
  const data = { kind: 'folder', name: 'sq' } as const;
  return { name, version: '0.5.1', instances: [{ phext: 'relay', data, bytes: 4_000 }], ...more };
}

/** What a process was started with; nothing once it is gone. A script's watchdog may outlive it by seconds. */
function commandOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

/** Brings up a lab with real stand-ins of SQ. */
export async function makeHerd(hosts: readonly LabHostSpec[]): Promise<Herd> {
  const standIn = join(CACHE, String(process.pid), 'stand-in.js');
  await buildStandIn(standIn);
  const dir = await mkdtemp(join(tmpdir(), 'ranch-cli-'));
  const lab = await startLab({ dir: join(dir, 'lab'), hosts, random: seededRandom(11), standIn });
  const places = ['-i', lab.ranchFile, '--state', lab.stateDir, '--ssh-config', 'none'];
  return {
    lab,
    dir,
    program: (version) => lab.artifacts.get(version) ?? '',
    brokenProgram: async () => {
      const path = join(dir, 'broken', 'sq');
      await installSq('0.5.2', path, { standIn }, { libphext: '0.3.0' });
      return path;
    },
    ranch: (argv, person) => ranch([...places, ...argv], person),
    standing: () =>
      Promise.all(
        lab.hosts.map(async (host) => {
          const bytes = host.binary === undefined ? '' : await readFile(host.binary).catch(() => '');
          const sha = createHash('sha256').update(bytes).digest('hex');
          const servers = host.processes().filter(({ pid }) => commandOf(pid).includes(host.binary ?? '?'));
          const running = servers.map(({ pid, startTicks }) => `${pid}@${startTicks}`);
          return `${host.name} ${sha} ${running.sort().join(' ')}`;
        }),
      ),
    close: async () => {
      await lab.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
