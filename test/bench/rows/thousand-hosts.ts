import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as z from 'zod';
import { cannedScript } from '../../../src/lab/canned-answer.ts';
import { CANNED_LOOK } from '../canned-look.ts';
import { withLab } from '../lab-process.ts';
import { median } from '../measure.ts';
import type { Figure, Row } from '../row.ts';
import type { Site } from '../site.ts';

const FEW = 100;
const MANY = 1_000;
/** The first of each is cold; the median of three is not. */
const SWEEPS = 3;
/** Ten times the hosts, and a fifth for what a larger heap costs. */
const LINEAR = 12;
/** The inventory is bounded in size: a thousand hosts fit when they name no instances. */
const INSTANCES: readonly never[] = [];

const swept = z.object({
  walls: z.array(z.number()),
  reached: z.number(),
  peakRssMb: z.number(),
  left: z.array(z.string()),
});

async function sweepOf(site: Site, count: number): Promise<z.infer<typeof swept>> {
  const hosts = Array.from({ length: count }, (_, at) => ({
    name: `n${at}`,
    instances: INSTANCES,
    canned: cannedScript(CANNED_LOOK),
  }));
  return withLab(
    join(site.root, 'dist/lab-host.js'),
    join(site.folder, `lab-${count}`),
    hosts,
    async (lab) => {
      const { stdout } = await promisify(execFile)(process.execPath, [
        site.labSweep,
        lab.ranchFile,
        lab.stateDir,
        `${SWEEPS}`,
      ]);
      const found = swept.parse(JSON.parse(stdout));
      if (found.reached !== count) throw new Error(`${found.reached} of ${count} lab hosts were reached`);
      return found;
    },
  );
}

/** A ranch a hundred times the size of the real one. */
export const thousandHosts: Row = {
  id: 9,
  title: `sweep of ${MANY} lab hosts, each answering from memory`,
  needs: ['lab'],
  async run(site): Promise<readonly Figure[]> {
    const few = await sweepOf(site, FEW);
    const many = await sweepOf(site, MANY);
    const walls = { few: median(few.walls), many: median(many.walls) };
    const evidence = `${walls.many.toFixed(0)} ms against ${walls.few.toFixed(0)} ms for ${FEW}`;
    const rss = `peak of a process that did nothing else; ${few.peakRssMb.toFixed(0)} MB with ${FEW}`;
    return [
      { what: 'controller RSS', value: many.peakRssMb, unit: 'MB', atMost: 300, evidence: rss },
      {
        what: 'descriptors left open',
        value: many.left.length,
        unit: 'left',
        atMost: 0,
        evidence: [`after ${SWEEPS} sweeps`, ...many.left].join(', '),
      },
      { what: `wall against ${FEW}`, value: walls.many / walls.few, unit: 'x', atMost: LINEAR, evidence },
    ];
  },
};
