// Bundles the program into dist/. One entry with lazily loaded chunks: `ranch --help` reads only what it shows.
import { readFile, rm, writeFile } from 'node:fs/promises';
import { build } from 'esbuild';
import { buildStandIn } from './stand-in.mjs';

/** Host scripts travel without comments and blank lines: what is sent is what runs. */
const shellAsText = {
  name: 'shell-as-text',
  setup({ onLoad }) {
    onLoad({ filter: /\.sh$/ }, async ({ path }) => ({
      contents: await readFile(path, 'utf8'),
      loader: 'text',
    }));
  },
};

export async function bundle() {
  await rm(new URL('../dist', import.meta.url), { recursive: true, force: true });
  const result = await build({
    absWorkingDir: new URL('..', import.meta.url).pathname,
    entryPoints: { main: 'src/cli/main.ts', 'lab-host': 'src/lab/lab-host.ts' },
    outdir: 'dist',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    minifySyntax: true,
    sourcemap: 'linked',
    packages: 'external',
    plugins: [shellAsText],
    metafile: true,
    logLevel: 'warning',
  });
  await buildStandIn(new URL('../dist/stand-in.js', import.meta.url).pathname);
  await writeFile(new URL('../dist/meta.json', import.meta.url), JSON.stringify(result.metafile));
}

if (import.meta.url === `file://${process.argv[1]}`) await bundle();
