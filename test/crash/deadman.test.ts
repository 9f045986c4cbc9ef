import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { type Herd, makeHerd, oldHost } from '../cli/herd.ts';
import { countFaults } from '../faults.ts';
import { bundled } from '../lab/bundled.ts';
import { watchLateness } from '../net/lateness.ts';

/** How often each is tried, over its hosts: RANCH_TRIALS, else once on each. */
const TRIALS = Number(process.env['RANCH_TRIALS'] ?? 4);
/** The shortest dead man's time there is, and how much later than that a host may be back. */
const DEADMAN_SECONDS = 20;
const BACK_SECONDS = 5;
/** Hosts of whose controller nothing is heard any more, and those that are confirmed late, or in time. */
const LEFT_ALONE = ['h0', 'h1', 'h2', 'h3'] as const;
const CONFIRMED = ['h4', 'h5', 'h6', 'h7'] as const;
const HOSTS = [...LEFT_ALONE, ...CONFIRMED];
/** What stays beside a binary for good. */
const KEPT = ['confirmed', 'previous', 'releases', 'instances', 'token', 'log', 'outcome'];

const event = z.object({
  type: z.string().optional(),
  step: z.string().optional(),
  at: z.number().optional(),
});
type Event = z.output<typeof event>;

/** Moments between the switch and the confirmation, one after the other in the trials. */
const MOMENTS: readonly (readonly [string, string])[] = [
  ['step-done', 'switch'],
  ['step-intended', 'verify'],
  ['step-done', 'verify'],
];

const { survives } = countFaults('the dead man’s time, in the lab');

let herd: Herd;
let program: string;
beforeAll(async () => {
  program = await bundled('src/cli/main.ts');
  herd = await makeHerd(HOSTS.map((name) => oldHost(name, { zone: `zone-${name}` })));
  await herd.ranch(['artifact', 'add', herd.program('0.5.2'), '--version', '0.5.2']);
});
afterAll(() => herd.close());

