import type { Socket } from 'node:net';
import { contentLength, type Request, readRequest } from './request.ts';

/**
 * Reads until the request is whole; a body that ends early is taken as it is. `too-large` where its length is beyond
 * `maxBody` bytes, undefined when the connection ended before a head came.
 */
export function received(socket: Socket, maxBody: number): Promise<Request | 'too-large' | undefined> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    let head = 0;
    let wanted = Number.POSITIVE_INFINITY;
    const whole = (): Request | undefined =>
      head === 0 ? undefined : readRequest(Buffer.concat(chunks), head);
    // It can have been reset while an earlier one was served.
    if (socket.destroyed) resolve(undefined);
    socket.on('end', () => resolve(whole()));
    socket.on('close', () => resolve(whole()));
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (head === 0) {
        const bytes = Buffer.concat(chunks);
        const end = bytes.indexOf('\r\n\r\n');
        if (end < 0) return;
        head = end + 4;
        const body = contentLength(bytes.toString('latin1', 0, head));
        wanted = head + body;
        if (body > maxBody) resolve('too-large');
      }
      if (size >= wanted) resolve(whole());
    });
  });
}
