import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import script from '../../src/host/observe.sh';

const run = promisify(execFile);
const scope = `observe-test-${process.pid}`;
let folder: string;
let server: ChildProcess;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ranch-observe-'));
  const program = join(folder, 'sq');
  await writeFile(program, "console.log('up'); setInterval(() => {}, 1000);\n");
  const args = [program, 'host', '1337', '--key', 'one-secret', '--key=two-secret', '--data-dir', folder];
  server = spawn(process.execPath, args, {
    env: { ...process.env, RANCH_SCOPE: scope },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (server.stdout) await once(server.stdout, 'data');
});

afterAll(async () => {
  const ended = once(server, 'exit');
  server.kill();
  await ended;
  await rm(folder, { recursive: true, force: true });
});

test.each(['dash', 'bash', 'busybox'])(
  'under %s a look tells what runs, and no key however it was given',
  async (shell) => {
    const words = shell === 'busybox' ? ['sh', '-c', script] : ['-c', script];
    const { stdout } = await run(shell, words, { env: { ...process.env, RANCH_SCOPE: scope } });
    expect(stdout).toMatch(/^end$/m);
    const args = stdout.split('\n').find((line) => line.startsWith('args\t'));
    expect(args?.split('\t').slice(2)).toEqual([
      'host',
      '1337',
      '--key',
      '[redacted]',
      '--key=[redacted]',
      '--data-dir',
      folder,
    ]);
    expect(stdout).not.toContain('secret');
  },
);
