import { availableParallelism, loadavg } from 'node:os';
import { expect } from 'vitest';
import { lacks } from './content.ts';
import { type Controller, PHEXT } from './controller.ts';
import { BINARY, DATA } from './fleet.ts';
import type { Ran } from './ranch-program.ts';
import type { SqWay } from './rig.ts';
import { fleet, ROLLOUT, ready } from './rollout-world.ts';
import { traces } from './traces.ts';

/** A short dead man's time, in seconds, so that a test need not wait long for it; a busy machine confirms within it. */
export const DEADMAN_SECONDS = 20;
/** How long is waited for a host beyond its deadline, in seconds, where when it is back is not what is asked. */
export const BACK_SECONDS = 25;
/** How much later than its deadline a host may be back by itself, and how long `ranch resume` may take, in seconds. */
export const LATE_SECONDS = 5;
const RESUME_SECONDS = 30;
export const IN_A_HURRY = [...ROLLOUT, '--deadman', `${DEADMAN_SECONDS}`] as const;

/** How often each fault is tried: RANCH_TRIALS where it is set (scripts/nightly.mjs), else `few`. */
export function trials(few: number): number {
  const wanted = process.env['RANCH_TRIALS'];
  return wanted === undefined ? few : Number(wanted);
}

/** A host and how SQ runs on it; `user` is who comes over SSH, and decides what a timer is made of. */
export interface Place {
  readonly host: string;
  readonly way: SqWay;
  readonly user: 'root' | 'ranch';
  /** All tools say that the host was not booted with systemd. */
  readonly noSystemd?: true;
}

/** Each way of running SQ with each kind of timer: a unit of root has systemd's, all else a process of its own. */
export const PLACES: readonly Place[] = [
  { host: 'h1', way: 'unit', user: 'root' },
  { host: 'h2', way: 'user', user: 'ranch' },
  { host: 'h3', way: 'bare', user: 'root', noSystemd: true },
  { host: 'h4', way: 'bare', user: 'ranch' },
];

/** By this folder everybody, systemd's own tools too, tells whether systemd is there; it is back after a boot. */
const BOOTED = '/run/systemd/system';

/** Hides systemd from a host's tools, or shows it again. */
export async function hideSystemd(host: string, hidden: boolean): Promise<void> {
  const [from, to] = hidden ? [BOOTED, `${BOOTED}.hidden`] : [`${BOOTED}.hidden`, BOOTED];
  await fleet.rig.run(host, `[ ! -d ${from} ] || mv ${from} ${to}`);
}

/** SQ 0.5.1 on a clean host, and a controller that knows that host alone. */
export async function serving({ host, way, user, noSystemd }: Place, binary?: string): Promise<Controller> {
  if (noSystemd) await hideSystemd(host, false);
  await fleet.serve(host, way, binary);
  if (noSystemd) await hideSystemd(host, true);
  return ready({ [host]: `user: ${user}` });
}

/** How each unit ended by the program's own record. */
export function ends({ records }: Ran): readonly unknown[] {
  return records.filter(({ type }) => type === 'unit-ended').map(({ outcome }) => outcome);
}

/** What a host must be like when all is over: it runs that, on whole content, and nothing is left. */
export async function settled({ host, way }: Place, sha: string): Promise<void> {
  expect([host, await fleet.runs(host), await traces(fleet.rig, host)]).toEqual([host, [`1337 ${sha}`], '']);
  const onDisk = `sha256sum ${BINARY[way]} | cut -c1-64`;
  expect(await fleet.rig.run(host, onDisk)).toBe(sha);
  expect(lacks(await fleet.onDisk(host, `${DATA[way]}/${PHEXT}.phext`), fleet.content)).toEqual([]);
}

/**
 * Waits until the host runs that, serves, and has nothing armed any more; gives its uptime then, in seconds. Throws
 * when `seconds` are over before.
 */
export async function comesToRun({ host, way }: Place, sha: string, seconds: number): Promise<number> {
  const runs = `sha256sum /proc/$(pgrep -x "sq(-.*)?" | head -n 1)/exe 2>/dev/null | grep -q ${sha}`;
  const serves = "ss -Hltn 'sport = :1337' | grep -q 1337";
  // written so that `traces` does not take this search itself for something left
  const armed = `${ranchOf(way).replace(/h$/, '[h]')}/armed*`;
  const there = `${runs} && ${serves} && ! ls -d ${armed} 2>/dev/null | grep -q .`;
  const wait = `timeout ${seconds} sh -c "until ${there.replaceAll('$', '\\$').replaceAll('"', '\\"')}; do sleep .1; done"`;
  return Number(await fleet.rig.run(host, `${wait} && cut -d' ' -f1 /proc/uptime`));
}

/** The uptime at which an armed host goes back by itself, in seconds. */
export async function deadlineOf({ host, way }: Place): Promise<number> {
  return Number(await fleet.rig.run(host, `head -n 1 ${ranchOf(way)}/armed | cut -d' ' -f4`));
}

/** How late an armed host was back by itself, in seconds after its deadline; how many wanted each core of this machine. */
export interface Back {
  readonly late: number;
  readonly load: number;
}

/** Waits until an armed host is back by itself. */
export async function comesBack(place: Place, sha: string, deadline: number): Promise<Back> {
  const late = (await comesToRun(place, sha, DEADMAN_SECONDS + BACK_SECONDS)) - deadline;
  return { late, load: (loadavg()[0] ?? 0) / availableParallelism() };
}

/**
 * Hosts that went back by themselves: never before their deadline, nor later than is promised. Where others keep this
 * machine busy the hosts' processes wait for their turn, and may take as much longer.
 */
export function inTime(what: string, backs: readonly Back[]): void {
  const late = backs.map((back) => back.late).sort((a, b) => a - b);
  const load = Math.max(...backs.map((back) => back.load)).toFixed(1);
  const range = `${late.at(0)?.toFixed(2)} to ${late.at(-1)?.toFixed(2)}`;
  console.log(
    `${what}: ${late.length} back ${range} s after their deadlines, at a load of up to ${load} a core`,
  );
  const tooLate = (back: Back): boolean => back.late > LATE_SECONDS * Math.max(1, back.load);
  expect(backs.filter((back) => back.late < 0 || tooLate(back))).toEqual([]);
}

/** `ranch resume`, within the time that is promised for it. */
export async function resume(controller: Controller): Promise<Ran> {
  const start = performance.now();
  const ran = await controller.ranch('resume', '--json');
  expect((performance.now() - start) / 1000, ran.stderr).toBeLessThanOrEqual(RESUME_SECONDS);
  return ran;
}

/** The folder that ranch keeps beside a binary. */
export function ranchOf(way: SqWay): string {
  return `${BINARY[way].slice(0, BINARY[way].lastIndexOf('/'))}/.ranch`;
}

/** The host's own log of what was done to it, without times: one line for each change. */
export async function logOf({ host, way }: Place): Promise<readonly string[]> {
  const text = await fleet.rig.run(host, `cut -d' ' -f2- ${ranchOf(way)}/log`);
  return text.split('\n');
}
