import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import { buildStandIn } from '../../scripts/stand-in.mjs';
import { markedProcesses } from '../../src/lab/marked-processes.ts';
import { bundled } from '../lab/bundled.ts';
import { ranch } from './captured.ts';

const INTERRUPT_AT = fileURLToPath(new URL('interrupt-at.cjs', import.meta.url));

let program: string;
let dir: string;
beforeAll(async () => {
  program = await bundled('src/cli/main.ts');
  await buildStandIn(fileURLToPath(new URL('./stand-in.js', `file://${program}`)));
  dir = await mkdtemp(join(tmpdir(), 'ranch-lab-cli-'));
});
afterAll(async () => {
  await rm(dir, { recursive: true, force: true });
});

/** What a process has said so far. */
interface Told {
  readonly child: ChildProcess;
  text: string;
}

function start(argv: readonly string[], options: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Told {
  const child = spawn(process.execPath, [...options, program, ...argv], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const told: Told = { child, text: '' };
  const hear = (bytes: Buffer): void => {
    told.text += bytes.toString();
  };
  child.stdout?.on('data', hear);
  child.stderr?.on('data', hear);
  return told;
}

async function said(told: Told, words: RegExp): Promise<void> {
  await vi.waitFor(() => expect(told.text).toMatch(words), { timeout: 240_000, interval: 50 });
}

async function labId(place: string): Promise<string> {
  return JSON.parse(await readFile(join(place, 'lab.pid'), 'utf8')).id;
}

it('up, status and down: what up prints works in another process, and down ends all of it', async () => {
  const place = join(dir, 'lab');
  const at = ['--dir', place];
  expect(await ranch(['lab', 'status', ...at])).toMatchObject({
    exitCode: 0,
    stdout: '',
    stderr: expect.stringMatching(/No lab is up in/),
  });
  expect(await ranch(['lab', 'down', ...at])).toMatchObject({ exitCode: 0, stderr: 'No lab was up.\n' });

  const lab = start(['lab', 'up', ...at]);
  await said(lab, /The lab is up\. .*\nCtrl-C here takes it down\./);
  const id = await labId(place);
  const status = await ranch(['lab', 'status', ...at]);
  expect(status.stderr).toBe(`The lab is up, kept by process ${lab.child.pid}.\n`);
  expect(lab.text).toContain(status.stdout);
  const record = JSON.parse((await ranch(['lab', 'status', '--json', ...at])).stdout);
  expect(record).toMatchObject({ type: 'lab', up: true, pid: lab.child.pid, sshConfig: 'none' });

  const exports = /^export RANCH_INVENTORY=(\S+) RANCH_STATE=(\S+) RANCH_SSH_CONFIG=none$/m.exec(
    status.stdout,
  );
  const given = ['-i', exports?.[1] ?? '', '--state', exports?.[2] ?? '', '--ssh-config', 'none'];
  const add = /^ranch (artifact add .*)$/m.exec(status.stdout)?.[1] ?? '';
  expect(await ranch([...add.split(' '), ...given])).toMatchObject({ exitCode: 0 });
  expect((await ranch(['sweep', ...given])).stdout).toMatch(/7 hosts: 1 absent, 5 behind, 1 other-binary/);

  const second = start(['lab', 'up', ...at]);
  const [code] = await once(second.child, 'close');
  expect(code).toBe(4);
  expect(second.text).toMatch(
    /state-locked\n {2}a lab is up here, kept by process \d+\n {2}→ .*`ranch lab down`/,
  );

  const ended = once(lab.child, 'close');
  expect(await ranch(['lab', 'down', ...at])).toMatchObject({
    exitCode: 0,
    stderr: expect.stringMatching(/^The lab is down/),
  });
  expect(await ended).toEqual([0, null]);
  expect(markedProcesses(id)).toEqual([]);
  expect((await ranch(['lab', 'status', ...at])).stderr).toMatch(/No lab is up in/);
});

it('down clears what a lab that was killed has left, and never ends a process that took its pid', async () => {
  const place = join(dir, 'killed');
  const at = ['--dir', place];
  const lab = start(['lab', 'up', ...at]);
  await said(lab, /The lab is up\./);
  const id = await labId(place);
  const ended = once(lab.child, 'close');
  lab.child.kill('SIGKILL');
  await ended;
  expect((await ranch(['lab', 'status', ...at])).stderr).toMatch(/its process died; `ranch lab down` clears/);
  expect((await ranch(['lab', 'down', ...at])).stderr).toMatch(/had died; what it left running was ended/);
  expect(markedProcesses(id)).toEqual([]);

  const bystander = spawn('sleep', ['600']);
  onTestFinished(() => void bystander.kill('SIGKILL'));
  const bootId = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  const claim = { id, pid: bystander.pid, startTicks: 1, bootId };
  await writeFile(join(place, 'lab.pid'), `${JSON.stringify(claim)}\n`);
  expect((await ranch(['lab', 'down', ...at])).stderr).toMatch(/had died/);
  expect({ exitCode: bystander.exitCode, signal: bystander.signalCode }).toEqual({
    exitCode: null,
    signal: null,
  });
});

/** The arguments of every process of this machine. */
function argumentsOfAll(): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
      } catch {
        return '';
      }
    });
}

it('an interrupted demonstration ends with 130 and leaves nothing', async () => {
  const env = { INTERRUPT_AT: 'aurora-continuum stage begins' };
  const demo = start(['lab', 'demo', '--plain'], ['--require', INTERRUPT_AT], env);
  const ended = once(demo.child, 'close');
  expect(await ended).toEqual([130, null]);
  expect(demo.text).toContain('aurora-continuum stage begins');
  const [root] = /\/\S*ranch-lab-\w+/.exec(demo.text) ?? [];
  if (root === undefined) throw new Error(`no lab was told of: ${demo.text}`);
  expect(demo.text).not.toContain('That was the main job');
  expect(argumentsOfAll().filter((words) => words.includes(root))).toEqual([]);
  expect(existsSync(root)).toBe(false);
});
