import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parseActed, parseLogs, redactKeys } from '../../src/host/maintain-answers.ts';
import { UnitAnswer } from '../../src/host/unit-answers.ts';
import { guardScript } from '../../src/host/unit-script.ts';
import { command, endAfterTest, SCOPED, SHELLS, startTicks, temporaryFolder } from './sh.ts';

// Real processes on a machine that others use as well.
/** A server that an interpreter runs, called as SQ is: `sq host PORT [--key KEY]`. Logs its arguments and a word of its own. */
const SQ = `#!/usr/bin/env node
const args = process.argv.slice(2);
require('node:http').createServer((_, reply) => reply.end('ok')).listen(Number(args[1]), '127.0.0.1', () => {
  console.log(JSON.stringify({ args, word: process.env.WORD, cwd: process.cwd() }));
});
`;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function userName(): string {
  return process.env['USER'] ?? process.env['LOGNAME'] ?? 'root';
}

describe.each(SHELLS)('%s: a bare process', (shell) => {
  const place = async () => {
    const folder = await temporaryFolder();
    const binary = join(folder, 'sq');
    await writeFile(binary, SQ);
    await chmod(binary, 0o755);
    await writeFile(join(folder, 'one.phext'), 'a scroll');
    const port = await freePort();
    const log = () => readFile(join(folder, 'sq.log'), 'utf8');
    let running: { pid: number; start: string } | undefined;
    onTestFinished(() => {
      const pid = running?.pid;
      if (pid !== undefined) {
        try {
          process.kill(pid, 'SIGKILL');
        } catch {
          // it ended before
        }
      }
    });
    const launch = async (args: readonly string[]) => {
      const child = spawn('sh', ['-c', 'exec ./sq "$@" >>sq.log 2>&1 </dev/null', 'sh', ...args], {
        cwd: folder,
        env: { ...SCOPED, WORD: "it's\ttwo\nlines" },
      });
      endAfterTest(child);
      while (!(await log().catch(() => '')).includes('args'))
        await new Promise((resolve) => setTimeout(resolve, 10));
      running = { pid: child.pid ?? 0, start: await startTicks(child.pid ?? 0) };
    };
    const act = async (verb: string, keyFile = '-', forget = 0) => {
      const [taken] = await command(shell, 'lease', [binary, 'maintain-1', 600]);
      const token = taken?.split('\t')[1] ?? '';
      const { pid, start } = running ?? { pid: 0, start: '0' };
      const words = [port, pid, start, 'bare', '-', userName(), folder, keyFile];
      const lines = await command(
        shell,
        'maintain',
        [binary, 'maintain-1', token, verb, forget, 0, ...words],
        guardScript(),
      );
      await command(shell, 'release', [binary, 'maintain-1', token]);
      const acted = lines.find((line) => line.startsWith('acted'))?.split('\t');
      const now = Number(acted?.[3] ?? 0);
      if (acted) running = now > 0 ? { pid: now, start: await startTicks(now) } : undefined;
      return lines.filter((line) => !line.startsWith('did'));
    };
    return { folder, binary, port, log, launch, act };
  };

  test('is stopped, recorded without its key, and started as it ran', async () => {
    const { folder, port, log, launch, act } = await place();
    const key = "o'er the key";
    await launch(['host', String(port), '--key', key, '--odd', "it's"]);
    const before = await log();
    await writeFile(join(folder, 'key'), key);
    expect(await act('stop', join(folder, 'key'))).toEqual([
      expect.stringMatching(`^acted\t${port}\tstopped\t0\t0\t1\t0\t-$`),
    ]);
    const record = join(folder, '.ranch', 'stopped', String(port));
    expect((await stat(record)).mode & 0o777).toBe(0o600);
    expect(await readFile(record, 'utf8')).not.toContain('the key');
    expect(await command(shell, 'kept', [join(folder, 'sq')])).toEqual([
      `kept\t${port}\tbare\t-\t${userName()}\t1\t${join(folder, 'key')}\t${folder}`,
    ]);
    expect(await act('start')).toEqual([expect.stringMatching(`^acted\t${port}\tstarted\t[1-9]`)]);
    expect(await log()).toBe(before + before);
    expect(await readdir(join(folder, '.ranch', 'stopped'))).toEqual([]);
    expect(await act('start')).toEqual([expect.stringMatching(`^acted\t${port}\talready-running\t`)]);
  });

  test('is restarted with its key, which no file holds', async () => {
    const { folder, port, log, launch, act } = await place();
    await launch(['host', String(port), '--key', 'secret']);
    const before = await log();
    expect(await act('restart')).toEqual([expect.stringMatching(`^acted\t${port}\trestarted\t[1-9]`)]);
    expect(await log()).toBe(before + before);
    expect((await readdir(join(folder, '.ranch'))).sort()).toEqual(['instances', 'log', 'stopped', 'token']);
  });

  test('with a key is not stopped without a file that holds it', async () => {
    const { folder, port, launch, act } = await place();
    await launch(['host', String(port), '--key', 'secret']);
    expect(await act('stop')).toEqual([expect.stringMatching('^error\tacknowledgement-missing\t')]);
    await writeFile(join(folder, 'key'), 'another\n');
    expect(await act('stop', join(folder, 'key'))).toEqual([
      expect.stringMatching('^error\tacknowledgement-missing\t'),
    ]);
    expect(await act('stop', '-', 1)).toEqual([expect.stringMatching(`^acted\t${port}\tstopped\t`)]);
    expect(await act('start')).toEqual([expect.stringMatching('^error\tinput-needed\t')]);
    await writeFile(join(folder, 'key'), 'secret\n');
    expect(await act('start', join(folder, 'key'))).toEqual([
      expect.stringMatching(`^acted\t${port}\tstarted\t`),
    ]);
  });

  test('is left alone while a rollout has armed it', async () => {
    const { folder, port, launch, act } = await place();
    await launch(['host', String(port)]);
    await mkdir(join(folder, '.ranch'));
    await writeFile(join(folder, '.ranch', 'armed'), 'r-1 1 boot 1 new old\n');
    for (const verb of ['stop', 'start', 'restart', 'restore']) {
      expect(await act(verb)).toEqual([expect.stringMatching('^error\thost-locked\t')]);
    }
  });

  test('a lease covers one act, and what it did can be asked again', async () => {
    const { folder, port, launch, binary } = await place();
    await launch(['host', String(port)]);
    await command(shell, 'lease', [binary, 'maintain-1', 600]);
    const words = [port, 0, 0, 'bare', '-', userName(), folder, '-'];
    const ask = () =>
      command(shell, 'maintain', [binary, 'maintain-1', 1, 'stop', 0, 0, ...words], guardScript());
    expect(await command(shell, 'maintain-result', [binary, 1, 'stop'])).toEqual(['did\t0\tstop']);
    const told = await ask();
    expect(told).toEqual(['did\t1\tstop', expect.stringMatching(`^acted\t${port}\tstopped\t`)]);
    expect(await ask()).toEqual([expect.stringMatching('^error\thost-moved\t')]);
    expect(await command(shell, 'maintain-result', [binary, 1, 'stop'])).toEqual(told);
    expect(await command(shell, 'maintain-result', [binary, 1, 'start'])).toEqual(['did\t0\tstart']);
  });

  test('the end of its log is told, however it ends', async () => {
    const { folder, port, binary } = await place();
    const child = spawn('sh', ['-c', 'printf "one\\ntwo\\tand\\nno end"; exec sleep 600'], {
      stdio: ['ignore', await openLog(join(folder, 'out')), 'ignore'],
    });
    endAfterTest(child);
    while ((await readFile(join(folder, 'out'), 'utf8')).length < 10)
      await new Promise((r) => setTimeout(r, 5));
    const lines = await command(shell, 'logs', [binary, 2, port, child.pid ?? 0, 'bare', '-', 'root']);
    const answer = new UnitAnswer('h1', 'logs', Buffer.from([...lines, 'end', ''].join('\n')));
    expect(parseLogs(answer, port)).toEqual({
      port,
      source: 'file',
      name: join(folder, 'out'),
      lines: ['two\tand', 'no end'],
    });
  });
});

