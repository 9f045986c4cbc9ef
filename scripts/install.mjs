// Runs `npm ci` with signs of life, and where it fails says what the machine lacks.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** How often a silent install says that it still works, in milliseconds. */
const SIGN_OF_LIFE = 10_000;

/** What the compile of a native module needs, by the command that must be there. */
const COMPILE_TOOLS = ['python3', 'make', 'g++'];

/** Installs what package-lock.json pins into `root`; ends the process with exit code 2 and the remedy if it fails. */
export async function install(root, say) {
  const start = performance.now();
  const seconds = () => Math.round((performance.now() - start) / 1000);
  const timer = setInterval(() => say(`${phase(root)} (${seconds()} s)`), SIGN_OF_LIFE);
  const { code, output } = await npmCi(root);
  clearInterval(timer);
  if (code === 0) {
    say(`dependencies installed in ${seconds()} s`);
    return;
  }
  process.stderr.write(`${output.trimEnd().split('\n').slice(-20).join('\n')}\n`);
  say(`npm ci failed (its last lines are above, exit code ${code})`);
  say(remedy());
  process.exit(2);
}

function phase(root) {
  const native = `${root}node_modules/better-sqlite3`;
  if (!existsSync(native)) return 'still fetching packages';
  return existsSync(`${native}/build/Makefile`) ? 'compiling better-sqlite3' : 'still installing packages';
}

/** The npm that runs this script, if one does, so that a machine with several keeps to one. */
function npmCommand() {
  const script = process.env.npm_execpath;
  return script?.endsWith('.js') ? [process.execPath, script] : ['npm'];
}

function npmCi(root) {
  const [command, ...before] = npmCommand();
  // The build tools are development dependencies: a NODE_ENV=production must not leave them out.
  const child = spawn(command, [...before, 'ci', '--include=dev', '--no-audit', '--no-fund'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const keep = (chunk) => {
    output = (output + chunk).slice(-20_000);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  return new Promise((resolve) => {
    child.on('error', (cause) => resolve({ code: 127, output: `${command}: ${cause.message}` }));
    child.on('close', (code, signal) => resolve({ code: code ?? signal, output }));
  });
}

function remedy() {
  const missing = COMPILE_TOOLS.filter((tool) => spawnSync(tool, ['--version']).error !== undefined);
  if (missing.length === 0) {
    return 'python3, make and g++ are there: look at the lines above; often it is the way to the npm registry. Then run the same command again.';
  }
  return (
    `this machine lacks ${missing.join(', ')}, which a native module needs to compile. ` +
    'Debian, Ubuntu: apt-get install -y python3 make g++; Fedora: dnf install python3 make gcc-c++; ' +
    'macOS: xcode-select --install. Then run the same command again.'
  );
}
