import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pLimit from 'p-limit';
import { beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { codeOf } from '../../src/store/trouble.ts';
import { type Herd, makeHerd, oldHost } from '../cli/herd.ts';
import { countFaults } from '../faults.ts';
import { bundled } from '../lab/bundled.ts';

/**
 * The main job as a process, killed before and after every commit of the store and every write to a host, on the
 * embedded ranch; then resumed. By default at
 * each so-manieth write and eight times as many commits; RANCH_KILL_EVERY=1 takes every point of a clean run, and
 * RANCH_KILL_PART=3/8 of those that are taken the third of eight parts.
 */
const EVERY = Number(process.env['RANCH_KILL_EVERY'] ?? 128);
const [PART = 1, PARTS = 1] = (process.env['RANCH_KILL_PART'] ?? '1/1').split('/').map(Number);
/** Much of a point's time is waiting for processes to begin and end. */
const AT_ONCE = 2;
const HOOK = fileURLToPath(new URL('kill-at.cjs', import.meta.url));
const HOSTS = ['aurora', 'halcyon'] as const;
/** What `ranch resume` may take; on a busy machine so many times what it takes there to find that nothing is to be done. */
const RESUME_MS = 30_000;
const TIMES_NOTHING = 30;
/** Longer than a resume waits for its turn on a busy machine: what the timer does then is `deadman.test.ts`. */
const DEADMAN = ['--deadman', '300'];

/** What is there only while something is under way. */
const NEVER_LEFT =
  /\.ranch\/(?:lease|armed|guard|timer|back|proven|replay|stopped|hold|scratch)|tmp|-wal$|-shm$/;

const counted = z.strictObject({ commit: z.int().positive(), write: z.int().positive() });

let program: string;
beforeAll(async () => {
  program = await bundled('src/cli/main.ts');
});

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly tookMs: number;
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
  const start = performance.now();
  let out = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
  }
  const [code, signal] = await once(child, 'close');
  return { code, signal, out, tookMs: performance.now() - start };
}

const rollout = (herd: Herd, env?: NodeJS.ProcessEnv) =>
  run(herd, ['rollout', '0.5.2', '--yes', '--bake', '0', ...DEADMAN, '--plain'], env);

/** Its words; none where it has ended by now. */
function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ESRCH') return '';
    throw error;
  }
}

/** What the guard of a freeze (quiet.sh) leaves of itself once it is called off: five seconds of sleep. */
const CALLED_OFF = 'sleep 5 ';

/** Who held the lock, for people: what says that it is held is the kernel. */
const NOTE = /^state\/lock\.json/;

/** All files on the hosts and in the state folder, numbers aside: ports, tokens and dates are each run's own. */
function files({ dir }: Herd): readonly string[] {
  const names = ['hosts', 'state'].flatMap((folder) =>
    readdirSync(join(dir, 'lab', folder), { recursive: true }).map((name) => `${folder}/${name}`),
  );
  const ours = names.filter((name) => !NOTE.test(name));
  return [...new Set(ours.map((name) => name.replace(/\d+/g, 'N')))].sort();
}

/** What is not as it must be at the end, host by host. `clean`: the files after a run that nothing befell. */
function wrong(herd: Herd, clean: readonly string[]): readonly string[] {
  const { lab } = herd;
  const there = files(herd);
  const strange = [
    ...there.filter((name) => !clean.includes(name)).map((name) => `${name} is left`),
    ...clean.filter((name) => !there.includes(name)).map((name) => `${name} is not there`),
  ];
  const hosts = HOSTS.flatMap((name) => {
    const member = lab.host(name);
    const log = readFileSync(join(dirname(member.binary ?? '/'), '.ranch', 'log'), 'utf8');
    const times = (word: string) => log.split('\n').filter((line) => line.includes(word)).length;
    const commands = member.processes().flatMap(({ pid }) => commandOf(pid) || []);
    const servers = commands.filter((words) => words.includes(` ${member.binary} `));
    const strangers = commands.filter((words) => !servers.includes(words) && words !== CALLED_OFF);
    return [
      ...(times(' confirmed ') === 1 ? [] : [`${name}: confirmed ${times(' confirmed ')} times`]),
      ...(times(' switched ') === 1 ? [] : [`${name}: switched ${times(' switched ')} times`]),
      ...(times('putting') === 0 ? [] : [`${name}: went back`]),
      ...strangers.map((words) => `${name} runs ${words}`),
      ...(servers.length === 1 ? [] : [`${name} has ${servers.length} servers`]),
    ];
  });
  return [...strange, ...hosts];
}

/** The same, once what is about to end has ended: on a busy machine a shell is there for a while after its last word. */
async function wrongInTheEnd(herd: Herd, clean: readonly string[]): Promise<readonly string[]> {
  for (let tries = 0; tries < 1_000 && wrong(herd, clean).length > 0; tries += 1) await pause(20);
  return wrong(herd, clean);
}

