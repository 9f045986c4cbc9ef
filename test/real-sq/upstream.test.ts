import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { REAL } from './binaries.ts';

const PAGE = readFileSync(fileURLToPath(new URL('../../docs/upstream.md', import.meta.url)), 'utf8');

const prelude = /^```sh prelude\n([\s\S]*?)^```$/m.exec(PAGE)?.[1] ?? '';
const defects = Array.from(
  PAGE.matchAll(/^## (\d+\. .*)\n[\s\S]*?^```sh\n([\s\S]*?)^```\n\n```text\n([\s\S]*?)^```$/gm),
  ([, title = '', script = '', printed = '']) => ({ title, script, printed }),
);

const hasCurl = spawnSync('curl', ['--version']).status === 0;

const root = mkdtempSync(join(tmpdir(), 'ranch-upstream-'));
beforeAll(async () => {
  await mkdir(join(root, 'bin'));
  for (const { known, binary } of REAL) {
    symlinkSync(binary(), join(root, 'bin', known.name.replace('SQ ', 'sq-')));
  }
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}

/** Runs a block in a folder of its own, and ends all that it started. */
async function run(script: string, folder: string): Promise<string> {
  await mkdir(folder);
  const env = {
    ...process.env,
    PATH: `${join(root, 'bin')}:${process.env['PATH']}`,
    PORT: String(await freePort()),
  };
  const shell = spawn('sh', ['-c', `${prelude}\n${script}`], {
    cwd: folder,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  for (const stream of [shell.stdout, shell.stderr]) {
    stream.setEncoding('utf8').on('data', (piece: string) => {
      out += piece;
    });
  }
  const closed = once(shell, 'close');
  await once(shell, 'exit');
  // The servers, which are of its group, hold its output open.
  process.kill(-(shell.pid ?? 0), 'SIGKILL');
  await closed;
  return out;
}

test('every defect of the page has a block, and what it prints', () => {
  expect(defects).toHaveLength(PAGE.match(/^## \d+\. /gm)?.length ?? 0);
  expect(defects.length).toBeGreaterThan(15);
});

describe.skipIf(!hasCurl)('docs/upstream.md (skipped where there is no curl)', () => {
  test.each(defects)('$title', async ({ title, script, printed }) => {
    expect(await run(script, join(root, title.replace(/\W+/g, '-')))).toBe(printed);
  });
});
