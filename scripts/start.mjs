// `npm start`: the main job on the embedded lab, from a fresh clone if need be.
import { passOn } from './pass-on.mjs';
import { ensureReady, ROOT } from './setup.mjs';

await ensureReady({ build: true });
process.exitCode = await passOn(['bin/ranch.cjs', 'lab', 'demo', ...process.argv.slice(2)], { cwd: ROOT });
