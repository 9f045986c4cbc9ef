import { expect, it } from 'vitest';
import { openStore } from '../../src/store/open.ts';
import { type Child, startChild } from './child.ts';
import { handClock, planFor, stateDir } from './fixtures.ts';
import { rollout, started } from './rollout-events.ts';

/** Reads until a child has told so many appends. */
async function toldBy(child: Child, count: number): Promise<readonly string[]> {
  const told: string[] = [];
  while (told.length < count) {
    const line = await child.line();
    if (line === undefined) throw new Error('the child ended by itself');
    told.push(line);
  }
  return told;
}

it('loses no event that was appended when the process is killed, and goes on', async () => {
  const dir = stateDir();
  const first = await openStore(dir, { clock: handClock() });
  first.savePlan(planFor(['lilly']));
  first.append(started());
  first.close();
  const told: string[] = [];
  for (const count of [1, 7, 40]) {
    const child = await startChild('child-appends.ts', [dir, 'r-1']);
    told.push(...(await toldBy(child, count)));
    await child.kill();
    const store = await openStore(dir, { clock: handClock() });
    const waves = new Set(store.events(rollout()).map((event) => ('wave' in event ? event.wave : '')));
    expect(told.filter((line) => !waves.has(line))).toEqual([]);
    expect(store.verifyEvents()).toBe(store.showRollout(rollout()).events.length);
    store.close();
  }
});

it('keeps one chain when two processes append at once', async () => {
  const dir = stateDir();
  const store = await openStore(dir, { clock: handClock() });
  store.savePlan(planFor(['lilly']));
  store.append(started());
  const children = await Promise.all([1, 2].map(() => startChild('child-appends.ts', [dir, 'r-1', '20'])));
  const told = (await Promise.all(children.map((child) => toldBy(child, 20)))).flat();
  const waves = new Set(store.events(rollout()).map((event) => ('wave' in event ? event.wave : '')));
  expect(told.filter((line) => !waves.has(line))).toEqual([]);
  expect(store.verifyEvents()).toBe(41);
  store.close();
});

it('can be opened for the first time by two processes at once', async () => {
  const dir = stateDir();
  const children = await Promise.all([1, 2, 3].map(() => startChild('child-opens.ts', [dir])));
  expect(await Promise.all(children.map((child) => child.line()))).toEqual(['opened', 'opened', 'opened']);
});
