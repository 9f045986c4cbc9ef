import { Buffer } from 'node:buffer';
import { expect } from 'vitest';
import { PHEXT } from './controller.ts';
import { DATA } from './fleet.ts';
import { fleet } from './rollout-world.ts';
import type { Place } from './trial.ts';
import { startWriters, type Written } from './writers.ts';

export const UNIT: Place = { host: 'h1', way: 'unit', user: 'root' };
/** Where a rollout of that unit writes: beside the data, and beside the binary. */
export const FOLDERS = [DATA.unit, '/usr/local/bin'] as const;

const AWAIT_PORT = "until ss -Hltn 'sport = :1337' | grep -q 1337; do sleep .02; done";
const FILE = `${DATA.unit}/${PHEXT}.phext`;

export const run = (command: string): Promise<string> => fleet.rig.run('h1', command);

/** Ends SQ, and takes away the disks that `onSmallDisk` made. */
export async function largeDisks(): Promise<void> {
  await run(
    `systemctl stop sq; pkill -KILL -x sq; for d in ${FOLDERS.join(' ')}; do umount -l $d 2>/dev/null; done; true`,
  );
}

/** Puts a folder of the host on a disk of its own that is no larger than that, with all that is in it. */
export async function onSmallDisk(folder: string, megabytes: number): Promise<void> {
  const move = [
    'systemctl stop sq',
    `rm -rf /tmp/moved && cp -a ${folder} /tmp/moved`,
    `mount -t tmpfs -o size=${megabytes}m,mode=755 tmpfs ${folder}`,
    `cp -a /tmp/moved/. ${folder} && rm -rf /tmp/moved`,
    'systemctl start sq',
    AWAIT_PORT,
  ];
  await run(move.join(' && '));
}

export const fill = (folder: string) =>
  run(`for bs in 1M 4k 1; do dd if=/dev/zero bs=$bs count=100000 >>${folder}/filler 2>/dev/null; done; true`);

/** The file as the host sees it: what is mounted there does not show from outside. */
export async function phextFile(): Promise<Buffer> {
  return Buffer.from(await run(`base64 -w0 ${FILE}`), 'base64');
}

/** What does not fit where a disk is full: SQ says that it wrote it, and has it in memory alone. */
export const MUCH = 'much '.repeat(60_000);

/** One acknowledged write of that much more. */
export async function writeMuch(): Promise<void> {
  const url = `http://127.0.0.1:1337/api/v2/update?p=${PHEXT}&c=1.1.1/1.1.1/1.3.1`;
  const said = await run(
    `printf 'much %.0s' $(seq 60000) >/tmp/much && curl -s --data-binary @/tmp/much '${url}'`,
  );
  expect(said).toMatch(/Updated/);
}

/** Writes of one client, each acknowledged. */
export async function write(): Promise<readonly Written[]> {
  const writers = startWriters(fleet.rig.address('h1'), 1337, PHEXT, 1);
  await writers.going;
  return writers.stop();
}
