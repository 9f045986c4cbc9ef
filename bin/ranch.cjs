#!/usr/bin/env node
// The door. It loads the built program and nothing else: what it costs to start is paid by every command. Half of that
// would be compiling, so what a command compiled is kept beside the program and used by the next run of that command.
//
// It is a script, not a module: the loader of modules takes 6 ms that nothing here needs.
const { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } = require('node:fs');
const { createRequire } = require('node:module');
const { dirname, join } = require('node:path');
const { Script } = require('node:vm');

const PROGRAM = join(__dirname, '../dist/main.cjs');
/** Global options that take the next word as their value. */
const WITH_VALUE = new Set(['-i', '--inventory', '--state', '--ssh-config']);
/** The exit code of a command line that means nothing: what it compiled is not worth keeping. */
const USAGE = 2;

if (Number.parseInt(process.versions.node, 10) < 20) {
  console.error(`ranch: this is Node ${process.versions.node}, and ranch needs 20 or newer`);
  process.exit(USAGE);
}
if (!existsSync(PROGRAM)) {
  console.error(
    'ranch: this checkout is not built yet: run `npm run build` in it (after `npm ci`), or `npm start`',
  );
  process.exit(USAGE);
}
// The program holds ASCII alone, and reading that as Latin-1 needs no decoding.
const source = readFileSync(PROGRAM, 'latin1');
const cache = `${dirname(PROGRAM)}/compiled/${process.version}-${commandOf(process.argv.slice(2))}`;
const cachedData = compiledBefore();
const wrapped = `(function (exports, require, module, __filename, __dirname) { ${source}\n})`;
// V8 refuses what another V8 or another length of source made; the build removes the rest.
const script = new Script(wrapped, { filename: PROGRAM, ...(cachedData && { cachedData }) });
if (!cachedData || script.cachedDataRejected) process.once('exit', keepCompiled);
const program = { exports: {} };
script.runInThisContext()(program.exports, createRequire(PROGRAM), program, PROGRAM, dirname(PROGRAM));

/** The first word of a command line that is neither an option nor its value. */
function commandOf(words) {
  for (let at = 0; at < words.length; at++) {
    if (WITH_VALUE.has(words[at])) at++;
    else if (/^[a-z]{1,20}$/.test(words[at])) return words[at];
    else if (!words[at].startsWith('-')) break;
  }
  return 'help';
}

function compiledBefore() {
  try {
    return readFileSync(cache);
  } catch {
    return undefined;
  }
}

function keepCompiled(code) {
  if (code === USAGE) return;
  try {
    mkdirSync(dirname(cache), { recursive: true });
    writeFileSync(`${cache}.${process.pid}`, script.createCachedData());
    renameSync(`${cache}.${process.pid}`, cache);
  } catch {
    // A folder that cannot be written to, as where root has installed the program: it works without, only later.
  }
}
