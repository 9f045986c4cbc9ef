import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { realContent } from './content.ts';
import { PHEXT } from './controller.ts';
import { openRig, type Rig, type SqWay } from './rig.ts';
import { sqBinary } from './sq-binary.ts';

/** Where an SQ that was started in each way keeps its data, and its binary. */
export const DATA: Readonly<Record<SqWay, string>> = {
  unit: '/var/lib/sq',
  user: '/home/ranch/.sq/data',
  bare: '/home/ranch/SQ',
};
export const BINARY: Readonly<Record<SqWay, string>> = {
  unit: '/usr/local/bin/sq',
  user: '/home/ranch/.local/bin/sq',
  bare: '/home/ranch/SQ/sq',
};

/** The rig's hosts with real content on them, and what can be seen of their SQ from outside. */
export interface Fleet {
  readonly rig: Rig;
  readonly content: Buffer;
  /** A file with that content. */
  readonly phextFile: string;
  /** SQ started anew on a clean host, on the content. */
  readonly serve: (host: string, way: SqWay, binary?: string) => Promise<void>;
  /** The sha256 of what runs on each port: `1337 SHA`, in the order of ports. */
  readonly runs: (host: string) => Promise<readonly string[]>;
  readonly onDisk: (host: string, path: string) => Promise<Buffer>;
  readonly reset: (...hosts: readonly string[]) => Promise<void>;
  readonly close: () => Promise<void>;
}

const RUNS = [
  'for p in $(pgrep -x "sq(-.*)?"); do',
  'port=$(tr "\\0" "\\n" </proc/$p/cmdline | sed -n "/^host$/{n;p;}"); echo "$port $(sha256sum </proc/$p/exe | cut -c1-64)"; done | sort',
].join(' ');

export async function openFleet(hosts: number): Promise<Fleet> {
  const rig = await openRig(hosts, { h3: 'minimal', h4: 'busybox' });
  const { dir } = await rig.environment();
  const content = await realContent();
  const folder = mkdtempSync(join(tmpdir(), 'ranch-fleet-'));
  const phextFile = join(folder, 'content.phext');
  await writeFile(phextFile, content);
  const reset = async (...names: readonly string[]): Promise<void> => {
    await Promise.all(names.map((name) => rig.reset(name)));
  };
  return {
    rig,
    content,
    phextFile,
    reset,
    async serve(host, way, binary = sqBinary('0.5.1')) {
      await rig.reset(host);
      await rig.putContent(host, phextFile, PHEXT, way);
      await rig.startSq(way, host, binary);
    },
    async runs(host) {
      const text = await rig.run(host, RUNS);
      return text === '' ? [] : text.split('\n');
    },
    onDisk: (host, path) => readFile(join(dir, host, 'root', path)),
    async close() {
      await reset(...Array.from({ length: hosts }, (_, at) => `h${at + 1}`));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export async function shaOf(file: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
}

/** Another build of an SQ: bytes after the end of an ELF change what it is, and nothing of what it does. */
export async function otherBuild(binary: string, to: string): Promise<string> {
  await writeFile(to, Buffer.concat([await readFile(binary), Buffer.from('another build')]), { mode: 0o755 });
  return to;
}
