import { describe, expect, test } from 'vitest';
import { freePlaces } from '../../../src/checks/integrity/free-places.ts';
import { killRounds } from '../../../src/checks/integrity/kill-rounds.ts';
import { seededRandom } from '../../../src/checks/integrity/seeded.ts';
import {
  restVerdict,
  sequencesVerdict,
  uniquenessVerdict,
  writersVerdict,
} from '../../../src/checks/integrity/trials.ts';
import { asCoordinate, parseCoordinate } from '../../../src/sq/coordinate.ts';
import { scrollHashes } from '../../../src/sq/moved.ts';
import { implode } from '../../../src/sq/phext.ts';
import { clock } from '../../ssh/world.ts';
import { type Defects, every, FakeSq } from './fake-sq.ts';

const TRIAL = { clock, seed: 'planted' };
const free = freePlaces(seededRandom('planted'), 8, new Set());
const PLACES = { own: free.slice(0, 4), shared: free.slice(4, 6), appended: free.slice(6) };
const HELD = { ok: true, severity: 'info', advice: '' };

describe('clients that write at once, on a server that', () => {
  const effort = { clients: 4, requests: 60, atLeast: 60, budgetMs: 0 };
  const verdict = (defects: Defects) => writersVerdict(new FakeSq(defects), PLACES, effort, TRIAL);

  test('keeps what it is given', async () => {
    expect(await verdict({})).toMatchObject({
      ...HELD,
      got: expect.stringMatching(/^4 clients, \d+ acknowledged writes, \d+ requests in all: none lost/),
    });
  });

  test.each<[string, Defects, RegExp]>([
    [
      'forgets one update in five',
      { forgets: (verb, count) => verb === 'update' && count % 5 === 0 },
      /scrolls went wrong .*: read /,
    ],
    [
      'forgets one insert in ten',
      { forgets: (verb, count) => verb === 'insert' && count % 10 === 0 },
      /is lost, \d+ ms after its insert was acknowledged/,
    ],
    ['forgets every delete', { forgets: (verb) => verb === 'delete' }, /scrolls went wrong/],
    ['reads what was there before, each fifth time', { stale: every(5) }, /scrolls went wrong/],
    ['spoils what is not ASCII', { spoils: (text) => text.replace('✓', '?') }, /which nobody wrote/],
    [
      'takes two places for one',
      { place: (at) => (at === free[1] ? (free[0] ?? at) : at) },
      /which nobody wrote|no one order|after/,
    ],
  ])('%s', async (_name, defects, words) => {
    expect(await verdict(defects)).toMatchObject({
      ok: false,
      severity: 'critical',
      got: expect.stringMatching(words),
    });
  });

  test('does not answer always', async () => {
    expect(await verdict({ fails: every(40) })).toMatchObject({
      ok: false,
      severity: 'high',
      got: expect.stringMatching(/^\d+ requests failed .*: no answer/),
    });
    expect(await verdict({ fails: () => true })).toMatchObject({ ok: false, severity: 'high' });
  });
});

describe('sequences of one client, on a server that', () => {
  const random = seededRandom('fresh');
  const verdict = (defects: Defects) =>
    sequencesVerdict(
      new FakeSq(defects),
      () => freePlaces(random, 3, new Set()),
      { count: 15, length: 16, budgetMs: 600_000, empty: true },
      TRIAL,
    );

  test('keeps what it is given', async () => {
    expect(await verdict({})).toMatchObject({
      ...HELD,
      got: '15 sequences of 16 steps: each read gave what was written last (seed planted)',
    });
  });

  test.each<[string, Defects, RegExp]>([
    [
      'trims',
      { spoils: (text) => text.trim() },
      /^"" for " "|after (update|insert) \d, load|^".*" for ".*" after (update|insert) \d \(seed/,
    ],
    [
      'reads + as a blank',
      { spoils: (text) => text.replaceAll('+', ' ') },
      /after (update|insert) \d \(seed planted\)$/,
    ],
    ['forgets deletes', { forgets: (verb) => verb === 'delete' }, /(update|insert) (\d).*delete \2/],
    ['keeps only in memory what is appended', { lazy: every(3) }, /load \(seed planted\)$/],
  ])('%s: told with the shortest that shows it', async (_name, defects, words) => {
    const { ok, severity, got } = await verdict(defects);
    expect({ ok, severity, got }).toEqual({
      ok: false,
      severity: 'critical',
      got: expect.stringMatching(words),
    });
    expect(got.split(', ').length).toBeLessThan(8);
  });
});

test('coordinates that look alike are places of their own, or not', async () => {
  expect(await uniquenessVerdict(new FakeSq(), TRIAL)).toMatchObject(HELD);
  const blind = new FakeSq({ place: (at) => asCoordinate(at.replace('11', '2')) ?? at });
  expect(await uniquenessVerdict(blind, TRIAL)).toMatchObject({
    ok: false,
    severity: 'critical',
    got: expect.stringMatching(
      /^\d+ of 60 reads: 2\.1\.1\/1\.1\.1\/1\.1\.1 holds "here is 11\.1\.1\/1\.1\.1\/1\.1\.1" in memory$/,
    ),
  });
});

test('a kill while nobody writes leaves all of it, or does not', async () => {
  const verdict = async (defects: Defects) => {
    const sq = new FakeSq(defects);
    await sq.update(parseCoordinate('1.1.1/1.1.1/1.1.2'), 'kept?');
    return await restVerdict(
      () => sq,
      () => sq.restart('left'),
    );
  };
  expect(await verdict({})).toMatchObject(HELD);
  expect(await verdict({ lazy: () => true })).toMatchObject({ ok: false, severity: 'critical' });
});

describe('kills under writers, of a server that', () => {
  const content = implode(
    [2, 3, 4].map((part) => ({
      coordinate: parseCoordinate(`${part}.1.1/1.1.1/1.1.1`),
      bytes: Buffer.from(`scroll ${part}`),
    })),
  );
  const verdict = async (defects: Defects, kills = 6) =>
    killRounds(new FakeSq(defects, content), kills, free.slice(0, 4), await scrollHashes(content), {
      clock,
      random: seededRandom('kills'),
    });

  test('is whole after each', async () => {
    expect(await verdict({})).toEqual({
      ...HELD,
      got: '0 of 6 kills tore the file, 0 of 24 writers lost an acknowledged write',
    });
  });

  test.each<[string, Defects['tears'], string]>([
    [
      'is left empty by two',
      (file, kill) => (kill % 3 === 0 ? Buffer.alloc(0) : file),
      '2 of 6 kills tore the file (2 left empty), 8 of 24 writers lost an acknowledged write',
    ],
    [
      'is cut short by one',
      (file, kill) => (kill === 2 ? file.subarray(0, 10) : file),
      '1 of 6 kills tore the file, 4 of 24 writers lost an acknowledged write',
    ],
  ])('%s', async (_name, tears = (file) => file, got) => {
    expect(await verdict({ tears })).toMatchObject({
      ok: true,
      severity: 'high',
      got,
      advice: expect.stringMatching(/`ranch stop`/),
    });
  });

  test('has not written what it acknowledged', async () => {
    const got = await verdict({ lazy: () => true });
    expect(got).toMatchObject({
      ok: true,
      severity: 'high',
      got: '0 of 6 kills tore the file, 24 of 24 writers lost an acknowledged write',
    });
  });

  test('acknowledges nothing', async () => {
    expect(await verdict({ fails: (count) => count > 0 }, 2)).toMatchObject({
      ok: false,
      severity: 'high',
      got: 'not one write was acknowledged',
    });
  });
});
