import { readdirSync, readlinkSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { sweep } from '../../src/app/sweep.ts';
import { openWorkspace } from '../../src/app/workspace.ts';
import { timed } from './measure.ts';

/*
 * A controller in a process of its own, so that its memory is its own: sweeps a lab a few times, records what it saw,
 * and prints one line of JSON. Arguments: inventory, state folder, number of sweeps.
 */

/** What lab-sweep prints. */
export interface LabSwept {
  /** Milliseconds of each sweep, transport and store made anew. */
  readonly walls: readonly number[];
  readonly reached: number;
  readonly peakRssMb: number;
  /** Descriptors that were not open before the first sweep and are after the last. */
  readonly left: readonly string[];
}

/** How long descriptors may take to go after everything was closed: sockets end with a handshake. */
const CLOSING_MS = 2_000;

/** Number and target of every open descriptor, but the one through which they are read. */
function descriptors(): readonly string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [`${fd} ${readlinkSync(`/proc/self/fd/${fd}`)}`];
    } catch {
      return [];
    }
  });
}

async function leftSince(before: readonly string[]): Promise<readonly string[]> {
  const deadline = performance.now() + CLOSING_MS;
  for (;;) {
    const left = descriptors().filter((fd) => !before.includes(fd));
    if (left.length === 0 || performance.now() > deadline) return left;
    await pause(20);
  }
}

const [inventory = '', stateDir = '', times = '1'] = process.argv.slice(2);
// With its first stream Node opens /dev/null, kept for the day on which descriptors run out: that is nobody's leak.
process.stdout.write('');
const before = descriptors();
const walls: number[] = [];
let reached = 0;
for (let round = 0; round < Number(times); round++) {
  const workspace = await openWorkspace({ inventory, stateDir, asking: {}, sshConfig: 'none' });
  walls.push(
    await timed(async () => {
      const { swept } = await sweep(workspace, workspace.ranch.hosts);
      reached = [...swept.observations.values()].filter(({ kind }) => kind === 'reached').length;
    }),
  );
  await workspace.close();
}
const left = await leftSince(before);
const swept: LabSwept = { walls, reached, peakRssMb: process.resourceUsage().maxRSS / 1024, left };
process.stdout.write(`${JSON.stringify(swept)}\n`);
