import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { type Controller, type HostFields, openController } from './controller.ts';
import { type Fleet, openFleet, shaOf } from './fleet.ts';
import { ensureBuilt, type Ran } from './ranch-program.ts';
import { sqBinary } from './sq-binary.ts';

/** The whole main job at once: no bake, records on stdout. */
export const ROLLOUT = ['rollout', 'v0.5.2', '--yes', '--bake', '0', '--json'] as const;

/** The rig's hosts with SQ 0.5.1 on them; there once `useFleet` has set them up. */
export let fleet: Fleet;
/** The sha256 of SQ 0.5.1. */
export let old: string;
/** The sha256 of SQ 0.5.2. */
export let target: string;

const controllers: Controller[] = [];

/** Boots `hosts` of the rig for the tests of a file; controllers end with their test, the fleet with the last one. */
export function useFleet(hosts: number): void {
  beforeAll(async () => {
    await ensureBuilt();
    fleet = await openFleet(hosts);
    old = await shaOf(sqBinary('0.5.1'));
    target = await shaOf(sqBinary('0.5.2'));
  });
  afterEach(async () => {
    for (const controller of controllers.splice(0)) await controller.remove();
  });
  afterAll(async () => {
    await fleet?.close();
  });
}

/** A controller of these hosts that has a binary as its SQ 0.5.2. */
export async function ready(hosts: HostFields, binary = sqBinary('0.5.2')): Promise<Controller> {
  const controller = await openController(fleet.rig, hosts);
  controllers.push(controller);
  await well(controller.ranch('artifact', 'add', binary, '--version', '0.5.2'));
  return controller;
}

/** The run, which must have ended with 0. */
export async function well(running: Promise<Ran>): Promise<Ran> {
  const ran = await running;
  expect(ran, ran.stderr).toMatchObject({ exitCode: 0 });
  return ran;
}
