import { describe, expect, test } from 'vitest';
import { NEW, OLD } from '../plan/given.ts';
import { Controller } from './controller.ts';
import { MemoryJournal } from './memory-journal.ts';
import { type Fault, ModelRanch } from './model-ranch.ts';
import { builds, freshUnit, hostPlan, instance, planOf, unit } from './plans.ts';
import { leftovers, outcomes } from './told.ts';

const plan = planOf({ waves: [['h1']] });

async function play(faults: readonly Omit<Fault, 'host'>[], what = plan) {
  const ranch = new ModelRanch(what, builds());
  ranch.breaks(...faults.map((fault) => ({ ...fault, host: 'h1' })));
  const journal = new MemoryJournal();
  await new Controller(ranch, what, journal).run();
  const h1 = ranch.host('h1');
  return { ranch, h1, ended: outcomes(journal), left: leftovers(ranch) };
}

describe('an answer that is lost', () => {
  test.each(['before', 'after'] as const)('of the switch, %s it took effect', async (lost) => {
    const { h1, ended, left } = await play([{ command: 'switch', lost }]);
    expect(ended).toEqual(['h1: changed']);
    expect(left).toEqual([]);
    expect(h1.only).toMatchObject({ live: NEW, switches: 1, reverts: 0 });
  });

  test.each(['before', 'after'] as const)('of the confirmation, %s it took effect', async (lost) => {
    const { h1, ended, left } = await play([{ command: 'confirm', lost }]);
    expect(ended).toEqual(['h1: changed']);
    expect(left).toEqual([]);
    expect(h1.only).toMatchObject({ live: NEW, confirmed: NEW, switches: 1, reverts: 0 });
  });

  test('of the confirmation, for so long that the timer would have fired: it is changed, not reverted', async () => {
    const { h1, ended, left } = await play([
      { command: 'confirm', lost: 'after', after: (host) => host.goAway(33_000) },
    ]);
    expect(ended).toEqual(['h1: changed']);
    expect(left).toEqual([]);
    expect(h1.only).toMatchObject({ live: NEW, confirmed: NEW, reverts: 0 });
  });

  test('of the smoke test: it is asked again', async () => {
    const { ended, left } = await play([{ command: 'http update', skip: 1, lost: 'after' }]);
    expect(ended).toEqual(['h1: changed']);
    expect(left).toEqual([]);
  });

  test('of the revert: it is done once', async () => {
    const { h1, ended, left } = await play([
      { command: 'confirm', code: 'verify-failed' },
      { command: 'revert', lost: 'after' },
    ]);
    expect(ended).toEqual(['h1: reverted verify-failed']);
    expect(left).toEqual([]);
    expect(h1.only).toMatchObject({ live: OLD, reverts: 1 });
  });
});

describe('the timer', () => {
  test('fires while nobody can reach the host, and the host is found as it was', async () => {
    const { h1, ended, left } = await play([
      { command: 'switch', lost: 'after', after: (host) => host.goAway(32_000) },
    ]);
    expect(ended).toEqual(['h1: reverted unreachable']);
    expect(left).toEqual([]);
    expect(h1.only).toMatchObject({ live: OLD, switches: 1, reverts: 1 });
  });

  test('fires between the smoke test and the confirmation', async () => {
    const { h1, ended, left } = await play([{ command: 'confirm', before: (host) => host.wait(31_000) }]);
    expect(ended).toEqual(['h1: reverted confirm-lost']);
    expect(left).toEqual([]);
    expect(h1.only).toMatchObject({ live: OLD, reverts: 1 });
  });

  test('is not waited for by a smoke test that hangs', async () => {
    const { ranch, h1, ended, left } = await play([{ command: 'http version', delayMs: 60_000 }]);
    expect(ended).toEqual(['h1: reverted verify-failed']);
    expect(left).toEqual([]);
    expect(h1.only).toMatchObject({ live: OLD, reverts: 1 });
    expect(ranch.clock.monotonic()).toBeLessThan(30_000);
  });

  test('ends a smoke test that is slow: what was put back is asked nothing', async () => {
    const { h1, ended, left } = await play([{ command: 'http ', skip: 6, times: 5, delayMs: 19_000 }]);
    expect(ended).toEqual(['h1: reverted verify-failed']);
    expect(left).toEqual([]);
    expect(h1.processes.get(1337)?.server.asked).toEqual([]);
  });

  test('fires before the smoke test begins: nothing is asked at all', async () => {
    const { h1, ended, left } = await play([{ command: 'key', delayMs: 31_000 }]);
    expect(ended).toEqual(['h1: reverted verify-failed']);
    expect(left).toEqual([]);
    expect(h1.processes.get(1337)?.server.asked).toEqual([]);
  });

  test('fires while the switch takes longer than its deadline', async () => {
    const { h1, ended, left } = await play([{ command: 'switch', delayMs: 61_000 }]);
    expect(ended).toEqual(['h1: reverted deadline']);
    expect(left).toEqual([]);
    expect(h1.only).toMatchObject({ live: OLD, switches: 1, reverts: 1 });
  });

  test('fires on a host that is never seen again: it is unreachable, and on its old binary', async () => {
    const { h1, ended } = await play([
      { command: 'switch', lost: 'after', after: (host) => host.goAway(3_600_000) },
    ]);
    expect(ended).toEqual(['h1: unreachable unreachable']);
    expect(h1.only).toMatchObject({ live: OLD, reverts: 1, armed: undefined });
  });

  test('is taken back where the host is lost after the arming, for a while', async () => {
    const { h1, ended, left } = await play([
      { command: 'arm', lost: 'after', after: (host) => host.goAway(5_000) },
    ]);
    expect(ended).toEqual(['h1: unreachable connection-lost']);
    expect(left).toEqual([]);
    expect(h1.only).toMatchObject({ live: OLD, switches: 0, reverts: 0 });
  });

  test('ends what was armed on a host that is lost after the arming, for ever', async () => {
    const { ranch, h1, ended } = await play([
      { command: 'arm', lost: 'after', after: (host) => host.goAway(3_600_000) },
    ]);
    expect(ended).toEqual(['h1: unreachable connection-lost']);
    ranch.clock.pass(31_000);
    expect(h1.only).toMatchObject({ live: OLD, switches: 0, reverts: 0, armed: undefined });
    expect(h1.running(1337)?.pid).toBe(1337);
  });
});

