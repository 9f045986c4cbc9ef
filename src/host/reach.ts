import { Buffer } from 'node:buffer';
import { Readable } from 'node:stream';
import { RanchError } from '../domain/errors.ts';
import type { HttpReply, HttpRequest, Limits } from '../domain/http.ts';
import type { RemoteScript, Shell } from '../domain/ports.ts';
import { decodeReply } from '../sq/wire.ts';
import { type AnswerLine, answerLines, Fields, invalidAnswer } from './answer.ts';
import addressScript from './own-address.sh';
import fileScript from './phext-file.sh';
import script from './reach.sh';

/** Programs of a host that can ask an HTTP server, in the order of trying: the most exact first. */
export const REACH_PROGRAMS: readonly string[] = ['bash', 'nc', 'busybox', 'curl', 'wget'];

/** What a host answered for another, and by which program. */
export interface ReachReply {
  readonly reply: HttpReply;
  readonly program: string;
}

/** Those that send what comes on standard input: `wget` wants a file. */
const POST_PROGRAMS = REACH_PROGRAMS.filter((program) => program !== 'wget');

/**
 * Whether a host can ask this by a program of its own: a GET, or a POST of text, which a shell can hold. Never with a
 * header, for that is a key, which would be seen in its process table.
 */
export function isAskedByProgram({ method, headers, body }: HttpRequest): boolean {
  if (Object.keys(headers).length > 0) return false;
  return method === 'GET' || (method === 'POST' && body?.includes(0) !== true);
}

/** A request as a host sends it by a program of its own, where `isAskedByProgram`. */
export function reachScript(
  address: string,
  port: number,
  request: HttpRequest,
  { deadlineMs, maxBytes }: Limits,
  programs = request.method === 'GET' ? REACH_PROGRAMS : POST_PROGRAMS,
): RemoteScript {
  const { method, path, body = new Uint8Array() } = request;
  const seconds = Math.max(1, Math.ceil(deadlineMs / 1000));
  const args = [address, port, method, path, seconds, maxBytes, ...programs].map(String);
  const sent = method === 'GET' ? {} : { stdin: () => Readable.from([body]) };
  return { name: 'reach', text: script, args, become: false, ...sent };
}

/** `wget` prints the lines of the head indented, then the body. */
function fromWget(bytes: Buffer, tookMs: number, place: string): HttpReply {
  const text = bytes.toString('latin1');
  const status = /HTTP\/1\.[01] (\d{3})/.exec(text)?.[1];
  if (status === undefined) throw notHttp(place, 'wget told no status');
  const length = Number(/^ +content-length: (\d{1,12})\r?$/im.exec(text)?.[1] ?? 0);
  const body =
    status === '200' ? bytes.subarray(bytes.length - Math.min(length, bytes.length)) : Buffer.alloc(0);
  return { status: Number(status), headers: {}, body, tookMs };
}

function notHttp(place: string, message: string): RanchError {
  return new RanchError({
    code: 'sq-error',
    place,
    message,
    remedy: 'Check that SQ, and nothing else, listens on this port.',
  });
}

function failedAt(host: string, place: string, tried: readonly Fields[], limits: Limits): RanchError {
  const programs = tried.map((one) => one.text(0)).join(', ');
  if (tried.length === 0) {
    return new RanchError({
      code: 'forwarding-forbidden',
      place: host,
      message: `sshd does not forward, and the host has none of ${REACH_PROGRAMS.join(', ')} (with timeout) to ask ${place}`,
      remedy: 'Allow forwarding in sshd_config (AllowTcpForwarding, PermitOpen), or install one of them.',
    });
  }
  const slow = tried.some((one) => one.number(1) * 10 >= limits.deadlineMs * 0.9);
  return new RanchError({
    code: slow ? 'deadline' : 'connection-refused',
    place: host,
    message: slow
      ? `${place} gave no answer to ${programs} within ${Math.round(limits.deadlineMs / 1000)} s`
      : `${place} gave no answer to ${programs} of that host`,
    remedy: 'Does the server run there, and does a firewall let this host to it?',
  });
}

/** Reads what the script printed. Throws `forwarding-forbidden` where the host has no such program, and what asking throws. */
export function parseReach(host: string, stdout: Uint8Array, place: string, limits: Limits): ReachReply {
  const tried = answerLines(host, 'reach', stdout).map((line: AnswerLine) => {
    if (line[0] !== 'tried') throw invalidAnswer(host, 'reach', line.join(' '));
    return new Fields(host, 'reach', line);
  });
  const last = tried.at(-1);
  const hex = last?.text(2) ?? '';
  if (last === undefined || hex === '') throw failedAt(host, place, tried, limits);
  const bytes = Buffer.from(hex, 'hex');
  const program = last.text(0);
  const tookMs = last.number(1) * 10;
  const reply = program === 'wget' ? fromWget(bytes, tookMs, place) : decodeReply(bytes, tookMs, place);
  return { reply, program };
}

/**
 * Asks as a host sees it that does not forward. Throws `forwarding-forbidden` where it has no program for that,
 * `connection-refused`, `deadline`, `sq-error`.
 */
export async function reachByProgram(
  shell: Shell,
  host: string,
  address: string,
  port: number,
  request: HttpRequest,
  limits: Limits,
  signal?: AbortSignal,
): Promise<ReachReply> {
  const bounds = {
    // Each of the programs may be tried; a slow one ends it.
    deadlineMs: limits.deadlineMs * 2 + 10_000,
    maxBytes: limits.maxBytes * 3 + 1_000,
  };
  const { stdout } = await shell.run(reachScript(address, port, request, limits), bounds, signal);
  return parseReach(host, stdout, `${address}:${port}`, limits);
}

/** The address under which a host was reached, as its sshd tells it; undefined where it does not. */
export async function ownAddress(shell: Shell, signal?: AbortSignal): Promise<string | undefined> {
  const ask = { name: 'own-address', text: addressScript, args: [], become: false };
  const { stdout } = await shell.run(ask, { deadlineMs: 20_000, maxBytes: 1_000 }, signal);
  const [, , address] = stdout.toString('latin1').trim().split(' ');
  return address !== undefined && /^[\da-fA-F.:]{3,45}$/.test(address) ? address : undefined;
}

/** A phext file as it lies there. Throws `permission-denied`, `answer-too-large`. */
export async function readPhextFile(
  shell: Shell,
  host: string,
  path: string,
  become: boolean,
  maxBytes: number,
  signal?: AbortSignal,
): Promise<Buffer> {
  const read = { name: 'phext-file', text: fileScript, args: [path], become };
  const { exitCode, stdout } = await shell.run(read, { deadlineMs: 60_000, maxBytes }, signal);
  if (exitCode === 0) return stdout;
  throw new RanchError({
    code: 'permission-denied',
    place: host,
    message: `${path} cannot be read`,
    remedy: 'Give ranch root on that host (`become: sudo`), so that it can be read.',
  });
}
