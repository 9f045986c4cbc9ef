import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  endAfterTest,
  FUNCTIONS,
  runText,
  SHELLS,
  startTicks,
  stateOf,
  temporaryFolder,
  until,
} from './sh.ts';

// Real processes on a machine that others use as well.
describe.each(SHELLS)('%s', (shell) => {
  const run = async (lines: string, args: readonly (string | number)[] = []) => {
    const { out, errors } = await runText(shell, `${FUNCTIONS}\n${lines}`, args.map(String));
    return out + errors;
  };

  test('a process is named by its pid and start time, whatever it calls itself', async () => {
    const child = spawn(process.execPath, [
      '-e',
      'process.title = "x) R 1 2 3"; console.log(1); setInterval(() => 0, 1e6)',
    ]);
    endAfterTest(child);
    await once(child.stdout, 'data');
    const start = await startTicks(child.pid ?? 0);
    expect(await run('same "$1" "$2" && echo same', [child.pid ?? 0, start])).toBe('same\n');
    expect(await run('same "$1" "$2" || echo another', [child.pid ?? 0, Number(start) - 1])).toBe(
      'another\n',
    );
    child.kill('SIGKILL');
    await once(child, 'close');
    expect(
      await run('same "$1" "$2" || echo gone; gone "$1" "$2" 1 && echo gone', [child.pid ?? 0, start]),
    ).toBe('gone\ngone\n');
  });

  test('a zombie is no process', async () => {
    // It ends once its parent has become another program, which never asks for it.
    const ends = 'until read -r name </proc/$$/comm && [ "$name" = sleep ]; do :; done';
    const parent = spawn('sh', ['-c', `{ ${ends}; } & echo $!; exec sleep 600`], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    endAfterTest(parent);
    const [printed] = await once(parent.stdout, 'data');
    const pid = Number(String(printed));
    await until(async () => (await stateOf(pid)) === 'Z');
    expect(await run('start_of "$1" || echo none', [pid])).toBe('none\n');
  });

  test('a process is gone only once all its threads are, whatever its first one says', async () => {
    const half =
      'import ctypes, threading, time; threading.Thread(target=lambda: time.sleep(600)).start(); ' +
      'print(1, flush=True); ctypes.CDLL(None).pthread_exit(None)';
    const child = spawn('python3', ['-c', half]);
    endAfterTest(child);
    await once(child.stdout, 'data');
    const pid = child.pid ?? 0;
    const start = await startTicks(pid);
    const zombie = 'until ! start_of "$1"; do sleep 0.01; done; ';
    expect(await run(`${zombie} gone "$1" "$2" 3 || echo lingers`, [pid, start])).toBe('lingers\n');
    expect(await run('gone "$1" "$2" 1 && echo another', [pid, Number(start) - 1])).toBe('another\n');
    child.kill('SIGKILL');
    await once(child, 'close');
    expect(await run('gone "$1" "$2" 1 && echo gone', [pid, start])).toBe('gone\n');
  });

  test('what listens is found without a connection', async () => {
    let connections = 0;
    const server = createServer(() => {
      connections++;
    }).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const ask = 'listens "$1" && echo yes; listens "$1" "$2" && echo its; listens "$1" $$ || echo "not mine"';
    expect(await run(ask, [port, process.pid])).toBe('yes\nits\nnot mine\n');
    server.close();
    await once(server, 'close');
    expect(await run('listens "$1" || echo no', [port])).toBe('no\n');
    expect(connections).toBe(0);
  });

  test('of the snapshots of each instance the last three are kept', async () => {
    const folder = await temporaryFolder();
    const data = [join(folder, 'my data'), join(folder, 'other')];
    for (const [at, dir] of data.entries()) {
      for (let n = 1; n <= 5; n++) {
        const snapshot = join(dir, '.ranch/snapshots', `${n}-133${at}`);
        await mkdir(snapshot, { recursive: true });
        await utimes(snapshot, n, n);
      }
    }
    const lines = data.map((dir, at) => `133${at}\t1\t2\tbare\t-\tuser\t${dir}\n`);
    await writeFile(join(folder, 'armed'), `head\n${lines.join('')}`);
    expect(await run('each_instance "$1" forget_smoke', [join(folder, 'armed')])).toBe('');
    const left = await Promise.all(data.map((dir) => readdir(join(dir, '.ranch/snapshots'))));
    expect(left.map((names) => names.sort())).toEqual([
      ['3-1330', '4-1330', '5-1330'],
      ['3-1331', '4-1331', '5-1331'],
    ]);
  });

  test('of the releases the last five are kept, and those that a host may go back to', async () => {
    const folder = await temporaryFolder();
    const names = Array.from({ length: 9 }, (_, n) => `${n}`.repeat(12));
    for (const [n, name] of names.entries()) {
      await mkdir(join(folder, 'releases', name), { recursive: true });
      await utimes(join(folder, 'releases', name), n, n);
    }
    await writeFile(join(folder, 'confirmed'), `${'0'.repeat(64)} holder\n`);
    await writeFile(join(folder, 'previous'), `${'8'.repeat(64)} holder\n`);
    expect(await run('d=$1; prune_releases; echo "<$IFS>"', [folder])).toBe('< >\n');
    const kept = ['0', '4', '5', '6', '7', '8'].map((digit) => digit.repeat(12));
    expect((await readdir(join(folder, 'releases'))).sort()).toEqual(kept);
  });

  test('a record is one line, whatever a field holds', async () => {
    const odd = 'c\td\ne\r\u001b[31m';
    expect(await run('say tag "a b" "" "$1"', [odd])).toBe('tag\ta b\t\tc?d?e??[31m\n');
  });

  test('an error ends the command, and nothing after it runs', async () => {
    expect(await run('fail disk-full "no room"; echo more')).toBe('error\tdisk-full\tno room\nend\n');
  });

  test('words come back from the shell as they were', async () => {
    const odd = ["it's", 'a  b', '$HOME `id`', '', 'new\nline', '-n', '\\'];
    const lines = 'quoted=$(printf "%s\\000" "$@" | words ""); eval "set -- $quoted"; printf "<%s>" "$@"';
    expect(await run(lines, odd)).toBe(odd.map((word) => `<${word}>`).join(''));
  });

  test('a small file is replaced in one step', async () => {
    const folder = await temporaryFolder();
    expect(await run('put "$1/f" one; put "$1/f" two; cat "$1/f"; ls "$1"', [folder])).toBe('two\nf\n');
  });
});
