// `npm run check`: types, lint and format (the one-way import rule among them), shell scripts; all at once.
import { spawn } from 'node:child_process';
import { open, readdir } from 'node:fs/promises';
import { ensureReady, ROOT, say } from './setup.mjs';

/** Folders that hold no source of ours. */
const SKIPPED = new Set(['node_modules', 'dist', '.git', 'coverage', 'state']);

await ensureReady({ build: false });
const scripts = await shellScripts('');
const parts = [
  { name: 'types', command: 'node_modules/.bin/tsc', args: ['--noEmit', '-p', '.'] },
  { name: 'lint', command: 'node_modules/.bin/biome', args: ['ci', '.'] },
  // What travels to a host is POSIX, whatever its first line says or lacks.
  shell(
    'host scripts',
    ['--shell=sh'],
    scripts.filter((path) => path.startsWith('src/')),
  ),
  shell(
    'shell',
    [],
    scripts.filter((path) => !path.startsWith('src/')),
  ),
];
const results = await Promise.all(parts.map(run));
for (const { name, seconds, ok, output } of results) {
  if (!ok) process.stdout.write(`${output.trimEnd()}\n`);
  process.stdout.write(`${ok ? 'ok    ' : 'FAILED'} ${name} ${seconds.toFixed(1)} s\n`);
}
if (results.some(({ ok }) => !ok)) {
  say('the check failed; `npm run format` mends what is only a matter of format');
  process.exitCode = 1;
}

function shell(name, options, files) {
  return {
    name,
    command: 'shellcheck',
    args: [...options, ...files],
    absent:
      'shellcheck is not installed: apt-get install -y shellcheck, dnf install ShellCheck, or brew install shellcheck',
  };
}

function run({ name, command, args, absent }) {
  const start = performance.now();
  const child = spawn(command, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    output += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk) => {
    output += chunk;
  });
  return new Promise((resolve) => {
    const end = (ok) => resolve({ name, ok, output, seconds: (performance.now() - start) / 1000 });
    child.on('error', (cause) => {
      output = cause.code === 'ENOENT' && absent !== undefined ? absent : `${command}: ${cause.message}`;
      end(false);
    });
    child.on('close', (code) => end(code === 0));
  });
}

/** Every file that is a shell script, by its name or by its first line. */
async function shellScripts(folder) {
  const found = [];
  for (const entry of await readdir(ROOT + folder, { withFileTypes: true })) {
    const path = `${folder}${entry.name}`;
    if (entry.isDirectory() && !SKIPPED.has(entry.name)) found.push(...(await shellScripts(`${path}/`)));
    if (
      entry.isFile() &&
      (entry.name.endsWith('.sh') || (!entry.name.includes('.') && (await startsAsShell(path))))
    ) {
      found.push(path);
    }
  }
  return found;
}

async function startsAsShell(path) {
  const file = await open(ROOT + path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(64), 0, 64, 0);
    return /^#!.*\b(?:ba|da)?sh\b/.test(buffer.toString('utf8', 0, bytesRead));
  } finally {
    await file.close();
  }
}
