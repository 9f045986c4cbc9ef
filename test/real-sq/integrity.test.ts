import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePlaces } from '../../src/checks/integrity/free-places.ts';
import { seededRandom } from '../../src/checks/integrity/seeded.ts';
import { type SqClient, sqClient } from '../../src/checks/integrity/sq-client.ts';
import {
  emptyTextVerdict,
  sequencesVerdict,
  uniquenessVerdict,
  writersVerdict,
} from '../../src/checks/integrity/trials.ts';
import { memoryVerdict } from '../../src/checks/memory.ts';
import { formatCoordinate } from '../../src/sq/coordinate.ts';
import { clock } from '../ssh/world.ts';
import { REAL } from './binaries.ts';
import { RunningSq } from './subject.ts';

const TRIAL = { clock, seed: process.env['RANCH_SEED'] ?? 'real' };

describe.each(REAL)('the model against $known.name', ({ known, binary }) => {
  let sq: RunningSq;
  let client: SqClient;
  beforeAll(async () => {
    sq = await RunningSq.start({ ...known, binary: binary() });
    client = sqClient((request) => sq.ask(request), { phext: 'primary' }, sq.place);
  });
  afterAll(() => sq.stop());

  test('clients that write at the same places at once', async () => {
    const free = freePlaces(seededRandom('places'), 8, new Set());
    const places = { own: free.slice(0, 4), shared: free.slice(4, 6), appended: free.slice(6) };
    const effort = { clients: 4, requests: 40, atLeast: 40, budgetMs: 0 };
    expect(await writersVerdict(client, places, effort, TRIAL)).toEqual({
      ok: true,
      severity: 'info',
      got: expect.stringMatching(/^4 clients, \d+ acknowledged writes, \d+ requests in all: none lost/),
      advice: '',
    });
  });

  test('an empty text moves what stands behind it, up to 0.5.2', async () => {
    const moves = known.version !== '0.5.6';
    expect(await emptyTextVerdict(client)).toMatchObject({
      ok: true,
      severity: moves ? 'high' : 'info',
      got: moves
        ? '1.1.1/1.1.1/1.2.6 was given an empty text, and after a load 1.1.1/1.1.1/1.2.9 holds ""'
        : 'an empty text moves no other scroll',
    });
  });

  test.skipIf(known.version === '0.5.1')(
    'memory and disk are held against each other scroll by scroll',
    async () => {
      const target = { phext: 'live' };
      const own = sqClient((request) => sq.ask(request), target, sq.place);
      const [before, emptied, behind] = [3, 6, 9].map((part) =>
        formatCoordinate([1, 1, 1, 1, 1, 1, 1, 2, part]),
      );
      if (!before || !emptied || !behind) throw new Error('three places');
      await own.update(before, 'before');
      await own.update(behind, 'behind');
      const verdict = () =>
        memoryVerdict(
          (request) => sq.ask(request),
          target,
          sq.place,
          async () => true,
        );
      expect(await verdict()).toMatchObject({
        ok: true,
        got: expect.stringMatching(/^live: [0-9a-f]{32} in memory and/),
      });
      await own.update(emptied, '');
      expect(await verdict()).toMatchObject(
        known.version === '0.5.6'
          ? { ok: true }
          : {
              ok: false,
              severity: 'critical',
              got: 'live: 1 scrolls are at other coordinates on disk than in memory, under one checksum',
            },
      );
      await own.remove(emptied);
      expect(await verdict()).toMatchObject({ ok: true });
    },
  );

  test('sequences of one client, with empty texts, find that as well', async () => {
    const random = seededRandom('empty');
    const fresh = () => freePlaces(random, 3, new Set());
    const much = { count: 60, length: 16, budgetMs: 600_000, empty: true };
    const own = sqClient((request) => sq.ask(request), { phext: 'moved' }, sq.place);
    expect((await sequencesVerdict(own, fresh, much, TRIAL)).ok).toBe(known.version === '0.5.6');
  });

  test('sequences of one client', async () => {
    const random = seededRandom(`${TRIAL.seed}/sequences`);
    const fresh = () => freePlaces(random, 3, new Set());
    const much = { count: 30, length: 16, budgetMs: 600_000, empty: known.version === '0.5.6' };
    expect(await sequencesVerdict(client, fresh, much, TRIAL)).toMatchObject({
      ok: true,
      got: `30 sequences of 16 steps: each read gave what was written last (seed ${TRIAL.seed})`,
    });
  });

  test('coordinates that look alike', async () => {
    expect(await uniquenessVerdict(client, TRIAL)).toMatchObject({
      ok: true,
      got: '30 coordinates that look alike are as many places',
    });
  });
});
