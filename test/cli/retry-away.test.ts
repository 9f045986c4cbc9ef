import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { bundled } from '../lab/bundled.ts';
import { type Herd, makeHerd, oldHost } from './herd.ts';

const event = z.object({ type: z.string().optional(), step: z.string().optional() });

let program: string;
let herd: Herd;
beforeAll(async () => {
  program = await bundled('src/cli/main.ts');
  herd = await makeHerd([oldHost('aurora', { tags: ['canary'] }), oldHost('halcyon')]);
  await herd.ranch(['artifact', 'add', herd.program('0.5.2'), '--version', '0.5.2']);
});
afterAll(() => herd.close());

/** A rollout whose host cannot be reached any more from that moment on: its exit code. */
async function cutAfter(host: string, step: string): Promise<number | null> {
  const places = [
    '-i',
    herd.lab.ranchFile,
    '--state',
    herd.lab.stateDir,
    '--ssh-config',
    'none',
    '--no-input',
  ];
  // So that it is cut off before the next step is done, however late we hear of this one.
  herd.lab.host(host).slow(500);
  const words = ['rollout', '0.5.2', '--hosts', host, '--yes', '--bake', '0', '--json'];
  const child = spawn(process.execPath, [program, ...places, ...words], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ended = once(child, 'close');
  for await (const line of createInterface(child.stdout)) {
    const told = event.parse(JSON.parse(line));
    if (told.type === 'step-done' && told.step === step) herd.lab.host(host).cut();
  }
  const [code] = await ended;
  return code;
}

test.each([
  ['aurora', 'lease'],
  ['halcyon', 'stage'],
])(
  '%s goes away after %s, its rollout ends, and `retry` goes on as soon as it is back',
  async (host, step) => {
    expect([1, 3]).toContain(await cutAfter(host, step));
    const folder = join(dirname(herd.lab.host(host).binary ?? '/'), '.ranch');
    expect(readdirSync(folder)).toContain('lease');
    await herd.lab.host(host).heal();
    const again = await herd.ranch(['retry', '--yes']);
    expect(again.exitCode, again.stderr).toBe(0);
    expect(readdirSync(folder)).not.toContain('lease');
  },
);

test('one that lost its SQ meanwhile is no success of a retry', async () => {
  const host = herd.lab.host('halcyon');
  await herd.ranch(['artifact', 'add', herd.program('0.5.1'), '--version', '0.5.1']);
  expect((await herd.ranch(['rollback', '--hosts', 'halcyon', '--yes', '--bake', '0'])).exitCode).toBe(0);
  expect([1, 3]).toContain(await cutAfter('halcyon', 'stage'));
  await host.heal();
  for (const { pid } of host.processes()) process.kill(pid, 'SIGKILL');
  const left = await herd.ranch(['retry', '--yes']);
  expect([left.exitCode, left.stderr]).toEqual([1, expect.stringMatching(/`--include stopped` takes it in/)]);
  const included = await herd.ranch(['retry', '--yes', '--include', 'stopped']);
  expect([included.exitCode, included.stderr]).toEqual([1, expect.stringMatching(/give `dataDir`/)]);
});
