import { connect } from 'node:net';
import type { HttpReply, HttpRequest } from '../../src/domain/http.ts';
import { decodeReply, encodeRequest, replyLength } from '../../src/sq/wire.ts';

/** Longer than any switch: what has no answer by then has none. */
const PATIENCE_MS = 10_000;

/** One request over a connection of its own, as SQ serves them; undefined where no whole answer came. */
export function ask(address: string, request: HttpRequest): Promise<HttpReply | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port: 1337, noDelay: true });
    let got = Buffer.alloc(0);
    const end = (): void => {
      socket.destroy();
      const length = replyLength(got);
      resolve(length !== undefined && got.length >= length ? decodeReply(got, 0, address) : undefined);
    };
    socket.setTimeout(PATIENCE_MS, end);
    socket.on('connect', () => socket.write(encodeRequest(request)));
    socket.on('data', (chunk: Buffer) => {
      got = Buffer.concat([got, chunk]);
      const length = replyLength(got);
      if (length !== undefined && got.length >= length) end();
    });
    socket.on('end', end);
    socket.on('error', end);
  });
}
