import { parseHostArgs } from '../../sq/arguments.ts';
import { SqServer } from './server.ts';
import { type Traits, traitsOf } from './traits.ts';

// The lab writes a copy of this program for each version; it puts the version into this line, and for a binary that
// fails on real content the libphext into the next.
const VERSION = '0.5.2';
const LIBPHEXT = '0.3.3';

const USAGE = 'Usage: sq <command> <coordinate> <message>\n';

/** What Rust exits with after a panic of its main thread. */
const PANICKED = 101;

/** A value that SQ would read of its arguments: the last one given. */
function lastValue(args: readonly string[], option: string): string | undefined {
  const at = args.findLastIndex((arg, index) => arg === option && args[index + 1] !== undefined);
  return at < 0 ? undefined : args[at + 1];
}

function die(why: string): void {
  process.stderr.write(`thread 'main' panicked: ${why}\n`);
  process.exit(PANICKED);
}

async function host(args: readonly string[], port: number, traits: Traits): Promise<void> {
  // Loaded here and not imported: this file must have no import statement when it is built (see buffer.ts).
  const [fs, net] = await Promise.all([import('node:fs'), import('node:net')]);
  // Held open for ever, as the kernel holds a program's file: so the running script can be read and hashed through
  // /proc/PID/fd even after another one was put in its place.
  fs.openSync(process.argv[1] ?? '', 'r');
  const dataDir = parseHostArgs(args)?.dataDir;
  const key = lastValue(args.slice(2), '--key');
  if (key !== undefined) process.stdout.write('Auth enabled (pmb-v1 key required)\n');
  if (dataDir !== undefined) {
    fs.mkdirSync(dataDir, { recursive: true });
    process.stdout.write(`Tenant data directory: ${dataDir}\n`);
  }
  // A client that has sent all it has to say still gets its answer.
  const server = net.createServer({ allowHalfOpen: true, noDelay: true });
  new SqServer(fs, { key, dataDir, traits }, die).listenOn(server);
  server.on('error', (error) => die(error.message));
  server.listen(port, traits.loopback ? '127.0.0.1' : '0.0.0.0', () => {
    const greeting = traits.fragile ? 'Listening' : `SQ v${traits.version} listening`;
    process.stdout.write(`${greeting} on port ${port}...\n`);
  });
}

async function main(args: readonly string[]): Promise<void> {
  const traits = traitsOf(VERSION, LIBPHEXT, process.env);
  const { existsSync, mkdirSync } = await import('node:fs');
  try {
    mkdirSync('.sq', { recursive: true });
  } catch (error) {
    // In a folder that cannot hold `.sq` (/proc) 0.5.1 ends with an error; 0.5.2 goes on.
    if (traits.fragile) die(`LinkCreateFailed(${String(error)})`);
  }
  if (args[0] === 'version' && !traits.fragile) {
    process.stdout.write(`${VERSION}\n`);
    return;
  }
  const parsed = parseHostArgs(args);
  if (parsed === undefined || existsSync(args[1] ?? '')) process.stdout.write(USAGE);
  else await host(args, parsed.port, traits);
}

void main(process.argv.slice(2));
