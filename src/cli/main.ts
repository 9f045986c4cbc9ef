import { processIo } from './process-io.ts';
import { runCli } from './run-cli.ts';

const code = await runCli(process.argv.slice(2), processIo());
// The process ends by itself once all is written. A failure to write has set a code that 0 must not hide.
process.exitCode = code || process.exitCode || 0;
