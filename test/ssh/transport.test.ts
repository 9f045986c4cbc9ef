import { once } from 'node:events';
import { createServer } from 'node:net';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { BOUNDS, LIMITS, setting } from './setting.ts';
import { script } from './world.ts';

describe('running scripts', () => {
  test('gives exact output, errors and exit code, with arguments and input', async () => {
    const { transport, host } = await setting();
    const binary = Buffer.from(Array.from({ length: 200_000 }, (_, index) => index % 256));
    const result = await transport.withShell(
      host,
      (shell) =>
        shell.run(
          script('printf "%s|" "$0" "$@"; cat; echo oops >&2; exit 7', {
            args: ["it's", 'a\\b', 'two\nlines', ''],
            stdin: () => Readable.from([binary.subarray(0, 70_000), binary.subarray(70_000)]),
          }),
          { ...LIMITS, maxBytes: 300_000 },
        ),
      BOUNDS,
    );
    const head = "ranch|it's|a\\b|two\nlines||";
    expect(result.exitCode).toBe(7);
    expect(result.stderr).toBe('oops\n');
    expect(result.stdout.subarray(0, head.length).toString()).toBe(head);
    expect(result.stdout.subarray(head.length).equals(binary)).toBe(true);
  });

  test('a script without input reads its end at once', async () => {
    const { transport, host } = await setting();
    const result = await transport.withShell(
      host,
      (shell) => shell.run(script('cat; echo end'), LIMITS),
      BOUNDS,
    );
    expect(result.stdout.toString()).toBe('end\n');
  });

  test('leaves no connection behind, whatever happens', async () => {
    const { transport, host, server } = await setting();
    await expect(
      transport.withShell(
        host,
        async () => {
          throw new Error('the caller’s own');
        },
        BOUNDS,
      ),
    ).rejects.toThrow('the caller’s own');
    await expect.poll(() => server.open()).toBe(0);
  });

  test('a script that never ends is stopped by its deadline, and the shell goes on', async () => {
    const { transport, host } = await setting();
    const second = await transport.withShell(
      host,
      async (shell) => {
        await expect(shell.run(script('sleep 600'), { ...LIMITS, deadlineMs: 200 })).rejects.toMatchObject({
          code: 'deadline',
          place: 'h1',
        });
        return shell.run(script('echo still here'), LIMITS);
      },
      BOUNDS,
    );
    expect(second.stdout.toString()).toBe('still here\n');
  });

  test('an abort reaches a script that runs', async () => {
    const stop = new AbortController();
    const { transport, host } = await setting({
      onStep: (step) => {
        if (step === 'first-output') stop.abort();
      },
    });
    const running = transport.withShell(host, (shell) => shell.run(script('sleep 600'), LIMITS), {
      ...BOUNDS,
      signal: stop.signal,
    });
    await expect(running).rejects.toMatchObject({ code: 'interrupted' });
  });

  test('much at once under one signal, over one connection: nothing warns of a leak', async () => {
    const warnings: string[] = [];
    const warned = (warning: Error): void => void warnings.push(warning.message);
    process.on('warning', warned);
    const { transport, host } = await setting();
    const { signal } = new AbortController();
    const twelve = Array.from({ length: 12 }, (_, index) => String(index));
    const run = (): Promise<readonly string[]> =>
      transport.withShell(
        host,
        (shell) =>
          Promise.all(
            twelve.map(async (one) => {
              const { stdout } = await shell.run(script('printf %s "$1"', { args: [one] }), LIMITS, signal);
              return stdout.toString();
            }),
          ),
        { ...BOUNDS, signal },
      );
    expect(await Promise.all([run(), run()])).toEqual([twelve, twelve]);
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', warned);
    expect(warnings).toEqual([]);
  });

  test('an answer that never ends is cut at its bound', async () => {
    const { transport, host } = await setting();
    const flooded = transport.withShell(host, (shell) => shell.run(script('yes'), LIMITS), BOUNDS);
    await expect(flooded).rejects.toMatchObject({ code: 'answer-too-large' });
  });

  test('standard error that never ends is cut as well', async () => {
    const { transport, host } = await setting();
    const flooded = transport.withShell(host, (shell) => shell.run(script('yes >&2'), LIMITS), BOUNDS);
    await expect(flooded).rejects.toMatchObject({ code: 'answer-too-large' });
  });

  test('the deadline of the whole ends what runs within', async () => {
    const { transport, host } = await setting();
    const late = transport.withShell(host, (shell) => shell.run(script('sleep 600'), LIMITS), {
      deadlineMs: 300,
    });
    await expect(late).rejects.toMatchObject({ code: 'deadline' });
  });

  test('input that breaks off fails the run', async () => {
    const { transport, host } = await setting();
    const broken = (): Readable =>
      new Readable({
        read() {
          this.destroy(new Error('disk gone'));
        },
      });
    const running = transport.withShell(
      host,
      (shell) => shell.run(script('cat', { stdin: broken }), LIMITS),
      BOUNDS,
    );
    await expect(running).rejects.toThrow('disk gone');
  });
});

describe('tunnels', () => {
  test('open a port as seen from the host, and tell refused from forbidden', async () => {
    const echo = createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1');
    await once(echo, 'listening');
    const address = echo.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const { transport, host } = await setting();
    const back = await transport.withShell(
      host,
      async (shell) => {
        const stream = await shell.openTcp('127.0.0.1', port, LIMITS);
        stream.end('hello');
        const parts: Buffer[] = [];
        for await (const part of stream) parts.push(part);
        echo.close();
        await once(echo, 'close');
        await expect(shell.openTcp('127.0.0.1', port, LIMITS)).rejects.toMatchObject({
          code: 'connection-refused',
        });
        return Buffer.concat(parts).toString();
      },
      BOUNDS,
    );
    expect(back).toBe('hello');
  });

  test('what comes through is bounded', async () => {
    const flood = createServer((socket) => {
      socket.on('error', () => undefined);
      const pour = (): void => {
        while (!socket.destroyed && socket.write(Buffer.alloc(65_536)));
      };
      socket.on('drain', pour);
      pour();
    }).listen(0, '127.0.0.1');
    await once(flood, 'listening');
    const address = flood.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const { transport, host } = await setting();
    await transport.withShell(
      host,
      async (shell) => {
        const stream = await shell.openTcp('127.0.0.1', port, LIMITS);
        stream.resume();
        const [error] = await once(stream, 'error');
        expect(error).toMatchObject({ code: 'answer-too-large' });
      },
      BOUNDS,
    );
    flood.close();
  });
});
