import { afterEach, expect, it } from 'vitest';
import { isScheduled, type Scheduled, type ScheduleEvents, Schedules } from '../../src/daemon/schedules.ts';
import { parsePlaybook } from '../../src/inventory/playbook.ts';

const SECOND = '* * * * * *';
const NEVER_SOON = '0 3 1 1 *';

let made: Schedules[] = [];
afterEach(() => {
  for (const schedules of made) schedules.stop();
  made = [];
});

function schedulesWith(events: Partial<ScheduleEvents>): Schedules {
  const silent = () => undefined;
  const log = { info: silent, warn: silent, debug: silent, error: silent };
  const schedules = new Schedules({ fire: async () => undefined, skipped: silent, log, ...events });
  made.push(schedules);
  return schedules;
}

function sweepAt(name: string, cron: string, timezone?: string): Scheduled {
  const zone = timezone === undefined ? '' : `, timezone: ${timezone}`;
  const playbook = parsePlaybook(`kind: sweep\nschedule: { cron: "${cron}"${zone} }\n`, `${name}.yaml`);
  if (!isScheduled(playbook)) throw new Error('it has no schedule');
  return playbook;
}

/** A promise and its resolver. */
function event(): { readonly came: Promise<void>; come(): void } {
  let come = (): void => undefined;
  const came = new Promise<void>((resolve) => {
    come = resolve;
  });
  return { came, come: () => come() };
}

it('fires a playbook at its time, by its name', async () => {
  const fired = await new Promise((resolve) => {
    schedulesWith({ fire: async (name) => resolve(name) }).reconcile([
      sweepAt('yearly', NEVER_SOON),
      sweepAt('often', SECOND),
    ]);
  });
  expect(fired).toBe('often');
});

it('never runs a playbook twice at once, and says that it skipped a time', async () => {
  const [overlapped, again] = [event(), event()];
  const gate = event();
  let atOnce = 0;
  let most = 0;
  let runs = 0;
  const schedules = schedulesWith({
    fire: async () => {
      runs += 1;
      atOnce += 1;
      most = Math.max(most, atOnce);
      if (runs === 1) await gate.came;
      else again.come();
      atOnce -= 1;
    },
    skipped: (name, why) => {
      expect([name, why]).toEqual(['often', 'overlap']);
      overlapped.come();
    },
  });
  schedules.reconcile([sweepAt('often', SECOND)]);
  await overlapped.came;
  expect(runs).toBe(1);
  gate.come();
  await again.came;
  expect(most).toBe(1);
});

it('counts hours in the time zone of the playbook', () => {
  const schedules = schedulesWith({});
  schedules.reconcile([
    sweepAt('chicago', '0 3 * * *', 'America/Chicago'),
    sweepAt('kathmandu', '0 3 * * *', 'Asia/Kathmandu'),
  ]);
  const [chicago, kathmandu] = schedules.next();
  // 03:00 in Kathmandu (UTC+5:45) is 21:15 UTC; in Chicago it is 08:00 or 09:00 UTC.
  expect(kathmandu?.next?.toISOString()).toMatch(/T21:15:00/);
  expect(chicago?.next?.toISOString()).toMatch(/T0[89]:00:00/);
});

it('takes in what changed, and leaves alone what stays', () => {
  const schedules = schedulesWith({});
  expect(schedules.reconcile([sweepAt('a', NEVER_SOON), sweepAt('b', NEVER_SOON)])).toBe(true);
  expect(schedules.reconcile([sweepAt('b', NEVER_SOON), sweepAt('a', NEVER_SOON)])).toBe(false);
  expect(schedules.reconcile([sweepAt('a', NEVER_SOON, 'UTC'), sweepAt('c', NEVER_SOON)])).toBe(true);
  expect(schedules.next().map(({ playbook, schedule }) => [playbook, schedule.timezone])).toEqual([
    ['a', 'UTC'],
    ['c', undefined],
  ]);
  schedules.stop();
  expect(schedules.next()).toEqual([]);
});

it('does not fire what is gone', async () => {
  const fired: string[] = [];
  const two = event();
  const schedules = schedulesWith({
    fire: async (name) => {
      fired.push(name);
      if (fired.length === 2) two.come();
    },
  });
  schedules.reconcile([sweepAt('gone', SECOND)]);
  schedules.reconcile([sweepAt('stays', SECOND)]);
  await two.came;
  expect(fired).toEqual(['stays', 'stays']);
});
