import { afterAll, beforeAll, expect, it } from 'vitest';
import { systemClock } from '../../src/app/system.ts';
import { isListening } from '../../src/lab/listening.ts';
import { openStore } from '../../src/store/open.ts';
import { type Herd, makeHerd, oldHost } from './herd.ts';

let herd: Herd;
beforeAll(async () => {
  herd = await makeHerd([oldHost('aurora-continuum', { tags: ['canary'] }), oldHost('halcyon-vector')]);
  await herd.ranch(['artifact', 'add', herd.program('0.5.2'), '--version', '0.5.2']);
});
afterAll(async () => {
  await herd.close();
});

/** What a command takes on a host while another process has something to say to its controller. */
const SLOW_MS = 8_000;

const ROLLOUT = ['rollout', '0.5.2', '--yes', '--bake', '0'];

/** Presses Ctrl-C when a word is told, so many times. */
function pressAt(word: string, times: number) {
  let pressed = false;
  return (text: string, interrupt: () => void): void => {
    if (pressed || !text.includes(word)) return;
    pressed = true;
    for (let n = 0; n < times; n += 1) interrupt();
  };
}

/** What hosts run, as a sweep tells it. */
async function states(): Promise<readonly string[]> {
  const { stdout } = await herd.ranch(['sweep']);
  return stdout.split('\n').flatMap((line) => /lan +([a-z-]+) /.exec(line)?.[1] ?? []);
}

it('Ctrl-C once finishes what is begun, pauses, ends with 7, and resume goes on', async () => {
  const paused = await herd.ranch(ROLLOUT, { onTalk: pressAt('aurora-continuum prove begins', 1) });
  expect(paused.exitCode).toBe(7);
  expect(paused.stderr).toMatch(/^Pausing once the step is done; press Ctrl-C again to stop at once\.$/m);
  expect(paused.stdout).toMatch(/^! Rollout r-\w+ to SQ 0\.5\.2: paused\./);
  expect(paused.stdout).toMatch(/`ranch resume r-\w+` goes on, `ranch abort r-\w+` ends it/);
  expect(paused.stderr).not.toContain('halcyon-vector lease');

  const status = await herd.ranch(['status']);
  expect(status.stderr).toMatch(/^Rollout r-\w+ is paused: ranch resume r-\w+$/m);
  for (const another of [ROLLOUT, ['rollback', '--yes'], ['retry', '--yes']]) {
    const refused = await herd.ranch(another);
    expect(refused).toMatchObject({
      exitCode: 4,
      stderr: expect.stringMatching(/state-locked\n {2}rollout r-\w+ is paused/),
    });
    expect(refused.stderr).toMatch(/→ `ranch resume r-\w+` goes on with it, `ranch abort r-\w+` ends it\./);
  }
  const resumed = await herd.ranch(['resume']);
  expect(resumed).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/completed/) });
  expect(await states()).toEqual(['in-sync', 'in-sync']);
});

it('Ctrl-C twice stops at once, ends with 130, and resume settles what was left half way', async () => {
  const back = ['rollback', '--yes', '--bake', '0'];
  const stopped = await herd.ranch(back, { onTalk: pressAt('switch begins', 2) });
  expect(stopped.exitCode).toBe(130);
  expect(stopped.stderr).toMatch(/^Stopping at once; .*`ranch resume`/m);
  const status = await herd.ranch(['status']);
  expect(status.stderr).toMatch(/^Rollout r-\w+ is paused: ranch resume r-\w+$/m);
  expect(status.stderr).toMatch(
    /^Seen before rollback r-\w+ did something there: \S+\. `ranch sweep` looks/m,
  );
  const resumed = await herd.ranch(['resume']);
  expect([0, 1, 6]).toContain(resumed.exitCode);
  expect((await herd.ranch(['status'])).stderr).toBe('');
  // Whatever was cut off: no host is down, and none is between two versions.
  const now = await states();
  expect(now.every((state) => state === 'behind' || state === 'in-sync')).toBe(true);
  const ports = herd.lab.hosts.flatMap(({ instances }) => instances.map(({ port }) => port));
  expect(ports.filter(isListening)).toEqual(ports);
});