async function openLog(path: string): Promise<number> {
  const { openSync } = await import('node:fs');
  return openSync(path, 'w');
}

describe('answers', () => {
  const answer = (...lines: readonly string[]) =>
    new UnitAnswer('h1', 'maintain', Buffer.from([...lines, 'end', ''].join('\n')));

  test('a failure names what was done before it', () => {
    const told = answer(
      'did\t4\tstop',
      'acted\t1337\tstopped\t0\t0\t2\t0\t-',
      'failed\tnever-quiet\tSQ on port 1339 never stopped writing',
    );
    expect(() => parseActed(told, 'h1')).toThrow(
      expect.objectContaining({
        code: 'never-quiet',
        place: 'h1',
        message: 'SQ on port 1339 never stopped writing (before that: port 1337 is stopped)',
      }),
    );
  });

  test('what never began is told apart from what did nothing', () => {
    expect(parseActed(answer('did\t0\tstop'), 'h1')).toBeUndefined();
    expect(parseActed(answer('did\t3\tstop'), 'h1')).toEqual([]);
    expect(() => parseActed(answer('acted\t1337\tstopped\t0\t0\t2\t0\t-'), 'h1')).toThrow(
      expect.objectContaining({ code: 'host-answer-invalid' }),
    );
  });

  test('a state that no script tells is no answer', () => {
    expect(() => parseActed(answer('did\t3\tstop', 'acted\t1337\tvanished\t0\t0\t2\t0\t-'), 'h1')).toThrow(
      expect.objectContaining({ code: 'host-answer-invalid' }),
    );
  });

  test('keys in a log are not told', () => {
    expect(redactKeys('Authorization: Bearer s3cret')).toBe('Authorization: Bearer [redacted]');
    expect(redactKeys('authorization:s3cret')).toBe('authorization:[redacted]');
    expect(redactKeys('sq host 1337 --key s3cret --data-dir /x')).toBe(
      'sq host 1337 --key [redacted] --data-dir /x',
    );
    expect(redactKeys('xAuth enabled (pmb-v1 key required)')).toBe('xAuth enabled (pmb-v1 key required)');
  });
});
