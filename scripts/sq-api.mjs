// Writes docs/sq-api.md from the table of what SQ does (src/sq/contract). `test/sq/contract/page.test.ts` fails where the
// page is not what the table gives.
import { writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { ensureReady, ROOT, say } from './setup.mjs';

/** Programs below node_modules find what they import; nothing there is ours to commit. */
const OUT = `${ROOT}node_modules/.cache/ranch-sq-api/page.mjs`;

await ensureReady({ build: false });
await build({
  absWorkingDir: ROOT,
  entryPoints: ['src/sq/contract/page.ts'],
  outfile: OUT,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  logLevel: 'warning',
});
const { apiPage } = await import(pathToFileURL(OUT).href);
await writeFile(`${ROOT}docs/sq-api.md`, apiPage());
say('wrote docs/sq-api.md');
