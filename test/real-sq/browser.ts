import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'chrome'];

/** A Chromium of this machine (`RANCH_CHROMIUM`, or on the path); undefined where there is none. */
export const CHROMIUM: string | undefined = [
  process.env['RANCH_CHROMIUM'] ?? '',
  ...NAMES.flatMap((name) =>
    (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, name)),
  ),
].find((path) => path !== '' && existsSync(path));

async function ended(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

/**
 * Opens a page of an origin of its own in a real Chromium, runs `script` in it (the body of an async function), and
 * gives what that returned.
 */
export async function inBrowser(script: string): Promise<unknown> {
  const profile = await mkdtemp(join(tmpdir(), 'ranch-chromium-'));
  let give = (_text: string): void => undefined;
  let fail = (_why: Error): void => undefined;
  const given = new Promise<string>((resolve, reject) => {
    give = resolve;
    fail = reject;
  });
  const server = createServer((request, reply) => {
    if (request.method === 'POST') {
      const pieces: Buffer[] = [];
      request.on('data', (piece: Buffer) => pieces.push(piece));
      request.on('end', () => {
        reply.end();
        give(Buffer.concat(pieces).toString());
      });
      return;
    }
    reply.setHeader('Content-Type', 'text/html; charset=utf-8');
    const send = `(async () => { ${script} })().catch((error) => String(error))`;
    reply.end(
      `<script>${send}.then((got) => fetch('/given', { method: 'POST', body: JSON.stringify(got) }))</script>`,
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const flags = [
    '--headless=new',
    '--no-sandbox',
    '--disable-gpu',
    '--no-first-run',
    `--user-data-dir=${profile}`,
  ];
  const child = spawn(CHROMIUM ?? '', [...flags, `http://127.0.0.1:${port}/`], { stdio: 'ignore' });
  child.once('error', (error) => fail(error));
  child.once('exit', (code) => fail(new Error(`Chromium ended with ${code}`)));
  try {
    return JSON.parse(await given);
  } finally {
    given.catch(() => undefined);
    await ended(child);
    server.closeAllConnections();
    server.close();
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
