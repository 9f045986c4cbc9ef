import { processIo } from './process-io.ts';
import { runCli } from './run-cli.ts';

// No await here: the program is built as a script, which Node can keep compiled.
void runCli(process.argv.slice(2), processIo()).then((code) => {
  // The process ends by itself once all is written. A failure to write has set a code that 0 must not hide.
  process.exitCode = code || process.exitCode || 0;
});
