import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { type Herd, makeHerd, oldHost } from '../cli/herd.ts';
import { countFaults } from '../faults.ts';
import { bundled } from '../lab/bundled.ts';
import { watchLateness } from '../net/lateness.ts';

/** How often a controller falls silent between a switch and its confirmation, over all hosts: RANCH_TRIALS, else few. */
const TRIALS = Number(process.env['RANCH_TRIALS'] ?? 4);
/** The shortest dead man's time there is, and how much later than that a host may be back. */
const DEADMAN_SECONDS = 20;
const BACK_SECONDS = 5;
const HOSTS = ['h0', 'h1', 'h2', 'h3'] as const;
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

  async resume(): Promise<number | null> {
    const child = this.start('resume');
    child.stdout?.resume();
    const [code] = await once(child, 'close');
    return code;
  }
}

const folderOf = (host: string): string => join(dirname(herd.lab.host(host).binary ?? '/'), '.ranch');

/** When the host went back by itself, for the n-th time; milliseconds since the epoch, from the host's own log. */
async function wentBack(host: string, times: number): Promise<number> {
  let lines: readonly string[] = [];
  await expect
    .poll(
      () => {
        lines = readFileSync(join(folderOf(host), 'log'), 'utf8').split('\n');
        lines = lines.filter((line) => line.endsWith(' reverted by timer'));
        return lines.length;
      },
      { timeout: 120_000, interval: 100 },
    )
    .toBe(times);
  return Date.parse(lines.at(-1)?.split(' ')[0] ?? '');
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

/** One controller dies, or says nothing for longer than its host waits; the host is back by itself, and that is told. */
async function fallSilent(host: string, controller: Controller, trial: number, nth: number): Promise<void> {
  const lateness = watchLateness();
  const dies = trial % 2 === 0;
  const child = controller.rollout();
  const ended = once(child, 'close');
  const armedAt = await until(child, MOMENTS[trial % MOMENTS.length] ?? ['step-done', 'switch']);
  child.kill(dies ? 'SIGKILL' : 'SIGSTOP');
  const backAt = await wentBack(host, nth);
  lateness.stop();
  // The host's log has whole seconds.
  expect(lateness.isLate(backAt - armedAt, (DEADMAN_SECONDS + BACK_SECONDS) * 1000)).toBe(false);
  if (!dies) {
    child.kill('SIGCONT');
    child.stdout?.resume();
  }
  const [code] = await ended;
  expect(dies ? await controller.resume() : code).toBe(6);
  const left = readdirSync(folderOf(host)).filter((entry) => !KEPT.includes(entry));
  expect(left).toEqual([]);
}

test(`a controller falls silent between switch and confirmation, ${TRIALS} times: each host is back by itself in time`, async () => {
  const before = await herd.standing();
  await Promise.all(
    HOSTS.map(async (host, index) => {
      const controller = new Controller(host);
      const trials = Math.floor((TRIALS + HOSTS.length - 1 - index) / HOSTS.length);
      for (let trial = 0; trial < trials; trial++) {
        await survives(() => fallSilent(host, controller, trial + index, trial + 1));
      }
    }),
  );
  // The old binary is back everywhere, run by one new process each.
  const sums = (standing: readonly string[]) => standing.map((line) => line.split(' ').slice(0, 2).join(' '));
  const after = await herd.standing();
  expect(sums(after)).toEqual(sums(before));
  expect(after.map((line) => line.split(' ').length)).toEqual(HOSTS.map(() => 3));
}, 7_200_000);
