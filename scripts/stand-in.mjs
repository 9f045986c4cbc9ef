// Builds the lab's SQ stand-in: one executable file that needs nothing but node, readable, its constants kept on
// lines of their own so that the lab can put a version in.
import { chmod } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

export async function buildStandIn(outfile) {
  await build({
    entryPoints: [here('../src/lab/stand-in/sq.ts')],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    // Without an import statement the file runs as a module and as a script, whatever package.json it lies under.
    alias: {
      'node:buffer': here('../src/lab/stand-in/buffer.ts'),
      'hash-wasm': here('../node_modules/hash-wasm/dist/index.esm.js'),
    },
    banner: { js: '#!/usr/bin/env node' },
    logLevel: 'warning',
  });
  await chmod(outfile, 0o755);
}
