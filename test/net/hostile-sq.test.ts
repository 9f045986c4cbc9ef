import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { troubleOf } from '../../src/domain/errors.ts';
import { httpOver } from '../../src/host/http.ts';
import { parseVersion } from '../../src/sq/replies.ts';
import { versionRequest } from '../../src/sq/requests.ts';
import { countFaults } from '../faults.ts';
import { setting } from '../ssh/setting.ts';
import { clock } from '../ssh/world.ts';
import { HOSTILE_SQ, startHostileSq } from './hostile-sq.ts';
import { watchLateness } from './lateness.ts';
import { prepareGrounds, sendController } from './send-controller.ts';

/** For those that only a deadline ends. */
const DEADLINE_MS = 3_000;
/** For those that end by what they do. */
const PATIENCE_MS = 120_000;
const MEMORY_BYTES = 64 * 1024 * 1024;
/** The most that a rollout asks of an SQ at once. */
const MAX_BYTES = 16 * 1024 * 1024;

const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/u;

const faults = countFaults('SQs that mean harm');

test('an SQ that means harm ends with a word of its own, in time, and nothing of it reaches a terminal', async () => {
  const { transport, host } = await setting();
  const ask = (port: number, deadlineMs: number) =>
    transport.withShell(
      host,
      async (shell) => {
        const began = clock.monotonic();
        const limits = { deadlineMs, maxBytes: 64 * 1024 };
        const told = await httpOver(shell, clock, port, versionRequest({ phext: 'p' }), limits)
          .then((reply) => ({ code: 'done', message: parseVersion(reply, `h1:${port}`), remedy: '' }))
          .catch((error: unknown) => troubleOf(error));
        return { ...told, tookMs: clock.monotonic() - began };
      },
      { deadlineMs: 2 * PATIENCE_MS },
    );
  const lateness = watchLateness();
  const went = await Promise.all(
    HOSTILE_SQ.map(async ({ name, answer, outcome }) => {
      const { port } = await startHostileSq(answer);
      const deadlineMs = outcome === 'deadline' ? DEADLINE_MS : PATIENCE_MS;
      const { code, message, remedy, tookMs } = await ask(port, deadlineMs);
      const unsafe = UNSAFE.test(message + remedy);
      return { name, wanted: outcome, code, deadlineMs, tookMs, message, unsafe };
    }),
  );
  lateness.stop();
  const late = went.filter(({ tookMs, deadlineMs }) => lateness.isLate(tookMs, deadlineMs));
  console.info(`hostile SQs: ${went.length}, late: ${late.length}`);
  const wrong = went.filter((one) => late.includes(one) || one.code !== one.wanted || one.unsafe);
  faults.add(went.length, went.length - wrong.length);
  expect(late).toEqual([]);
  expect(went.filter((one) => one.code !== one.wanted || one.unsafe)).toEqual([]);
});

test('a redirect is not followed', async () => {
  let elsewhere = 0;
  const trap = createServer(() => {
    elsewhere += 1;
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => trap.once('listening', resolve));
  const address = trap.address();
  const to = typeof address === 'object' && address !== null ? address.port : 0;
  const { port, asked } = await startHostileSq((socket) =>
    socket.end(`HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:${to}/\r\nContent-Length: 0\r\n\r\n`),
  );
  const { transport, host } = await setting();
  const reply = await transport.withShell(
    host,
    (shell) =>
      httpOver(shell, clock, port, versionRequest({ phext: 'p' }), {
        deadlineMs: PATIENCE_MS,
        maxBytes: 1_000,
      }),
    { deadlineMs: 2 * PATIENCE_MS },
  );
  trap.close();
  expect([reply.status, asked(), elsewhere]).toEqual([302, 1, 0]);
  expect(() => parseVersion(reply, 'h1:1')).toThrow(expect.objectContaining({ code: 'sq-error' }));
});

test('what it sends takes little memory, and delays no other host', async () => {
  const grounds = await prepareGrounds();
  const visit = async (name: string) => {
    const one = HOSTILE_SQ.find((each) => each.name === name);
    if (one === undefined) throw new Error(`there is no SQ that ${name}`);
    const { port } = await startHostileSq(one.answer);
    const orders = { visit: 'http', deadlineMs: PATIENCE_MS, maxBytes: MAX_BYTES, sqPort: port } as const;
    return { name, ...(await sendController(grounds, {}, orders)) };
  };
  const honest = await visit('says that it is shorter than it is');
  const greedy = [];
  for (const name of ['never ends its body', 'never ends its head', 'never ends what is no HTTP']) {
    greedy.push(await visit(name));
  }
  const above = greedy.map(({ peakBytes }) => peakBytes - honest.peakBytes);
  console.info(
    `floods by SQ: at most ${Math.round(Math.max(...above) / 1024 / 1024)} MiB above the baseline`,
  );
  expect(greedy.map(({ outcome }) => outcome)).toEqual(['answer-too-large', 'sq-error', 'sq-error']);
  expect(above.filter((bytes) => bytes > MEMORY_BYTES)).toEqual([]);
  expect(greedy.flatMap(({ others }) => others.map(({ outcome }) => outcome))).not.toContain('deadline');
});
