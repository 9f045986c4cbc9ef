import { once } from 'node:events';
import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { HttpRequest } from '../../src/domain/http.ts';
import { isAskedByProgram, parseReach, reachScript } from '../../src/host/reach.ts';
import { runText, SHELLS, temporaryFolder } from './sh.ts';

const REQUEST: HttpRequest = { method: 'GET', path: '/api/v2/version?p=a%20b&c=1', headers: {} };
const LIMITS = { deadlineMs: 20_000, maxBytes: 64 * 1024 };

function has(program: string): boolean {
  return ['/bin', '/usr/bin'].some((folder) => existsSync(join(folder, program)));
}

const PROGRAMS = ['bash', 'nc', 'busybox', 'curl', 'wget'].filter(has);

interface Asked {
  readonly port: number;
  /** What each connection sent first. */
  readonly requests: readonly string[];
}

/** A server that says the same to everybody, as SQ does: a reply, then the end. */
async function serverThat(answers: (socket: Socket) => void): Promise<Asked> {
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', (bytes: Buffer) => {
      const at = requests.push(bytes.toString('latin1')) - 1;
      socket.on('data', (more: Buffer) => {
        requests[at] += more.toString('latin1');
      });
      answers(socket);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  return { port: typeof address === 'object' ? (address?.port ?? 0) : 0, requests };
}

const says =
  (status: string, body: string) =>
  (socket: Socket): void =>
    void socket.end(`HTTP/1.1 ${status}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);

async function reach(
  shell: string,
  port: number,
  programs?: readonly string[],
  limits = LIMITS,
  request = REQUEST,
) {
  const { text, args } = reachScript('127.0.0.1', port, request, limits, programs);
  const { out } = await runText(shell, text, args, request.body);
  return parseReach('h', Buffer.from(out), `127.0.0.1:${port}`, limits);
}

describe.each(SHELLS)('%s', (shell) => {
  test.each(PROGRAMS)('asks with %s, the request first', async (program) => {
    const { port, requests } = await serverThat(says('200 OK', '0.5.2'));
    const { reply, program: by } = await reach(shell, port, [program]);
    expect(by).toBe(program);
    expect(reply.status).toBe(200);
    expect(Buffer.from(reply.body).toString()).toBe('0.5.2');
    expect(requests).toHaveLength(1);
    expect(requests[0]?.split('\r\n')[0]).toBe(`GET ${REQUEST.path} HTTP/1.1`);
  });

  const posting = PROGRAMS.filter((program) => program !== 'wget');
  test.each(posting)('posts with %s, byte for byte', async (program) => {
    const sent = Buffer.from(`1.1.1/1.1.1/1.1.1: %s \\n é\n\n`.repeat(60));
    const { port, requests } = await serverThat(says('200 OK', 'delta'));
    const request: HttpRequest = { method: 'POST', path: '/api/v2/delta?p=a', headers: {}, body: sent };
    const { reply } = await reach(shell, port, [program], LIMITS, request);
    expect(Buffer.from(reply.body).toString()).toBe('delta');
    const [head, body] = requests[0]?.split('\r\n\r\n') ?? [];
    expect(head?.split('\r\n')[0]).toBe('POST /api/v2/delta?p=a HTTP/1.1');
    expect(head?.toLowerCase()).toContain(`content-length: ${sent.length}`);
    expect(head?.toLowerCase()).not.toContain('expect');
    expect(Buffer.from(body ?? '', 'latin1')).toEqual(sent);
  });

  test.each(PROGRAMS)('tells by %s that SQ is poisoned', async (program) => {
    const { port } = await serverThat(says('500 Internal Server Error', 'Internal Server Error'));
    expect((await reach(shell, port, [program])).reply.status).toBe(500);
  });

  test('nobody listens: refused, after all programs', async () => {
    const { port } = await serverThat(says('200 OK', ''));
    const free = port === 1 ? 2 : 1;
    await expect(reach(shell, free, PROGRAMS)).rejects.toMatchObject({
      code: 'connection-refused',
      message: expect.stringContaining(PROGRAMS.join(', ')),
    });
  });

  test('no answer: a deadline, and no other program is tried', async () => {
    const { port, requests } = await serverThat(() => undefined);
    const limits = { ...LIMITS, deadlineMs: 1_000 };
    await expect(reach(shell, port, PROGRAMS, limits)).rejects.toMatchObject({ code: 'deadline' });
    expect(requests).toHaveLength(1);
  });

  test('a host with none of them', async () => {
    await expect(reach(shell, 1, ['no-such-program'])).rejects.toMatchObject({
      code: 'forwarding-forbidden',
      place: 'h',
    });
  });
});

test('what a shell cannot hold, or a process table would show, is not asked by a program', () => {
  const post = (body: string): HttpRequest => ({ ...REQUEST, method: 'POST', body: Buffer.from(body) });
  expect(isAskedByProgram(REQUEST)).toBe(true);
  expect(isAskedByProgram(post('1.1.1/1.1.1/1.1.1: ab\n'))).toBe(true);
  expect(isAskedByProgram(post('a\0b'))).toBe(false);
  expect(isAskedByProgram({ ...REQUEST, headers: { authorization: 'k' } })).toBe(false);
  expect(isAskedByProgram({ ...REQUEST, method: 'DELETE' })).toBe(false);
  expect(reachScript('a', 1, post(''), LIMITS).args).not.toContain('wget');
});

test('where the first program cannot do it, the next is tried', async () => {
  const folder = await temporaryFolder();
  mkdirSync(join(folder, 'bin'));
  symlinkSync('/bin/false', join(folder, 'bin/bash'));
  const { port } = await serverThat(says('200 OK', '0.5.2'));
  const { text, args } = reachScript('127.0.0.1', port, REQUEST, LIMITS, PROGRAMS);
  const { out } = await runText('dash', `PATH=${folder}/bin:$PATH\n${text}`, args);
  const { program } = parseReach('h', Buffer.from(out), 'p', LIMITS);
  expect(program).toBe(PROGRAMS.find((one) => one !== 'bash'));
});

test('an answer that is none is told as such', () => {
  const read = (text: string) => parseReach('h', Buffer.from(text), 'p', LIMITS);
  for (const text of ['', 'tried\tbash\t1\t4854', 'what\tbash\t1\t\nend\n', 'tried\tbash\tx\t41\nend\n']) {
    expect(() => read(text)).toThrow(expect.objectContaining({ code: 'host-answer-invalid' }));
  }
  expect(() => read('tried\tcurl\t1\t41\nend\n')).toThrow(expect.objectContaining({ code: 'sq-error' }));
  expect(() => read('tried\twget\t1\t41\nend\n')).toThrow(expect.objectContaining({ code: 'sq-error' }));
});
