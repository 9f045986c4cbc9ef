import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { type Herd, makeHerd, oldHost } from '../cli/herd.ts';
import { countFaults } from '../faults.ts';
import { bundled } from '../lab/bundled.ts';

/**
 * The main job as a process, killed before and after every commit of the store and before every write to a host, on the
 * embedded ranch; then resumed. By default at
 * each so-manieth write and eight times as many commits; RANCH_KILL_EVERY=1 takes every point of a clean run.
 */
const EVERY = Number(process.env['RANCH_KILL_EVERY'] ?? 128);
const HOOK = fileURLToPath(new URL('kill-at.cjs', import.meta.url));
const HOSTS = ['aurora', 'halcyon'] as const;
/** What stays beside a binary for good. */
const KEPT = ['confirmed', 'previous', 'releases', 'instances', 'token', 'log'];

const counted = z.strictObject({ commit: z.int().positive(), write: z.int().positive() });

let program: string;
beforeAll(async () => {
  program = await bundled('src/cli/main.ts');
});

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
}

async function withHerd<T>(use: (herd: Herd) => Promise<T>): Promise<T> {
  const [canary, rest] = HOSTS;
  const herd = await makeHerd([oldHost(canary, { tags: ['canary'] }), oldHost(rest)]);
  try {
    await herd.ranch(['artifact', 'add', herd.program('0.5.2'), '--version', '0.5.2']);
    return await use(herd);
  } finally {
    await herd.close();
  }
}

async function run({ lab }: Herd, words: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const places = ['-i', lab.ranchFile, '--state', lab.stateDir, '--ssh-config', 'none', '--no-input'];
  const child = spawn(process.execPath, ['--require', HOOK, program, ...places, ...words], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
  }
  const [code, signal] = await once(child, 'close');
  return { code, signal, out };
}

const rollout = (herd: Herd, env?: NodeJS.ProcessEnv) =>
  run(herd, ['rollout', '0.5.2', '--yes', '--bake', '0', '--plain'], env);

/** Goes on after the kill: with what was begun, or from the start where nothing was; and to the end. */
async function goOn(herd: Herd): Promise<void> {
  const resumed = await run(herd, ['resume', '--plain']);
  if (resumed.code === 2) expect(resumed.out).toMatch(/no-such-rollout/);
  else expect(resumed, resumed.out).toMatchObject({ code: 0 });
  const again = await rollout(herd);
  expect(again, again.out).toMatchObject({ code: 0 });
}

/** Its words, or why they cannot be read: it may be gone by now. */
function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch (error) {
    return String(error);
  }
}

/** What the guard of a freeze (quiet.sh) leaves of itself once it is called off: five seconds of sleep. */
const CALLED_OFF = 'sleep 5 ';

/** What is not as it must be at the end, host by host. */
function wrong({ lab }: Herd): readonly string[] {
  return HOSTS.flatMap((name) => {
    const member = lab.host(name);
    const folder = join(dirname(member.binary ?? '/'), '.ranch');
    const log = readFileSync(join(folder, 'log'), 'utf8');
    const times = (word: string) => log.split('\n').filter((line) => line.includes(word)).length;
    const left = readdirSync(folder).filter((entry) => !KEPT.includes(entry));
    const scratch = readdirSync(dirname(member.binary ?? '/')).filter((entry) => entry.includes('tmp'));
    const commands = member.processes().map(({ pid }) => commandOf(pid));
    const servers = commands.filter((words) => words.includes(` ${member.binary} `));
    const strangers = commands.filter((words) => !servers.includes(words) && words !== CALLED_OFF);
    return [
      ...left.map((entry) => `${name}: .ranch/${entry} is left`),
      ...scratch.map((entry) => `${name}: ${entry} is left`),
      ...(times(' confirmed ') === 1 ? [] : [`${name}: confirmed ${times(' confirmed ')} times`]),
      ...(times(' switched ') === 1 ? [] : [`${name}: switched ${times(' switched ')} times`]),
      ...(times('putting') === 0 ? [] : [`${name}: went back`]),
      ...strangers.map((words) => `${name} runs ${words}`),
      ...(servers.length === 1 ? [] : [`${name} has ${servers.length} servers`]),
    ];
  });
}

/** The same, once what is about to end has ended: on a busy machine a shell is there for a while after its last word. */
async function wrongInTheEnd(herd: Herd): Promise<readonly string[]> {
  for (let tries = 0; tries < 1_000 && wrong(herd).length > 0; tries += 1) await pause(20);
  return wrong(herd);
}

const faults = countFaults('kills of the main job');

async function countPoints(): Promise<z.output<typeof counted>> {
  return withHerd(async (herd) => {
    const file = join(herd.dir, 'counts.json');
    const clean = await rollout(herd, { COUNT_TO: file });
    expect(clean, clean.out).toMatchObject({ code: 0 });
    expect(await wrongInTheEnd(herd)).toEqual([]);
    return counted.parse(JSON.parse(readFileSync(file, 'utf8')));
  });
}

test('killed at a point of every kind, the main job goes on as if nothing had been', async () => {
  const { commit, write } = await countPoints();
  const commits = Array.from({ length: commit }, (_, n) => [
    `commit-before ${n + 1}`,
    `commit-after ${n + 1}`,
  ]);
  const writes = Array.from({ length: write }, (_, n) => `write-before ${n + 1}`);
  const points = [
    ...commits.flat().filter((_, n) => n % Math.ceil(EVERY / 8) === 0),
    ...writes.filter((_, n) => n % EVERY === 0),
  ];
  const lost: string[] = [];
  let killed = 0;
  for (const point of points) {
    await withHerd(async (herd) => {
      const ended = await rollout(herd, { KILL_AT: point });
      if (ended.signal === 'SIGKILL') killed += 1;
      else expect(ended, ended.out).toMatchObject({ code: 0 });
      await goOn(herd);
      lost.push(...(await wrongInTheEnd(herd)).map((what) => `${point}: ${what}`));
    });
  }
  console.log(
    `${points.length} of ${2 * commit + write} points, around ${commit} commits and before ${write} writes`,
  );
  faults.add(killed, killed - new Set(lost.map((what) => what.split(':')[0])).size);
  expect(lost).toEqual([]);
  // Two runs write more or less, as the machine lets them wait: a point near the end can come too late.
  expect(killed).toBeGreaterThan(points.length * 0.7);
}, 7_200_000);
