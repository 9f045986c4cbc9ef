// One set-up at a time in one checkout: `npm start` and `npm test` may well be typed in two terminals.
import { createHash } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** How long a waiting set-up rests between two looks, in milliseconds. */
const LOOK_AGAIN = 200;

/** Runs `work` while no other process sets up the checkout at `root`; a lock whose holder is dead is broken. */
export async function withLock(root, say, work) {
  const name = createHash('sha256').update(root).digest('hex').slice(0, 16);
  const lock = join(tmpdir(), `ranch-setup-${name}`);
  let told = false;
  while (!take(lock)) {
    const holder = holderOf(lock);
    if (holder === undefined) continue;
    if (!alive(holder)) {
      breakLock(lock, holder);
      continue;
    }
    if (!told) say(`another set-up of this checkout runs (pid ${holder}): waiting for it`);
    told = true;
    await delay(LOOK_AGAIN);
  }
  const release = () => rmSync(lock, { force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    release();
    process.off('exit', release);
  }
}

/** Takes the lock if it is free. A link appears with its content, so that nobody ever reads a lock without a pid. */
function take(lock) {
  const mine = `${lock}.${process.pid}`;
  writeFileSync(mine, `${process.pid}`);
  try {
    linkSync(mine, lock);
    return true;
  } catch (cause) {
    if (cause.code === 'EEXIST') return false;
    throw cause;
  } finally {
    rmSync(mine, { force: true });
  }
}

function holderOf(lock) {
  try {
    return Number(readFileSync(lock, 'utf8'));
  } catch {
    return undefined;
  }
}

function alive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return cause.code === 'EPERM';
  }
}

/** Removes a dead holder's lock, unless another process has just put its own in that place. */
function breakLock(lock, dead) {
  const aside = `${lock}.broken.${process.pid}`;
  try {
    renameSync(lock, aside);
    if (holderOf(aside) !== dead) linkSync(aside, lock);
  } catch (cause) {
    if (cause.code !== 'ENOENT' && cause.code !== 'EEXIST') throw cause;
  } finally {
    rmSync(aside, { force: true });
  }
}
