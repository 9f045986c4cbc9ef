import { Buffer } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { AskPublic } from '../../checks/smoke/public-smoke.ts';
import { RanchError, troubleOf } from '../../domain/errors.ts';
import { gatherBytes } from '../../domain/gathered-bytes.ts';
import type { HttpReply, HttpRequest, Limits } from '../../domain/http.ts';

function silent(base: string, message: string, cause?: unknown): RanchError {
  return new RanchError(
    {
      code: 'unreachable',
      place: base,
      message,
      remedy: 'Look at its name, its certificate and the front there; `public` in the inventory names it.',
    },
    { cause },
  );
}

async function received(reply: IncomingMessage, { maxBytes }: Limits, base: string): Promise<Buffer> {
  const gathered = gatherBytes();
  for await (const piece of reply) {
    if (Buffer.isBuffer(piece)) gathered.add(piece);
    if (gathered.length <= maxBytes) continue;
    reply.destroy();
    const message = `more than ${maxBytes} bytes came`;
    const remedy = 'Look whether SQ, and nothing else, answers at this address.';
    throw new RanchError({ code: 'answer-too-large', place: base, message, remedy });
  }
  return Buffer.from(gathered.bytes());
}

function headersOf(reply: IncomingMessage): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(reply.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );
}

async function exchange(url: URL, sent: HttpRequest, limits: Limits): Promise<HttpReply> {
  const { request } = url.protocol === 'https:' ? await import('node:https') : await import('node:http');
  const started = performance.now();
  const signal = AbortSignal.timeout(limits.deadlineMs);
  const reply = await new Promise<IncomingMessage>((resolve, reject) => {
    const { method, headers, body } = sent;
    const asked = request(url, { method, headers, signal, agent: false }, resolve);
    asked.on('error', reject);
    asked.end(body);
  });
  const bytes = await received(reply, limits, url.origin);
  return {
    status: reply.statusCode ?? 0,
    headers: headersOf(reply),
    body: bytes,
    tookMs: performance.now() - started,
  };
}

/**
 * One exchange with a public address: certificates are checked, redirects are not followed, what comes is bounded.
 * Throws `unreachable`, `answer-too-large`.
 */
export const askPublic: AskPublic = async (base, request, limits) => {
  if (!URL.canParse(request.path, base)) throw silent(base, 'this is not an address of the web');
  try {
    return await exchange(new URL(request.path, base), request, limits);
  } catch (error) {
    if (error instanceof RanchError) throw error;
    throw silent(base, `no answer: ${troubleOf(error).message}`, error);
  }
};
