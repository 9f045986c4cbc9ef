import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import script from '../../src/host/observe.sh';

const run = promisify(execFile);
const scope = `observe-test-${process.pid}`;
/** So many processes that a look searches all command lines at once. */
const CROWD = 60;
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

test.each(['dash', 'bash', 'busybox'])(
  'under %s a look in a crowd sees the SQ of its own scope, and none of another',
  async (shell) => {
    const crowd = `for i in $(seq ${CROWD}); do sleep infinity & done; echo up; wait`;
    const env = { ...process.env, RANCH_SCOPE: `${scope}-other` };
    const others = spawn('sh', ['-c', crowd], { env, stdio: ['ignore', 'pipe', 'inherit'], detached: true });
    const other = spawn(process.execPath, [join(folder, 'sq'), 'host', '1338'], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      await Promise.all([once(others.stdout, 'data'), once(other.stdout, 'data')]);
      const words = shell === 'busybox' ? ['sh', '-c', script] : ['-c', script];
      const { stdout } = await run(shell, words, { env: { ...process.env, RANCH_SCOPE: scope } });
      const pids = stdout
        .split('\n')
        .flatMap((line) => (line.startsWith('server\t') ? [line.split('\t')[1]] : []));
      expect(pids).toEqual([String(server.pid)]);
    } finally {
      const ended = Promise.all([once(others, 'exit'), once(other, 'exit')]);
      process.kill(-Number(others.pid), 'SIGKILL');
      other.kill();
      await ended;
    }
  },
);

test.each(['dash', 'bash', 'busybox'])(
  'under %s a look tells what is armed, also while it is being put back',
  async (shell) => {
    const [to, from] = ['2'.repeat(64), '1'.repeat(64)];
    const unit = await mkdtemp(join(tmpdir(), 'ranch-armed-'));
    await mkdir(join(unit, '.ranch'));
    await writeFile(join(unit, 'sq'), '');
    const told = async (name: string, old: string): Promise<readonly string[] | undefined> => {
      const file = join(unit, '.ranch', name);
      await writeFile(file, `r-1 1 a-boot 9 ${to} ${old}\n1337\t1\t1\tbare\t-\troot\t${unit}\t-\n`);
      const words = shell === 'busybox' ? ['sh', '-c', script, 'sh'] : ['-c', script, shell];
      const { stdout } = await run(shell, [...words, `b:${join(unit, 'sq')}`], {
        env: { ...process.env, RANCH_SCOPE: scope },
      });
      await rm(file);
      const line = stdout.split('\n').find((each) => each.startsWith(`ranch\t${unit}\t`));
      return line?.split('\t').slice(4);
    };
    expect(await told('armed', from)).toEqual(['1', '0', '', to, from]);
    expect(await told('armed.reverting', '-')).toEqual(['1', '0', '', to, '-']);
    expect(await told('outcome', from)).toEqual(['0', '0', '', '', '']);
    await rm(unit, { recursive: true });
  },
);