/** A controller of its own for one host: the state folder of the lab, copied. */
class Controller {
  readonly #state: string;
  readonly #host: string;
  constructor(host: string) {
    this.#host = host;
    this.#state = join(herd.dir, `state-${host}`);
    cpSync(herd.lab.stateDir, this.#state, { recursive: true });
  }

  start(...words: string[]): ChildProcess {
    const places = ['-i', herd.lab.ranchFile, '--state', this.#state, '--ssh-config', 'none', '--no-input'];
    return spawn(process.execPath, [program, ...places, ...words, '--json'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  }

  rollout(): ChildProcess {
    const deadman = ['--deadman', `${DEADMAN_SECONDS}`];
    return this.start('rollout', '0.5.2', '--hosts', this.#host, '--yes', '--bake', '0', ...deadman);
  }

  /** Runs a command to its end: its exit code. */
  async run(...words: string[]): Promise<number | null> {
    const child = this.start(...words);
    child.stdout?.resume();
    const [code] = await once(child, 'close');
    return code;
  }
}

const folderOf = (host: string): string => join(dirname(herd.lab.host(host).binary ?? '/'), '.ranch');

/** Lines of the host's own log that have this in them; it has none before the first rollout. */
function logged(host: string, what: RegExp): readonly string[] {
  const log = join(folderOf(host), 'log');
  const lines = existsSync(log) ? readFileSync(log, 'utf8').split('\n') : [];
  return lines.filter((line) => what.test(line));
}

const BACK = / reverted by timer$/;
const CONFIRMATION = /^\S+ confirmed /;

/** When the host went back by itself, for the n-th time; milliseconds since the epoch, from the host's own log. */
async function wentBack(host: string, times: number): Promise<number> {
  for (let tries = 0; tries < 1_200 && logged(host, BACK).length < times; tries++) await pause(100);
  expect(logged(host, BACK)).toHaveLength(times);
  return Date.parse(logged(host, BACK).at(-1)?.split(' ')[0] ?? '');
}

function nothingIsLeft(host: string): void {
  expect(readdirSync(folderOf(host)).filter((entry) => !KEPT.includes(entry))).toEqual([]);
}

/** Reads what a controller tells until it has told of a moment; gives when the host was armed. */
async function until(child: ChildProcess, [type, step]: readonly [string, string]): Promise<number> {
  let armedAt = 0;
  if (child.stdout === null) throw new Error('the controller has no output');
  let last = '';
  for await (const line of createInterface(child.stdout)) {
    last = line;
    const told: Event = event.parse(JSON.parse(line));
    if (told.type === 'step-done' && told.step === 'arm') armedAt = told.at ?? 0;
    if (told.type === type && told.step === step) return armedAt;
  }
  throw new Error(`it ended before ${type} ${step}, with ${last}`);
}

/** What befalls the controller, or the way to its host. */
const WAYS = ['dies', 'is stopped', 'is cut off'] as const;

/** Nothing is heard of a controller for longer than its host waits; the host is back by itself, and that is told. */
async function fallSilent(host: string, controller: Controller, trial: number, nth: number): Promise<void> {
  const lateness = watchLateness();
  const way = WAYS[trial % WAYS.length];
  const child = controller.rollout();
  const ended = once(child, 'close');
  const armedAt = await until(child, MOMENTS[trial % MOMENTS.length] ?? ['step-done', 'switch']);
  child.kill(way === 'dies' ? 'SIGKILL' : 'SIGSTOP');
  if (way === 'is cut off') {
    herd.lab.host(host).cut();
    child.stdout?.resume();
    child.kill('SIGCONT');
  }
  const backAt = await wentBack(host, nth);
  lateness.stop();
  // The host's log has whole seconds.
  expect(lateness.isLate(backAt - armedAt, (DEADMAN_SECONDS + BACK_SECONDS) * 1000)).toBe(false);
  if (way === 'is cut off') await herd.lab.host(host).heal();
  if (way === 'is stopped') {
    child.kill('SIGCONT');
    child.stdout?.resume();
  }
  const [code] = await ended;
  // Where the host could not be asked for long its controller leaves it to a resume.
  expect(code === null || code === 7 ? await controller.run('resume') : code).toBe(6);
  nothingIsLeft(host);
}

/** The old binary is everywhere, run by one new process each. */
function expectBack(before: readonly string[], after: readonly string[]): void {
  const sums = (standing: readonly string[]) => standing.map((line) => line.split(' ').slice(0, 2).join(' '));
  expect(sums(after)).toEqual(sums(before));
  expect(after.map((line) => line.split(' ').length)).toEqual(before.map(() => 3));
}

async function standing(hosts: readonly string[]): Promise<readonly string[]> {
  return (await herd.standing()).filter((line) => hosts.includes(line.split(' ')[0] ?? ''));
}

/** Tries something on each host, one time after the other, TRIALS times in all. */
async function everyTrial(
  hosts: readonly string[],
  act: (host: string, controller: Controller, trial: number, nth: number) => Promise<void>,
): Promise<void> {
  const before = await standing(hosts);
  await Promise.all(
    hosts.map(async (host, index) => {
      const controller = new Controller(host);
      const trials = Math.floor((TRIALS + hosts.length - 1 - index) / hosts.length);
      for (let trial = 0; trial < trials; trial++)
        await survives(() => act(host, controller, trial * hosts.length + index, trial));
    }),
  );
  expectBack(before, await standing(hosts));
}

test.concurrent(
  `a controller falls silent between switch and confirmation, ${TRIALS} times: each host is back by itself in time`,
  () =>
    everyTrial(LEFT_ALONE, (host, controller, trial, nth) => fallSilent(host, controller, trial, nth + 1)),
  7_200_000,
);

/** How long before the timer a confirmation is sent, milliseconds: as soon as can be, then ever closer and behind it. */
function headStart(trial: number): number | undefined {
  return trial % CONFIRMED.length === 0 ? undefined : 400 - ((trial * 37) % 600);
}

/** A confirmation in time, or at the same moment as the timer: one of the two decides, and it stays so. */
async function confirmLate(host: string, controller: Controller, trial: number): Promise<void> {
  const [confirmed, back] = [logged(host, CONFIRMATION).length, logged(host, BACK).length];
  const early = headStart(trial);
  const child = controller.rollout();
  const ended = once(child, 'close');
  const armedAt = await until(child, ['step-intended', 'confirm']);
  if (early !== undefined) {
    child.kill('SIGSTOP');
    await pause(armedAt + DEADMAN_SECONDS * 1000 - early - Date.now());
    child.kill('SIGCONT');
  }
  child.stdout?.resume();
  const [code] = await ended;
  expect([0, 6]).toContain(code);
  if (code === 6) await wentBack(host, back + 1);
  const won = await standing([host]);
  await pause(armedAt + (DEADMAN_SECONDS + 1) * 1000 - Date.now());
  const counts = [logged(host, CONFIRMATION).length - confirmed, logged(host, BACK).length - back];
  expect(counts).toEqual(code === 0 ? [1, 0] : [0, 1]);
  expect(await standing([host])).toEqual(won);
  nothingIsLeft(host);
  if (code === 0) expect(await controller.run('rollback', '--hosts', host, '--yes', '--bake', '0')).toBe(0);
}

test.concurrent(
  `a confirmation in time, and one at the same moment as the timer, ${TRIALS} times: exactly one of them decides`,
  () => everyTrial(CONFIRMED, confirmLate),
  7_200_000,
);
