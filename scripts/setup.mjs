// Makes a checkout ready to run: the pinned dependencies when they are missing or stale, then the build. It uses
// nothing that is not part of Node, says what it does, and never asks.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { install } from './install.mjs';
import { withLock } from './setup-lock.mjs';

/** The folder of the checkout, with a slash at its end. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** The oldest Node that the program runs on; package.json's `engines` says the same. */
const OLDEST_NODE = 20;

/** Folders of text that the build reads; a change in any of them makes dist/ stale. */
const BUILT_FROM = ['src', 'scripts/build.mjs', 'package-lock.json'];

/** Says one line to the person who waits; stdout stays for the program's own output. */
export function say(line) {
  process.stderr.write(`ranch: ${line}\n`);
}

/**
 * Sees to it that dependencies are installed and, with `build`, that dist/ is of this source. Ends the process
 * with exit code 2 and a clear word where that cannot be had.
 */
export async function ensureReady({ build }) {
  const node = process.versions.node;
  if (Number.parseInt(node, 10) < OLDEST_NODE) {
    say(
      `this is Node ${node}, and ranch needs ${OLDEST_NODE} or newer: install one from your distribution or nodejs.org`,
    );
    process.exit(2);
  }
  const lacking = async () => ({
    dependencies: await staleDependencies(),
    dist: build && (await staleBuild()),
  });
  const before = await lacking();
  if (!before.dependencies && !before.dist) return;
  await withLock(ROOT, say, async () => {
    // Another run may have done it all while this one waited.
    const { dependencies } = await lacking();
    if (dependencies) {
      say(`${dependencies}: running npm ci (up to two minutes where a native module must be compiled)`);
      await install(ROOT, say);
      const still = await staleDependencies();
      if (still)
        fail(`npm ci ended well, yet ${still}`, 'remove node_modules and run `npm ci` by hand to see why');
    }
    if (build && (await staleBuild())) await buildDist();
  });
}

function fail(what, remedy) {
  say(what);
  say(remedy);
  process.exit(2);
}

/** Why node_modules does not fit package-lock.json and this Node, or undefined when it does. */
async function staleDependencies() {
  const [wanted, present] = await Promise.all([
    packagesOf('package-lock.json'),
    packagesOf('node_modules/.package-lock.json'),
  ]);
  if (wanted === undefined)
    fail('package-lock.json is missing or no JSON', 'get it back with `git checkout package-lock.json`');
  if (present === undefined) return 'the dependencies are not installed';
  for (const [path, { version, optional }] of Object.entries(wanted)) {
    // Optional packages of other platforms are rightly absent.
    if (path === '' || (optional && present[path] === undefined)) continue;
    if (present[path]?.version !== version || !existsSync(`${ROOT}${path}`))
      return `${path} is not at ${version}`;
  }
  return nativeModuleFault();
}

async function packagesOf(lockFile) {
  try {
    return JSON.parse(await readFile(ROOT + lockFile, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/** Loads the one native module: an install for another Node, platform or C library shows only here. */
function nativeModuleFault() {
  try {
    const Database = createRequire(`${ROOT}package.json`)('better-sqlite3');
    new Database(':memory:').close();
    return undefined;
  } catch {
    return `better-sqlite3 is not compiled for Node ${process.versions.node} on ${process.platform}-${process.arch}`;
  }
}

async function staleBuild() {
  if (!existsSync(`${ROOT}dist/main.cjs`)) return true;
  const built = await readFile(`${ROOT}dist/.source`, 'utf8').catch(() => '');
  return built !== (await sourceHash());
}

async function buildDist() {
  const start = performance.now();
  const hash = await sourceHash();
  try {
    const { bundle } = await import('./build.mjs');
    await bundle();
  } catch (cause) {
    fail(
      `the build failed: ${cause instanceof Error ? cause.message : cause}`,
      'the source does not build: `npm run check` says more',
    );
  }
  await writeFile(`${ROOT}dist/.source`, hash);
  say(`built dist/ in ${((performance.now() - start) / 1000).toFixed(1)} s`);
}

/** The sha256 over names and content of everything that the build reads. */
async function sourceHash() {
  const hash = createHash('sha256');
  for (const name of BUILT_FROM) {
    const entries = name.includes('.') ? [name] : await filesUnder(name);
    for (const file of entries)
      hash
        .update(file)
        .update('\0')
        .update(await readFile(ROOT + file))
        .update('\0');
  }
  return hash.digest('hex');
}

async function filesUnder(folder) {
  const entries = await readdir(ROOT + folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath ?? entry.path}/${entry.name}`.slice(ROOT.length))
    .sort();
}
