import { expect, test } from 'vitest';
import { type Observation, UNREADABLE } from '../../src/domain/observation.ts';
import { observationDetail } from '../../src/views/observation-detail.ts';
import { statusView } from '../../src/views/status-view.ts';
import { PLAIN } from '../../src/views/style.ts';
import { DRIFTS, host, NOW, OBSERVATION, RANCH, SERVER } from './fixtures.ts';

const view = { now: NOW, width: 100, style: PLAIN };

const LOST: Observation = {
  kind: 'unreachable',
  host: host('mirrorborn.us'),
  at: NOW - 720_000,
  tookMs: 3_000,
  trouble: {
    code: 'connection-refused',
    place: 'mirrorborn.us',
    message: 'Port 22 refuses connections.',
    remedy: 'Is sshd running there?',
  },
};

const lost = {
  sweep: 's',
  observation: LOST,
  unreachableSince: NOW - 720_000,
  lastReached: { ...OBSERVATION, host: LOST.host, at: NOW - 3 * 3_600_000 },
};

test('each host as last seen, with the age of that look', () => {
  const known = {
    ranch: RANCH,
    drifts: DRIFTS,
    observations: [{ sweep: 's', observation: OBSERVATION }, lost],
  };
  expect(statusView(known, view).join('\n')).toMatchInlineSnapshot(`
    "HOST              STATE         PORT  VERSION       UP  SEEN
    aurora-continuum  in-sync       1337  0.5.1    3 d 2 h  3 min ago
    halcyon-vector    behind           —  —              —  never
    logos-prime       other-binary     —  —              —  never
    lilly             stopped          —  —              —  never
    aletheia-core     absent           —  —              —  never
    mirrorborn.us     unreachable   1337  0.5.1    3 d 2 h  3 h ago, tried 12 min ago

    6 hosts: 1 in-sync, 1 absent, 1 behind, 1 stopped, 1 other-binary, 1 unreachable; 4 hosts never
    looked at: \`ranch sweep\` looks now"
  `);
});

test('everything of one host', () => {
  expect(observationDetail(OBSERVATION, { ...view, width: 80 }).join('\n')).toMatchInlineSnapshot(`
    "aurora-continuum, seen 3 min ago, took 62 ms
      platform    Debian GNU/Linux 12 (bookworm) (linux-x86_64-gnu)
      clock       2.3 s behind this machine's
      up          40 d
      seen as     wbic16 (uid 1000), home /home/wbic16

      SQ on port 1337, pid 4711
        runs        0.5.1, sha256 3f2a9c81d0e4
        binary      /usr/local/bin/sq (the file there is another one now)
        arguments   host 1337 --data-dir /var/lib/sq
        run by      systemd sq.service, as wbic16, in /
        up          3 d 2 h
        uses        12.3 MB of memory, 3 threads, 9 open files
        data        /var/lib/sq

      /usr/local/bin/sq
        holds       0.5.2, sha256 77ab01d2e3f4, 2.6 MB
        owner       root:root, mode 755, 18.0 GB free beside it, not writable for
                    this user

      /var/lib/sq, 18.0 GB free
        choose-your-own-adventure.phext, 4.2 MB, written 2 h ago
        sibling-relay.phext, 812 B, written 30 s ago

      /usr/local/bin/.ranch, 2 releases kept
        confirmed   3f2a9c81d0e4
        previous    none
        lease       will@desk, token 12, 48 s left
        armed       a revert is armed and not yet confirmed
        leftovers   1 of a run that was cut off"
  `);
});

test('a host that was not reached', () => {
  expect(observationDetail(LOST, view).join('\n')).toMatchInlineSnapshot(`
    "mirrorborn.us not reached 12 min ago, took 3.0 s
    ✗ mirrorborn.us: connection-refused
      Port 22 refuses connections.
      → Is sshd running there?"
  `);
});

test('of a process that cannot be read, what is hidden is not told as nothing', () => {
  const server = { ...SERVER, running: UNREADABLE, cwd: '', openFiles: 0 };
  const text = observationDetail({ ...OBSERVATION, servers: [server] }, { ...view, width: 100 }).join('\n');
  expect(text).toContain('runs        cannot be read as this user: give the host `become: sudo`');
  expect(text).not.toMatch(/, in\n|open files|sha256 \n/);
});
