import pLimit from 'p-limit';
import { expect, test } from 'vitest';
import { countFaults } from '../faults.ts';
import { HOSTILE, type Hostile } from './hostile-ssh.ts';
import type { Report } from './orders.ts';
import { prepareGrounds, sendController } from './send-controller.ts';

/** For those that only a deadline ends. */
const DEADLINE_MS = 2_000;
/** For those that end by what they do: time enough for that on the busiest machine. */
const PATIENCE_MS = 120_000;
/** As promised: what a hostile host may make a controller take, above what an honest one makes it take. */
const MEMORY_BYTES = 64 * 1024 * 1024;
const AT_ONCE = 3;
/** What a busy machine adds comes and goes; what a hostile host does to a controller, it does each time. */
const TRIES = 4;

const deadlineOf = ({ outcome }: Hostile): number =>
  outcome.includes('deadline') ? DEADLINE_MS : PATIENCE_MS;

const megabytes = (bytes: number): number => Math.round(bytes / 1024 / 1024);

const faults = countFaults('SSH servers that mean harm');

test('servers that mean harm: in time, within memory, no other host delayed, and told by its name', async () => {
  const grounds = await prepareGrounds();
  const honest = await Promise.all(
    (['run', 'upload'] as const).map((visit) =>
      sendController(grounds, {}, { visit, deadlineMs: PATIENCE_MS }),
    ),
  );
  expect(honest.map(({ outcome }) => outcome)).toEqual(['done', 'done']);
  // What the machine takes for an honest visit while others keep it busy, on top of what is promised.
  const machineMs = 300 + 3 * Math.max(...honest.flatMap(({ others }) => others.map(({ tookMs }) => tookMs)));
  const baseline = Math.min(...honest.map(({ peakBytes }) => peakBytes));
  const above = (report: Report): number => report.peakBytes - baseline;
  const isLate = (one: Hostile, { tookMs }: Report): boolean => tookMs > deadlineOf(one) * 1.1 + machineMs;
  const isGreedy = (report: Report): boolean => above(report) > MEMORY_BYTES;
  const delays = ({ others }: Report): boolean =>
    others.some(({ outcome, tookMs }) => outcome !== 'done' || tookMs > DEADLINE_MS + machineMs);
  const limit = pLimit(AT_ONCE);
  const went = await Promise.all(
    HOSTILE.map((one) =>
      limit(async (): Promise<readonly [Hostile, Report]> => {
        const { visit, behaviour } = one;
        const orders = { visit, deadlineMs: deadlineOf(one) };
        for (let left = TRIES - 1; ; left--) {
          const report = await sendController(grounds, behaviour(), orders);
          if (left === 0 || !(isLate(one, report) || isGreedy(report) || delays(report)))
            return [one, report];
        }
      }),
    ),
  );
  const told = ([{ name }, report]: readonly [Hostile, Report]): string => {
    const slowest = Math.max(...report.others.map(({ tookMs }) => tookMs));
    const others = [...new Set(report.others.map(({ outcome }) => outcome))].join();
    return `${name}: ${report.outcome} after ${report.tookMs} ms, ${megabytes(above(report))} MiB above the baseline, others ${others} within ${slowest} ms`;
  };
  if (process.env['V']) console.info(went.map(told).join('\n'));
  const wrong = {
    late: went.filter(([one, report]) => isLate(one, report)).map(told),
    greedy: went.filter(([, report]) => isGreedy(report)).map(told),
    mistold: went.filter(([{ outcome }, report]) => !outcome.includes(report.outcome)).map(told),
    delayed: went.filter(([, report]) => delays(report)).map(told),
  };
  const most = Math.max(...went.map(([, report]) => above(report)));
  const others = went.reduce((sum, [, report]) => sum + report.others.length, 0);
  console.info(
    `hostile SSH servers: ${went.length}, late: ${wrong.late.length}; at most ${megabytes(most)} MiB above the baseline of ` +
      `${megabytes(baseline)}; visits to an honest host meanwhile: ${others}, delayed: ${wrong.delayed.length}`,
  );
  faults.add(went.length, went.length - new Set(Object.values(wrong).flat()).size);
  expect(wrong).toEqual({ late: [], greedy: [], mistold: [], delayed: [] });
}, 900_000);
