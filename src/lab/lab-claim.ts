import { readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { RanchError } from '../domain/errors.ts';
import { postGuard } from './lab-guard.ts';
import { endMarked, startTicksOf } from './marked-processes.ts';

/** Marks a folder as a lab's, and says which process keeps it; gone once the lab was closed. */
const CLAIM = 'lab.pid';
/** Stays when a lab is closed: the folder may be used for a lab again. */
const BADGE = '.ranch-lab';

const claimShape = z.strictObject({
  id: z.string().regex(/^lab-[0-9a-f]{20}$/),
  pid: z.int().positive(),
  startTicks: z.number(),
  bootId: z.string(),
});

/** Which process keeps a lab, named for ever by its start and its boot. */
export type Claim = z.output<typeof claimShape>;

/** A lab's hold on its folder. */
export interface LabClaim {
  /** The folder with symbolic links resolved. */
  readonly dir: string;
  /** Gives the folder back, after the lab's processes have ended. */
  release(): Promise<void>;
}

/**
 * Takes a folder for a lab: makes it, ends what a crashed lab left running there, and clears what it left lying.
 * Throws `state-locked` where a live lab has it, `usage` where it holds anything else.
 */
export async function claimLab(dir: string, id: string): Promise<LabClaim> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const real = await realpath(dir);
  await sweep(real, 'refuse');
  const found = await readdir(real);
  if (found.length > 0 && !found.includes(BADGE)) throw notALab(real);
  await rm(join(real, 'hosts'), { recursive: true, force: true });
  await rm(join(real, 'artifacts'), { recursive: true, force: true });
  await writeFile(join(real, BADGE), 'Made by `ranch lab`; may be deleted when no lab is up.\n');
  const claim: Claim = { id, pid: process.pid, startTicks: startTicksOf(process.pid) ?? 0, bootId: bootId() };
  await writeFile(join(real, CLAIM), `${JSON.stringify(claim)}\n`);
  const guard = postGuard(id);
  return {
    dir: real,
    release: async () => {
      await guard.dismiss();
      await rm(join(real, CLAIM), { force: true });
    },
  };
}

/**
 * Ends what crashed labs left running, in `root` and the folders in it: their ids. Live labs and every process that
 * carries no dead lab's mark are left alone.
 */
export async function sweepStaleLabs(root: string): Promise<readonly string[]> {
  const entries = await readdir(root, { withFileTypes: true }).catch(() => []);
  const dirs = [
    root,
    ...entries.filter((entry) => entry.isDirectory()).map((entry) => join(root, entry.name)),
  ];
  const ended: string[] = [];
  for (const dir of dirs) {
    const id = await sweep(dir, 'leave');
    if (id !== undefined) ended.push(id);
  }
  return ended;
}

/** The dead lab's id where there was one. */
async function sweep(dir: string, live: 'refuse' | 'leave'): Promise<string | undefined> {
  const claim = await readClaim(dir);
  if (!claim) return undefined;
  if (isLive(claim)) {
    if (live === 'leave') return undefined;
    throw new RanchError({
      code: 'state-locked',
      place: dir,
      message: `a lab is up here, kept by process ${claim.pid}`,
      remedy: 'Take it down first (`ranch lab down`), or use another folder.',
    });
  }
  await endMarked(claim.id);
  await rm(join(dir, CLAIM), { force: true });
  return claim.id;
}

/** Whether the very process that made a claim still runs. */
export function isLive(claim: Claim): boolean {
  return claim.bootId === bootId() && startTicksOf(claim.pid) === claim.startTicks;
}

/** Who claims a folder; undefined where nobody does, or the claim was cut off while it was written. */
export async function readClaim(dir: string): Promise<Claim | undefined> {
  const text = await readFile(join(dir, CLAIM), 'utf8').catch(() => '');
  try {
    return claimShape.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

function notALab(dir: string): RanchError {
  return new RanchError({
    code: 'usage',
    place: dir,
    message: 'is not empty and holds no lab',
    remedy: 'Give an empty folder, or one that a lab has made.',
  });
}
