// Bundles the program into dist/. The program is one file, its dependencies in it: to find and read a hundred small files
// took longer than a sweep of six hosts. Each command is evaluated when it is called.
import { rm, writeFile } from 'node:fs/promises';
import { build } from 'esbuild';
import { shellAsText } from './shell-as-text.mjs';
import { buildStandIn } from './stand-in.mjs';

/** Not bundled: native modules, and pino, which starts workers from files of its own. */
const EXTERNAL = ['better-sqlite3', 'pino', 'pino-pretty', 'cpu-features', '*.node'];

/** zod speaks fifty languages, two thirds of its size; ours are English. */
const englishOnly = {
  name: 'english-only',
  setup({ onLoad }) {
    onLoad({ filter: /\/zod\/v4\/locales\/index\.js$/ }, () => ({
      contents: "export { default as en } from './en.js';",
      loader: 'js',
    }));
  },
};

/** hash-wasm carries thirty hashes, a tenth of the program; SQ's is one of them. */
const oneHash = {
  name: 'one-hash',
  setup({ onResolve, resolve }) {
    onResolve({ filter: /^hash-wasm$/ }, ({ resolveDir }) =>
      resolve('hash-wasm/dist/xxhash128.umd.min.js', { resolveDir, kind: 'import-statement' }),
    );
  },
};

/** commander loads this for commands that are programs of their own, of which there are none; 4 ms of `--help`. */
const noPrograms = {
  name: 'no-programs',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^node:child_process$/ }, ({ importer }) =>
      importer.includes('/commander/') ? { path: 'child_process', namespace: 'no-programs' } : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'no-programs' }, () => ({ contents: 'module.exports = {};' }));
  },
};

const COMMON = {
  absWorkingDir: new URL('..', import.meta.url).pathname,
  outdir: 'dist',
  bundle: true,
  platform: 'node',
  target: 'node20',
  minifySyntax: true,
  minifyWhitespace: true,
  sourcemap: 'linked',
  sourcesContent: false,
  logLevel: 'warning',
  plugins: [shellAsText, englishOnly, oneHash, noPrograms],
};

/** The program, as bin/ranch.cjs loads it: a script, since only scripts can be kept compiled on Node 20. */
const PROGRAM = {
  ...COMMON,
  entryPoints: { main: 'src/cli/main.ts' },
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  external: EXTERNAL,
  supported: { 'dynamic-import': false },
  define: { 'import.meta.url': 'ranchModuleUrl' },
  banner: { js: 'const ranchModuleUrl=require("node:url").pathToFileURL(__filename).href;' },
  metafile: true,
};

/** A lab in a process of its own. */
const LAB_HOST = {
  ...COMMON,
  entryPoints: { 'lab-host': 'src/lab/lab-host.ts' },
  format: 'esm',
  packages: 'external',
};

export async function bundle() {
  await rm(new URL('../dist', import.meta.url), { recursive: true, force: true });
  const [result] = await Promise.all([build(PROGRAM), build(LAB_HOST)]);
  await buildStandIn(new URL('../dist/stand-in.js', import.meta.url).pathname);
  await writeFile(new URL('../dist/meta.json', import.meta.url), JSON.stringify(result.metafile));
}

if (import.meta.url === `file://${process.argv[1]}`) await bundle();
