import { readFile } from 'node:fs/promises';

/** For esbuild: host scripts are imported as text. vitest.config.ts does the same for tests. */
export const shellAsText = {
  name: 'shell-as-text',
  setup({ onLoad }) {
    onLoad({ filter: /\.sh$/ }, async ({ path }) => ({
      contents: await readFile(path, 'utf8'),
      loader: 'text',
    }));
  },
};

/** How programs of the test code are bundled, each beside its parts below `node_modules/.cache`. */
export const TEST_PROGRAM = {
  outExtension: { '.js': '.mjs' },
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  logLevel: 'warning',
};
