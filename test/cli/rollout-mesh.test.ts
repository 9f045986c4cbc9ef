import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Herd, makeHerd, oldHost } from './herd.ts';

let herd: Herd;
beforeAll(async () => {
  herd = await makeHerd([oldHost('alfa'), oldHost('bravo'), oldHost('charlie')]);
  await herd.ranch(['artifact', 'add', herd.program('0.5.2'), '--version', '0.5.2']);
});
afterAll(() => herd.close());

const rollout = (...words: readonly string[]) =>
  herd.ranch(['rollout', 'v0.5.2', '--yes', '--bake', '0', '--mesh', ...words]);

test('a mesh that does not hold after a rollout ends the command, and is told beside the outcome', async () => {
  const { exitCode, stdout } = await rollout('--hosts', 'alfa,bravo');
  expect(stdout).toMatch(/completed/);
  expect(stdout).toMatch(/mesh degraded: 4 of 6 ways/);
  expect(exitCode).toBe(1);
});

test('one that holds changes nothing about the outcome', async () => {
  const { exitCode, stdout } = await rollout();
  expect(stdout).toMatch(/completed/);
  expect(stdout).toMatch(/mesh full: 6 of 6/);
  expect(exitCode).toBe(0);
});
