import { join } from 'node:path';
import type { LabHostSpec } from '../../../src/lab/lab-spec.ts';
import { sqBinary } from '../../rig/sq-binary.ts';
import { withLab } from '../lab-process.ts';
import { median, spread } from '../measure.ts';
import { wallsOf } from '../process.ts';
import type { Figure, Row } from '../row.ts';
import type { Site } from '../site.ts';
import type { Place } from '../six-hosts.ts';

/** The whole program, mailboxes and all; it ends with 0 only where every way holds and every message was read. */
function meshes(site: Site, { inventory, stateDir }: Place, rounds: number): Promise<readonly number[]> {
  const argv = [...site.ranch, '-i', inventory, '--state', stateDir, '--ssh-config', 'none', 'mesh', '-q'];
  return wallsOf(argv, rounds);
}

function figure(walls: readonly number[], atMost: number, pairs: number): Figure {
  const noise = (spread(walls) * 50).toFixed(0);
  const evidence = `median of ${walls.length} (± ${noise} %); ${pairs} ways, ${2 * pairs} messages; the first ${Math.round(walls[0] ?? 0)} ms`;
  return { what: 'wall', value: median(walls), unit: 'ms', atMost, evidence };
}

const SIX_ROUNDS = 11;
const FIFTY_ROUNDS = 3;
const FIFTY = 50;

/** Every real host's way to every other's SQ, with the real content compared and all mailboxes tried. */
export const meshOfSix: Row = {
  id: 10,
  title: 'mesh of 6 real hosts as a whole process, mailboxes and all',
  needs: ['hosts', 'cyoa'],
  async run(site) {
    const six = await site.hosts();
    await six.serve(sqBinary('0.5.2'));
    return [figure(await meshes(site, await six.place(), SIX_ROUNDS), 2_000, 30)];
  },
};

/** The same of a large ranch, its hosts and their SQ on this very machine. */
export const meshOfFifty: Row = {
  id: 11,
  title: 'mesh of 50 lab hosts as a whole process, mailboxes and all',
  needs: ['lab'],
  async run(site) {
    const hosts = Array.from({ length: FIFTY }, (_, at): LabHostSpec => {
      const data = { kind: 'folder', name: 'sq' } as const;
      return { name: `n${at + 1}`, version: '0.5.2', instances: [{ phext: 'story', data, bytes: 4_000 }] };
    });
    const dir = join(site.folder, 'lab-mesh');
    return withLab(join(site.root, 'dist/lab-host.js'), dir, hosts, async ({ ranchFile, stateDir }) => [
      figure(
        await meshes(site, { inventory: ranchFile, stateDir }, FIFTY_ROUNDS),
        15_000,
        FIFTY * (FIFTY - 1),
      ),
    ]);
  },
};
