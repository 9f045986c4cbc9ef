import { expect, test } from 'vitest';
import { planJson, planText } from '../../src/views/plan-text.ts';
import { PLAIN } from '../../src/views/style.ts';
import { NOW, PLAN } from './fixtures.ts';

const view = { now: NOW, width: 100, style: PLAIN };

test('what is done, in which order, why, and what is not', () => {
  expect(planText(PLAN, view).join('\n')).toMatchInlineSnapshot(`
    "Rollout of mirrorborn to SQ 0.5.2: 4 hosts in 3 waves.
    4 upgrades; 3 hosts left alone; 7.8 MB to send; planned 2 min ago.

    Wave 1 of 3: canary, 1 host, none may fail
      aurora-continuum zone lan
        upgrade /usr/local/bin/sq: 0.5.1 (3f2a9c81d0e4) → 0.5.2 (77ab01d2e3f4)
          sends 2.6 MB for linux-x86_64-gnu, down for about 110 ms
          port 1337: choose-your-own-adventure, systemd sq.service, pid 4711, as wbic16, 4.2 MB in
                     /var/lib/sq
        why canary: tagged canary

    Wave 2 of 3: lan, 2 hosts, at most 2 at once
      halcyon-vector zone lan
        upgrade /usr/local/bin/sq: 0.5.1 (3f2a9c81d0e4) → 0.5.2 (77ab01d2e3f4)
          sends 2.6 MB for linux-x86_64-gnu, down for about 110 ms each
          port 1337: choose-your-own-adventure, systemd sq.service, pid 4711, as wbic16, 4.2 MB in
                     /var/lib/sq
          port 1339: choose-your-own-adventure, systemd sq.service, pid 4712, as wbic16, 4.2 MB in
                     /var/lib/sq
        why waits for the canary wave
      lilly zone lan
        upgrade /home/wbic1/.cargo/bin/sq: 0.5.1 (3f2a9c81d0e4) → 0.5.2 (77ab01d2e3f4)
          sends nothing (already there) for linux-x86_64-gnu, down for about 110 ms
          port 1337: by hand, pid 77, as wbic1, 812 B in /source/SQ

    Wave 3 of 3: aws, 1 host, at most 1 at once
      mirrorborn.us zone aws
        upgrade /usr/local/bin/sq: 0.5.1 (3f2a9c81d0e4) → 0.5.2 (77ab01d2e3f4)
          sends 2.6 MB for linux-x86_64-gnu, down for about 110 ms
          port 1337: choose-your-own-adventure, systemd sq.service, pid 4711, as wbic16, 4.2 MB in
                     /var/lib/sq
        waits for aurora-continuum, halcyon-vector, lilly
        why waits for zone lan to be done

    Left alone
      logos-prime, chrysalis-hub in-sync: runs the target
      aletheia-core absent: expected to be absent

    Zones
      lan: 5 hosts, quorum 50%, at most 2 down at once, 1 may fail
      aws: 1 host, quorum 0%, at most 1 down at once, 0 may fail

    Limits
      Budget 25%: 1 host may fail before the rollout stops; a failure reverts that host.
      Canary 1, at most 4 at once, gates watch 1 min after each wave.
      A switched host that is not confirmed within 1 min puts the old binary back by itself.
      Where no timer for that outlives its connection, nothing is switched and the host fails
      (timer-failed).
      Also takes in hosts that are stopped.

    To agree to (--yes, or at the prompt)
      ! Zone aws has one host: mirrorborn.us is down for about 110 ms.

    Plan c0ffee12c0ffee12c0ffee12c0ffee12c0ffee12c0ffee12c0ffee12c0ffee12"
  `);
});

test('a plan that does nothing says so in the first line', () => {
  const empty = planText({ ...PLAN, waves: [], acknowledgements: [] }, view);
  expect(empty[0]).toMatch(/^Nothing to do: /);
  expect(empty.join('\n')).toMatchInlineSnapshot(`
    "Nothing to do: no host of mirrorborn would change on the way to SQ 0.5.2; planned 2 min ago.

    Left alone
      logos-prime, chrysalis-hub in-sync: runs the target
      aletheia-core absent: expected to be absent

    Plan c0ffee12c0ffee12c0ffee12c0ffee12c0ffee12c0ffee12c0ffee12c0ffee12"
  `);
});

test('nothing of a plan is lost however narrow the screen', () => {
  const squeezed = (width: number): string =>
    planText(PLAN, { ...view, width })
      .join('')
      .replace(/\s+/g, '');
  expect(squeezed(40)).toBe(squeezed(Number.POSITIVE_INFINITY));
});

test('as JSON it is the record', () => {
  expect(JSON.parse(planJson(PLAN))).toEqual(PLAN);
});
