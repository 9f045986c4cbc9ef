import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { demoRanch } from '../../src/lab/demo-ranch.ts';
import { sweepStaleLabs } from '../../src/lab/lab-claim.ts';
import { markedProcesses } from '../../src/lab/marked-processes.ts';
import { bundled } from './bundled.ts';

const standIn = fileURLToPath(new URL('./placeholder-sq.js', import.meta.url));

let root: string;
let program: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'ranch-lab-host-'));
  program = await bundled('src/lab/lab-host.ts');
});
afterAll(async () => {
  await rm(root, { recursive: true, force: true });
  await rm(dirname(program), { recursive: true, force: true });
});

interface Announced {
  readonly id: string;
  readonly pid: number;
  readonly hosts: readonly { readonly name: string; readonly port: number }[];
}

async function keep(dir: string): Promise<{ child: ChildProcess; lab: Announced }> {
  const child = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.write(`${JSON.stringify({ dir, hosts: demoRanch().slice(0, 2), standIn })}\n`);
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return { child, lab: JSON.parse(line) as Announced };
}

it('keeps a lab until its standard input ends', async () => {
  const { child, lab } = await keep(join(root, 'kept'));
  expect(lab.hosts.map(({ name }) => name)).toEqual(['aurora-continuum', 'halcyon-vector']);
  expect(markedProcesses(lab.id)).toHaveLength(3);
  child.stdin?.end();
  const [code] = await once(child, 'exit');
  expect(code).toBe(0);
  expect(markedProcesses(lab.id)).toEqual([]);
});

it('leaves no server behind when it is killed', async () => {
  const { child, lab } = await keep(join(root, 'killed'));
  expect(markedProcesses(lab.id)).toHaveLength(3);
  child.kill('SIGKILL');
  await once(child, 'exit');
  await expect.poll(() => markedProcesses(lab.id)).toEqual([]);
  expect(await sweepStaleLabs(root)).toEqual([lab.id]);
  expect(await sweepStaleLabs(root)).toEqual([]);
});

it('says on standard error what is wrong with what it was told', async () => {
  const child = spawn(process.execPath, [program], { stdio: ['pipe', 'ignore', 'pipe'] });
  let text = '';
  child.stderr.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  child.stdin.end('{"dir": ""}\n');
  const [code] = await once(child, 'close');
  expect(code).toBe(1);
  expect(JSON.parse(text)).toMatchObject({ code: 'usage', message: expect.stringContaining('hosts') });
});

it('sweeps what a dead lab left running even without its guard', async () => {
  const dir = join(root, 'stale');
  const id = 'lab-0123456789abcdef0123';
  const { mkdir, writeFile } = await import('node:fs/promises');
  await mkdir(dir);
  const left = spawn('sleep', ['600'], {
    env: { PATH: process.env['PATH'], RANCH_LAB: id },
    stdio: 'ignore',
  });
  const ended = once(left, 'exit');
  await writeFile(join(dir, 'lab.pid'), JSON.stringify({ id, pid: 1, startTicks: -1, bootId: 'another' }));
  expect(await sweepStaleLabs(root)).toEqual([id]);
  expect((await ended)[1]).toBe('SIGKILL');
});
