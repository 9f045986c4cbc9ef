import { expect, test } from 'vitest';
import { driftTable } from '../../src/views/drift-table.ts';
import { makeStyle, PLAIN } from '../../src/views/style.ts';
import { DRIFTS, NOW, RANCH } from './fixtures.ts';

const at = (width: number, style = PLAIN): string =>
  driftTable(DRIFTS, { now: NOW, width, style, ranch: RANCH }).join('\n');

test('one row an instance, in the order of the inventory', () => {
  expect(at(140)).toMatchInlineSnapshot(`
    "HOST              ZONE  STATE         PORT  VERSION  SHA256         SINCE  REASON
    aurora-continuum  lan   in-sync       1337  0.5.2    77ab01d2e3f4     3 d  runs the target
    halcyon-vector    lan   in-sync       1337  0.5.2    77ab01d2e3f4    26 h  runs the target
    halcyon-vector    lan   behind        1339  0.5.1    3f2a9c81d0e4    26 h  runs 0.5.1, target is 0.5.2
    logos-prime       lan   other-binary  1337  0.5.2    5c5c5c5c5c5c     1 h  says 0.5.2 but its sha256 is 5c5c5c5c5c5c, not 77ab01d2e3f4
    lilly             lan   stopped          —  —        —               40 s  sq.service is not running
    aletheia-core     lan   absent           —  —        —                  —  expected to be absent
    mirrorborn.us     aws   unreachable      —  —        —             12 min  connection refused

    6 hosts: 1 in-sync, 1 absent, 1 behind, 1 stopped, 1 other-binary, 1 unreachable"
  `);
});

test('on 80 columns the zone and the digits give way, and the reasons that were cut follow in full', () => {
  expect(at(80)).toMatchInlineSnapshot(`
    "HOST              STATE         PORT  VERSION   SINCE  REASON
    aurora-continuum  in-sync       1337  0.5.2       3 d  runs the target
    halcyon-vector    in-sync       1337  0.5.2      26 h  runs the target
    halcyon-vector    behind        1339  0.5.1      26 h  runs 0.5.1, target is 0.…
    logos-prime       other-binary  1337  0.5.2       1 h  says 0.5.2 but its sha25…
    lilly             stopped          —  —          40 s  sq.service is not running
    aletheia-core     absent           —  —             —  expected to be absent
    mirrorborn.us     unreachable      —  —        12 min  connection refused

    halcyon-vector:1339: runs 0.5.1, target is 0.5.2
    logos-prime:1337: says 0.5.2 but its sha256 is 5c5c5c5c5c5c, not 77ab01d2e3f4

    6 hosts: 1 in-sync, 1 absent, 1 behind, 1 stopped, 1 other-binary, 1 unreachable"
  `);
});

test('in ASCII', () => {
  expect(at(80, makeStyle({ ascii: true }))).not.toMatch(/[^\x20-\x7e\n]/);
});

test('of nothing there is only the count', () => {
  expect(driftTable([], { now: NOW, width: 80, style: PLAIN, ranch: RANCH })).toEqual(['0 hosts']);
});
