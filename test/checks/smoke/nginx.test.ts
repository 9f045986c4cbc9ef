import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Herd, makeHerd } from '../../cli/herd.ts';
import { toldIn } from '../told.ts';

const hasNginx = spawnSync('nginx', ['-v']).status === 0;
const PAGE = fileURLToPath(new URL('../../../docs/hardening.md', import.meta.url));
const PHEXT = 'choose-your-own-adventure';
const LARGE = 400_000;

describe.skipIf(!hasNginx)('through a real nginx (skipped where there is none)', () => {
  let herd: Herd;
  let sq: number;
  beforeAll(async () => {
    const data = { kind: 'folder', name: 'sq' } as const;
    herd = await makeHerd([
      { name: 'one', version: '0.5.2', instances: [{ phext: PHEXT, data, bytes: LARGE }] },
    ]);
    sq = herd.lab.host('one').instances[0]?.port ?? 0;
  });
  afterAll(() => herd.close());

  const files = () => readdir(join(dirname(herd.lab.host('one').home), 'data', 'sq'));

  /** The public smoke test with an nginx of these `http` directives in front: the checks that failed, and the ghosts. */
  async function through(name: string, directives: (port: number) => string) {
    const dir = join(herd.dir, name);
    await mkdir(dir);
    const port = await freePort();
    const places = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (what) => `${what}_temp_path ${dir}/${what};`,
    );
    const head = `pid ${dir}/pid; error_log ${dir}/error.log; daemon off; events {}`;
    const http = `http { access_log off; ${places.join(' ')}\n${directives(port)}\n}`;
    await writeFile(join(dir, 'nginx.conf'), `${head}\n${http}\n`);
    const text = await readFile(herd.lab.ranchFile, 'utf8');
    const inventory = join(dir, 'inventory.yaml');
    await writeFile(inventory, text.replace('  one:\n', `  one:\n    public: "http://127.0.0.1:${port}"\n`));
    const nginx = spawn('nginx', ['-e', `${dir}/error.log`, '-c', `${dir}/nginx.conf`], { stdio: 'ignore' });
    const ended = once(nginx, 'exit');
    try {
      await expect.poll(() => listens(port)).toBe(true);
      const before = await files();
      const { stdout } = await herd.ranch(['smoke', '--json', 'one', '-i', inventory]);
      expect(await files()).toEqual(before);
      const shown = toldIn(stdout).filter(({ check }) => check.startsWith('public '));
      expect(shown.length).toBeGreaterThan(0);
      return shown.filter(({ ok }) => !ok).map(({ check, got }) => `${check}: ${got}`);
    } finally {
      nginx.kill('SIGTERM');
      await ended;
    }
  }

  const plain = (more: string) => (port: number) =>
    `server { listen 127.0.0.1:${port}; location / { proxy_pass http://127.0.0.1:${sq}; ${more} } }`;

  it('as it comes it speaks HTTP/1.0 to SQ, and that is found', async () => {
    expect(await through('old', plain('proxy_http_version 1.0;'))).toEqual([
      expect.stringMatching(/^public protocol: .*misreads the last word/),
    ]);
  });

  it('with HTTP/1.1 it is well, with its buffers or without', async () => {
    const http11 = 'proxy_http_version 1.1; proxy_set_header Connection close;';
    expect(await through('buffered', plain(http11))).toEqual([]);
    expect(await through('unbuffered', plain(`${http11} proxy_buffering off;`))).toEqual([]);
  });

  it('as docs/hardening.md has it passes all that a customer needs', async () => {
    const [, block = ''] = /^```nginx\n([\s\S]*?)^```$/m.exec(await readFile(PAGE, 'utf8')) ?? [];
    expect(block).toContain(PHEXT);
    const bad = await through('hardened', (port) =>
      block
        .replace('listen 8080', `listen 127.0.0.1:${port}`)
        .replaceAll('127.0.0.1:1337', `127.0.0.1:${sq}`),
    );
    expect(bad).toEqual([]);
  });
});

async function listens(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}