const record = z.looseObject({ type: z.string() });

/** What the record does not tell of a rollout that was killed and has ended. */
async function untold(herd: Herd, resumed: boolean): Promise<readonly string[]> {
  const shown = await herd.ranch(['show', '--json']);
  const records = shown.stdout
    .trimEnd()
    .split('\n')
    .map((line) => record.parse(JSON.parse(line)));
  const [rollout] = records.filter(({ type }) => type === 'rollout');
  const units = records.filter(({ type }) => type === 'unit');
  const changed = units.filter(({ outcome, state }) => outcome === 'changed' && state === 'ended');
  const again = records.filter(({ type }) => type === 'rollout-resumed').length;
  return [
    ...(rollout?.['status'] === 'completed' ? [] : [`the record has it ${rollout?.['status']}`]),
    ...(changed.length === HOSTS.length ? [] : [`the record has ${changed.length} hosts changed`]),
    ...(again === (resumed ? 1 : 0) ? [] : [`the record has it resumed ${again} times`]),
  ];
}

/** Goes on after the kill: with what was begun, or from the start where nothing was; what is not as it must be then. */
async function goOn(herd: Herd, clean: readonly string[]): Promise<readonly string[]> {
  const resumed = await run(herd, ['resume', '--plain']);
  const nothing = resumed.code === 2 && resumed.out.includes('no-such-rollout');
  if (resumed.code !== 0 && !nothing) return [`resume ended with ${resumed.code}: ${resumed.out}`];
  // Who resumes has all done: the rollout after it finds nothing to do, and touches nothing.
  const then = nothing ? [] : await wrongInTheEnd(herd, clean);
  const before = await herd.standing();
  const again = await rollout(herd);
  if (again.code !== 0) return [`the next rollout ended with ${again.code}: ${again.out}`];
  const most = Math.max(RESUME_MS, TIMES_NOTHING * again.tookMs);
  return [
    ...then,
    ...(nothing || again.out.includes('Nothing to do') ? [] : ['something was left to be done']),
    ...(nothing || before.join() === (await herd.standing()).join()
      ? []
      : ['the next rollout changed a host']),
    ...(resumed.tookMs < most ? [] : [`resume took ${resumed.tookMs} ms`]),
    ...(await wrongInTheEnd(herd, clean)),
    ...(await untold(herd, !nothing)),
  ];
}

const faults = countFaults('kills of the main job');

/** A run that nothing befalls: how many points it has, and what it leaves. */
async function cleanRun() {
  return withHerd(async (herd) => {
    const file = join(herd.dir, 'counts.json');
    const ended = await rollout(herd, { COUNT_TO: file });
    expect(ended, ended.out).toMatchObject({ code: 0 });
    const left = files(herd);
    expect(left.filter((name) => NEVER_LEFT.test(name))).toEqual([]);
    expect([...(await wrongInTheEnd(herd, left)), ...(await untold(herd, false))]).toEqual([]);
    return { ...counted.parse(JSON.parse(readFileSync(file, 'utf8'))), left };
  });
}

/** So many points each before and after what is counted, every so-manieth. */
function points(kind: string, count: number, every: number): readonly string[] {
  const all = Array.from({ length: count }, (_, n) => [`${kind}-before ${n + 1}`, `${kind}-after ${n + 1}`]);
  return all.flat().filter((_, n) => n % every === 0);
}

test('killed at a point of every kind, the main job goes on as if nothing had been', async () => {
  const { commit, write, left } = await cleanRun();
  const taken = [...points('commit', commit, Math.ceil(EVERY / 8)), ...points('write', write, EVERY)];
  const chosen = taken.filter((_, n) => n % PARTS === PART - 1);
  const lost: string[] = [];
  let killed = 0;
  const limit = pLimit(AT_ONCE);
  const killAt = (point: string) =>
    withHerd(async (herd) => {
      const ended = await rollout(herd, { KILL_AT: point });
      if (ended.signal === 'SIGKILL') killed += 1;
      else if (ended.code !== 0) lost.push(`${point}: it ended with ${ended.code}: ${ended.out}`);
      const wrongs = await goOn(herd, left);
      if (wrongs.length > 0) lost.push(`${point}: ${wrongs.join('; ')}`);
    });
  await Promise.all(chosen.map((point) => limit(killAt, point)));
  console.log(
    `${chosen.length} of ${2 * (commit + write)} points, around ${commit} commits and ${write} writes`,
  );
  faults.add(killed, killed - lost.length);
  expect(lost).toEqual([]);
  // Two runs write more or less, as the machine lets them wait: a point near the end can come too late.
  expect(killed).toBeGreaterThan(chosen.length * 0.7);
}, 14_400_000);
