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
/** How much later than its deadline a host may be back, in seconds: a quiet stop, a rename and a start, on a busy machine. */
export const BACK_SECONDS = 25;
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
}

/** Each way of running SQ with each kind of timer: root has systemd's, a user a process of its own. */
export const PLACES: readonly Place[] = [
  { host: 'h1', way: 'unit', user: 'root' },
  { host: 'h2', way: 'user', user: 'ranch' },
  { host: 'h3', way: 'bare', user: 'root' },
  { host: 'h4', way: 'bare', user: 'ranch' },
];

/** SQ 0.5.1 on a clean host, and a controller that knows that host alone. */
export async function serving({ host, way, user }: Place, binary?: string): Promise<Controller> {
  await fleet.serve(host, way, binary);
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

/** Waits until the host runs that and nothing is armed any more; throws when `seconds` are over before. */
export async function comesToRun({ host, way }: Place, sha: string, seconds: number): Promise<void> {
  const runs = `sha256sum /proc/$(pgrep -x "sq(-.*)?" | head -n 1)/exe 2>/dev/null | grep -q ${sha}`;
  // written so that `traces` does not take this search itself for something left
  const armed = `${ranchOf(way).replace(/h$/, '[h]')}/armed*`;
  const there = `${runs} && ! ls -d ${armed} 2>/dev/null | grep -q .`;
  await fleet.rig.run(host, `timeout ${seconds} sh -c 'until ${there}; do sleep .1; done'`);
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
