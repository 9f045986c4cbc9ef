import { mkdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Bundles one source file into a program that node runs, as the build does it; its path. `entry`: from the root. */
export async function bundled(entry: string): Promise<string> {
  const outdir = `${root}node_modules/.cache/ranch-test/${process.pid}`;
  await mkdir(outdir, { recursive: true });
  const name = entry.replaceAll(/\W/g, '-');
  await build({
    absWorkingDir: root,
    entryPoints: { [name]: entry },
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    logLevel: 'warning',
    plugins: [
      {
        name: 'shell-as-text',
        setup: ({ onLoad }) =>
          onLoad({ filter: /\.sh$/ }, async ({ path }) => ({
            contents: await readFile(path, 'utf8'),
            loader: 'text',
          })),
      },
    ],
  });
  return `${outdir}/${name}.mjs`;
}