it('the live view keeps what it says on a Ctrl-C, and gives the cursor back', async () => {
  await herd.ranch(['rollback', '--yes', '--bake', '0']);
  const screen = { columns: 100, rows: 30 };
  const paused = await herd.ranch(ROLLOUT, { screen, onTalk: pressAt('●', 1) });
  expect([0, 7]).toContain(paused.exitCode);
  expect(paused.stderr).toMatch(
    /Pausing once the step is done; press Ctrl-C again to stop at once\.\u001b\[K\n/,
  );
  expect(paused.stderr).toMatch(/\u001b\[\?25h$/);
  await herd.ranch(['abort']);
});

it('a live view of what is gone on with shows what was done before', async () => {
  await herd.ranch(['rollback', '--yes', '--bake', '0']);
  const paused = await herd.ranch(ROLLOUT, { onTalk: pressAt('aurora-continuum prove begins', 1) });
  expect(paused).toMatchObject({ exitCode: 7, stderr: expect.stringMatching(/aurora-continuum stage done/) });
  const resumed = await herd.ranch(['resume'], { screen: { columns: 100, rows: 30 } });
  expect(resumed.exitCode).toBe(0);
  const frames = resumed.stderr.split('\u001b[J');
  expect(frames[0]).toMatch(/aurora-continuum +\S+ +✓/);
  expect(frames.at(-2)).toMatch(/2 hosts: 2 changed/);
});

it('pause and abort reach a rollout of another process', async () => {
  await herd.ranch(['rollback', '--yes', '--bake', '0']);
  const said: string[] = [];
  let words: Promise<unknown> = Promise.resolve();
  const slow = (ms: number): void => {
    for (const host of herd.lab.hosts) host.slow(ms);
  };
  const saying = (...commands: readonly string[]) => {
    let asked = false;
    return (text: string): void => {
      if (asked || !text.includes('prove begins')) return;
      asked = true;
      // The step that begins here is not over before the words have come.
      slow(SLOW_MS);
      const each = commands.map((word) => herd.ranch([word]).then(({ stderr }) => said.push(stderr)));
      words = Promise.all(each).finally(() => slow(0));
    };
  };
  const paused = await herd.ranch(ROLLOUT, { onTalk: saying('pause', 'status') });
  await words;
  expect(said.toSorted()).toEqual([
    expect.stringMatching(/^Rollout r-\w+ is under way \(pid \d+ on \S+\)\.$/m),
    expect.stringMatching(/^Told the controller of r-\w+ to pause/),
  ]);
  expect(paused).toMatchObject({
    exitCode: 7,
    stdout: expect.stringMatching(/paused\. Nothing more happens/),
  });
  const again = await herd.ranch(['pause', /r-\w+/.exec(paused.stdout)?.[0] ?? '']);
  expect(again).toMatchObject({
    exitCode: 2,
    stderr: expect.stringMatching(/is paused, not under way\n +→ `ranch show r-/),
  });

  const ended = await herd.ranch(['resume'], { onTalk: saying('abort') });
  await words;
  expect(said.at(-1)).toMatch(/^Told the controller of r-\w+ to abort/);
  expect(ended).toMatchObject({
    exitCode: 1,
    stdout: expect.stringMatching(/aborted\. It was stopped by command/),
  });
  const store = await openStore(herd.lab.stateDir, { clock: systemClock });
  expect(store.unfinishedRollouts()).toEqual([]);
  store.close();
});

it('what status and drift show after a rollout is what it left, though nobody swept', async () => {
  const ended = await herd.ranch(ROLLOUT);
  expect(ended.exitCode).toBe(0);
  const drift = await herd.ranch(['drift', '--exit-code']);
  expect(drift).toMatchObject({
    exitCode: 0,
    stderr: '',
    stdout: expect.stringMatching(/2 hosts: 2 in-sync/),
  });
  const status = await herd.ranch(['status']);
  expect(status).toMatchObject({ stderr: '', stdout: expect.stringMatching(/2 hosts: 2 in-sync/) });
  const stopped = await herd.ranch(['stop', 'halcyon-vector']);
  expect(stopped, stopped.stderr).toMatchObject({ exitCode: 0 });
  expect((await herd.ranch(['status'])).stdout).toMatch(/^halcyon-vector +stopped/m);
  const started = await herd.ranch(['start', 'halcyon-vector']);
  expect(started, started.stderr).toMatchObject({ exitCode: 0 });
  expect((await herd.ranch(['status'])).stdout).toMatch(/^halcyon-vector +in-sync/m);
});
