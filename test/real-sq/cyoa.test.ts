import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checksum } from '../../src/sq/checksum.ts';
import { parseCoordinate } from '../../src/sq/coordinate.ts';
import { explode } from '../../src/sq/phext.ts';
import { parseChecksum, parseScroll, parseStatus, parseToc } from '../../src/sq/replies.ts';
import { checksumRequest, selectRequest, statusRequest, tocRequest } from '../../src/sq/requests.ts';
import { REAL } from './binaries.ts';
import { CYOA, CYOA_FACTS } from './cyoa.ts';
import { RunningSq } from './subject.ts';

const AT = { phext: 'choose-your-own-adventure' };

// Without the file these show as skipped: it is no part of the project.
describe.skipIf(CYOA === undefined)(
  'the real CYOA (skipped where its file is not beside the checkout)',
  () => {
    const root = mkdtempSync(join(tmpdir(), 'ranch-cyoa-'));
    const data = join(root, 'data');
    beforeAll(() => {
      mkdirSync(data);
      copyFileSync(CYOA ?? '', join(data, `${AT.phext}.phext`));
    });
    afterAll(() => rmSync(root, { recursive: true, force: true }));

    describe.each(REAL)('$known.name', ({ known, binary }) => {
      let sq: RunningSq;
      beforeAll(async () => {
        sq = await RunningSq.start({ ...known, binary: binary() }, ['--data-dir', data]);
      });
      afterAll(() => sq.stop());

      test('says of it what our codec says', async () => {
        const bytes = readFileSync(CYOA ?? '');
        const status = parseStatus(await sq.ask(statusRequest(AT)), sq.place);
        expect(status).toMatchObject({ bytes: CYOA_FACTS.bytes, scrolls: explode(bytes).length });
        const sum = parseChecksum(await sq.ask(checksumRequest(AT)), sq.place);
        expect(sum).toBe(await checksum(bytes));
        expect(sum).toBe(CYOA_FACTS.checksum);
      });

      test.each(CYOA_FACTS.keyScrolls)('has $coordinate', async ({ coordinate, bytes, begins }) => {
        const reply = await sq.ask(selectRequest(AT, parseCoordinate(coordinate)));
        expect(parseScroll(reply, sq.place).startsWith(begins)).toBe(true);
        expect(reply.body).toHaveLength(bytes);
      });

      test('answers toc, save with libphext 0.3.0, which panics and then answers nothing', async () => {
        const reply = await sq.ask(tocRequest(AT));
        if (known.libphext === '0.3.0') {
          expect([reply.status, (await sq.ask(statusRequest(AT))).status]).toEqual([500, 500]);
          return;
        }
        const wanted = explode(readFileSync(CYOA ?? '')).map(({ coordinate }) => coordinate);
        expect(parseToc(reply, sq.place).map(({ coordinate }) => coordinate)).toEqual(wanted);
      });
    });
  },
);
