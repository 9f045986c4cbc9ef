import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Herd, makeHerd } from '../cli/herd.ts';

/** SQ up to 0.5.2 that holds an emptied scroll writes what stands behind it at other coordinates: see `movedScrolls`. */
let herd: Herd;
beforeAll(async () => {
  const data = { kind: 'folder', name: 'sq' } as const;
  herd = await makeHerd([
    { name: 'aurora', version: '0.5.2', instances: [{ phext: 'relay', data, bytes: 4_000 }] },
    { name: 'newer', version: '0.5.6', instances: [] },
  ]);
  await herd.ranch(['artifact', 'add', herd.program('0.5.6'), '--version', '0.5.6']);
});
afterAll(() => herd.close());

async function ask(what: string): Promise<string> {
  const port = herd.lab.host('aurora').instances[0]?.port ?? 0;
  const reply = await fetch(`http://127.0.0.1:${port}/api/v2/${what}`);
  expect(reply.status).toBe(200);
  return await reply.text();
}

const ROLLOUT = ['rollout', '0.5.6', '--hosts', 'aurora', '--yes', '--bake', '0'];
const EMPTIED = 'p=relay&c=1.1.1/1.1.1/1.1.900';
const BEHIND = 'p=relay&c=1.1.1/1.1.1/1.1.901';

it('an SQ whose file has scrolls elsewhere than its memory is not ended: not by a stop, not by a rollout', async () => {
  await ask(`update?${BEHIND}&s=behind`);
  await ask(`update?${EMPTIED}&s=`);
  const before = await herd.standing();
  const stopped = await herd.ranch(['stop', 'aurora']);
  expect(stopped.stderr).toMatch(/unsaved\n {2}\d+ scrolls of relay are at other coordinates in its file/);
  expect(stopped.exitCode).toBe(7);
  const rolled = await herd.ranch(ROLLOUT);
  expect(`${rolled.stdout}${rolled.stderr}`).toMatch(/scrolls of relay are at other coordinates on its disk/);
  expect(rolled.exitCode).toBe(7);
  expect(await herd.standing()).toEqual(before);

  // What it says to do helps.
  await ask(`delete?${EMPTIED}`);
  const again = await herd.ranch(ROLLOUT);
  expect(again.exitCode, again.stderr).toBe(0);
  expect(await ask(`select?${BEHIND}`)).toBe('behind');
});