describe('a host that boots', () => {
  const both = planOf({
    waves: [
      [
        hostPlan('h1', {
          units: [unit({ instances: [instance(), instance({ port: 1338, supervisor: { kind: 'bare' } })] })],
        }),
      ],
    ],
  });

  test.each(['switch', 'http version', 'confirm'])('before the answer to %s', async (command) => {
    const { h1, ended, left } = await play([{ command, before: (host) => host.reboot() }], both);
    expect(ended).toEqual([expect.stringMatching(/^h1: reverted /)]);
    expect(left).toEqual([]);
    expect(h1.only.live).toBe(OLD);
    expect([h1.running(1337)?.sha256, h1.running(1338)?.sha256]).toEqual([OLD, OLD]);
  });

  test('in the middle of the smoke test, and is reached again: 0.5.1 is not asked what was meant for its successor', async () => {
    const { h1, ended, left } = await play([
      {
        command: 'http update 1337',
        after: (host) => {
          host.powerOff();
          host.powerOn();
        },
      },
    ]);
    expect(ended).toEqual(['h1: reverted verify-failed']);
    expect(left).toEqual([]);
    expect(h1.running(1337)?.sha256).toBe(OLD);
    expect(h1.processes.get(1337)?.server.asked).toEqual([]);
  });

  test('when a first install was confirmed, and before that is known: it is not told as taken back', async () => {
    const [one] = freshUnit().instances;
    const bare = {
      ...freshUnit(),
      instances: one ? [{ ...one, supervisor: { kind: 'bare' as const } }] : [],
    };
    const first = planOf({ waves: [[hostPlan('h1', { units: [bare] })]] });
    const lost: Omit<Fault, 'host'> = { command: 'confirm', lost: 'after', after: (host) => host.reboot() };
    const { h1, ended } = await play([lost], first);
    expect(ended).toEqual(['h1: failed revert-failed']);
    expect(h1.only).toMatchObject({ live: NEW, confirmed: NEW });
  });

  test('before the release: it stays changed', async () => {
    const { h1, ended } = await play([{ command: 'release', before: (host) => host.reboot() }]);
    expect(ended).toEqual(['h1: changed']);
    expect(h1.running(1337)?.sha256).toBe(NEW);
  });
});

test('another controller that took over is left alone', async () => {
  const { h1, ended } = await play([
    {
      command: 'confirm',
      before: (host) => {
        host.only.heldLease = { binary: 'x', holder: 'r-2', token: 9, expires: 9_999, boot: host.boot };
      },
    },
  ]);
  expect(ended).toEqual(['h1: failed host-locked']);
  expect(h1.only.heldLease?.holder).toBe('r-2');
});

test('what another rollout confirmed meanwhile is not taken for a confirmation of this one', async () => {
  const { h1, ended } = await play([
    {
      command: 'http version 1337',
      before: (host) => {
        host.wait(31_000);
        host.start(instance(), NEW);
        Object.assign(host.only, { live: NEW, confirmed: NEW, outcome: undefined });
      },
    },
  ]);
  expect(ended).toEqual(['h1: failed revert-failed']);
  expect(h1.only.confirmed).toBe(NEW);
});
