import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { heldNow, latencyOf, readThrough } from '../../src/checks/content/read.ts';
import type { PhextServer } from '../../src/checks/content/server.ts';
import type { HttpReply, HttpRequest } from '../../src/domain/http.ts';
import { checksum, hashScroll } from '../../src/sq/checksum.ts';
import { parseCoordinate } from '../../src/sq/coordinate.ts';
import { byCoordinate } from '../../src/sq/differences.ts';
import { implode, scrollsOf } from '../../src/sq/phext.ts';
import { parseHeld } from '../../src/sq/replies.ts';
import { deltaRequest, updateRequest } from '../../src/sq/requests.ts';
import { decodeReply, encodeRequest } from '../../src/sq/wire.ts';
import { REAL } from './binaries.ts';
import { CYOA, CYOA_FACTS } from './cyoa.ts';
import { exchange } from './exchange.ts';
import { RunningSq } from './subject.ts';

vi.setConfig({ testTimeout: 600_000 });

const target = { phext: 'choose-your-own-adventure' };
const [, EMI, SEREN] = CYOA_FACTS.keyScrolls;

/** SQ linked with libphext 0.3.0 takes seconds to load it, and a minute on a machine that is busy. */
const PATIENCE_MS = 240_000;

async function patiently(sq: RunningSq, request: HttpRequest): Promise<HttpReply> {
  const started = performance.now();
  const { bytes } = await exchange(sq.port, encodeRequest(request), PATIENCE_MS);
  return decodeReply(bytes, performance.now() - started, sq.place);
}

function serverOf(sq: RunningSq): PhextServer {
  let asked = 0;
  const ask = (request: HttpRequest) => {
    asked++;
    return patiently(sq, request);
  };
  return { ask, target, place: sq.place, whole: async () => true, asked: () => asked };
}

describe.skipIf(CYOA === undefined)(
  'reading the real CYOA through (skipped where its file is not beside the checkout)',
  () => {
    const root = mkdtempSync(join(tmpdir(), 'ranch-content-'));
    const bytes = CYOA === undefined ? Buffer.alloc(0) : readFileSync(CYOA);
    const wanted = byCoordinate(scrollsOf(bytes));
    afterAll(() => rmSync(root, { recursive: true, force: true }));

    test('the codec gives the file back byte by byte', () => {
      expect(Buffer.compare(implode(scrollsOf(bytes)), bytes)).toBe(0);
    });

    describe.each(REAL.filter(({ known }) => known.version !== '0.5.1'))(
      '$known.name',
      ({ known, binary }) => {
        let sq: RunningSq;
        beforeAll(async () => {
          const data = join(root, known.name.replaceAll(' ', '-'));
          mkdirSync(data);
          copyFileSync(CYOA ?? '', join(data, `${target.phext}.phext`));
          sq = await RunningSq.start({ ...known, binary: binary() }, ['--data-dir', data]);
        });
        afterAll(() => sq.stop());

        test('every coordinate comes as the file has it, and no connection but ours is counted', async () => {
          const read = await readThrough(serverOf(sq), wanted);
          expect(read).toMatchObject({ differences: [], misread: [], written: [], others: 0 });
          expect(read.held.size).toBe(CYOA_FACTS.scrolls);
          expect(read.times).toHaveLength(CYOA_FACTS.scrolls);
          expect(latencyOf(read.times).medianMs).toBeGreaterThan(0);
        });

        test('a delta that asks about nothing is all that SQ holds, as it would write it', async () => {
          const held = parseHeld(await patiently(sq, deltaRequest(target, new Map())), sq.place);
          expect(await hashScroll(held)).toBe(CYOA_FACTS.checksum);
          expect(await checksum(bytes)).toBe(CYOA_FACTS.checksum);
        });

        test('what a client wrote is told by coordinate, and never more than its connections', async () => {
          const server = serverOf(sq);
          await patiently(sq, updateRequest(target, parseCoordinate(EMI.coordinate), 'Emi, written anew'));
          const { differences, misread, others } = await readThrough(server, wanted);
          expect(differences).toEqual([
            {
              coordinate: EMI.coordinate,
              kind: 'changed',
              before: 1490,
              after: 17,
              summary: 'Emi, written anew',
            },
          ]);
          expect({ misread, enough: others >= 1 }).toEqual({ misread: [], enough: true });
          const without = new Map(wanted);
          without.delete(parseCoordinate(SEREN.coordinate));
          expect((await heldNow(server, without)).has(parseCoordinate(SEREN.coordinate))).toBe(true);
        });
      },
    );
  },
);
