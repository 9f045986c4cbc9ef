import { describe, expect, test } from 'vitest';
import { startBench } from './bench.ts';
import { REAL } from './binaries.ts';
import { CHROMIUM, inBrowser } from './browser.ts';

const SHAPE = { access: 'keyed', folder: 'held', flags: 'plain', memory: 'free' } as const;

/** What a page of another origin can do: each try gives `STATUS TEXT`, or `blocked`. */
function page(port: number, key: string): string {
  return `
    const base = 'http://127.0.0.1:${port}/api/v2/';
    const ask = async (path, options) => {
      try {
        const reply = await fetch(base + path, options);
        return reply.status + ' ' + (await reply.text());
      } catch {
        return 'blocked';
      }
    };
    const headers = { Authorization: 'Bearer ${key}' };
    return {
      write: await ask('update?p=page&c=1.1.1/1.1.1/1.1.1', { method: 'POST', headers, body: 'from a page' }),
      read: await ask('select?p=page&c=1.1.1/1.1.1/1.1.1', { headers }),
      typed: await ask('update?p=page&c=1.1.1/1.1.1/1.1.2', {
        method: 'POST', body: 'x', headers: { ...headers, 'Content-Type': 'text/markdown' },
      }),
      withoutKey: await ask('version?p=page', {}),
      otherHeader: await ask('version?p=page', { headers: { ...headers, 'X-Other': '1' } }),
      otherMethod: await ask('delete?p=page&c=1.1.1/1.1.1/1.1.1', { method: 'DELETE', headers }),
    };`;
}

describe.skipIf(CHROMIUM === undefined)(
  'CORS in a real Chromium (skipped where none is on the path and RANCH_CHROMIUM names none)',
  () => {
    test.each(REAL)('$known.name', async ({ known, binary }) => {
      const { bench, sq } = await startBench({ ...known, binary: binary() }, SHAPE);
      try {
        // A header holds no letter beyond ISO-8859-1 as it is: SQ reads UTF-8.
        const key = Buffer.from(bench.key?.reveal() ?? '').toString('latin1');
        const got = await inBrowser(page(sq.port, key));
        const blocked = 'blocked';
        expect(got).toEqual(
          known.version === '0.5.1'
            ? {
                write: blocked,
                read: blocked,
                typed: blocked,
                withoutKey: blocked,
                otherHeader: blocked,
                otherMethod: blocked,
              }
            : {
                write: '200 Updated 11 bytes',
                read: '200 from a page',
                typed: '200 Updated 1 bytes',
                withoutKey: '401 Unauthorized',
                otherHeader: blocked,
                otherMethod: blocked,
              },
        );
      } finally {
        await sq.stop();
      }
    });
  },
);
