import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** What a front does wrong. */
export type Flaw = 'none' | 'http-1.0' | 'cut-short' | 'no-cors' | 'another-server' | 'redirects';

/** A front (as nginx is one) on loopback before a port; `flaw` says what it does wrong. */
export async function startFront(port: number, flaw: Flaw) {
  const sockets = new Set<Socket>();
  const asked: string[] = [];
  const server = createServer((client) => {
    sockets.add(client);
    client.on('error', () => undefined);
    client.once('data', (head) => {
      asked.push(head.toString('latin1').split('\r\n')[0] ?? '');
      if (flaw === 'another-server') {
        client.end('HTTP/1.1 200 OK\r\nContent-Length: 5\r\nAccess-Control-Allow-Origin: *\r\n\r\n0.4.5');
        return;
      }
      if (flaw === 'redirects') {
        client.end('HTTP/1.1 301 Moved\r\nLocation: /api/v2/version\r\nContent-Length: 0\r\n\r\n');
        return;
      }
      pass(client, head, port, flaw);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    base: `http://127.0.0.1:${address.port}`,
    /** The request lines that arrived. */
    asked,
    async close(): Promise<void> {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Passes one request on, and its reply back. */
function pass(client: Socket, head: Buffer, port: number, flaw: Flaw): void {
  const sq = connect(port, '127.0.0.1');
  sq.on('error', () => client.destroy());
  const text = head.toString('latin1');
  sq.write(Buffer.from(flaw === 'http-1.0' ? text.replace('HTTP/1.1', 'HTTP/1.0') : text, 'latin1'));
  const pieces: Buffer[] = [];
  sq.on('data', (piece) => pieces.push(piece));
  sq.on('end', () => {
    const reply = Buffer.concat(pieces).toString('latin1');
    client.end(Buffer.from(changed(reply, flaw), 'latin1'));
  });
}

function changed(reply: string, flaw: Flaw): string {
  if (flaw === 'no-cors') return reply.replace(/Access-Control-Allow-Origin: \*\r\n/i, '');
  if (flaw !== 'cut-short') return reply;
  const [head = '', body = ''] = [
    reply.slice(0, reply.indexOf('\r\n\r\n')),
    reply.slice(reply.indexOf('\r\n\r\n') + 4),
  ];
  const kept = body.slice(0, 2_000);
  return `${head.replace(/Content-Length: \d+/i, `Content-Length: ${kept.length}`)}\r\n\r\n${kept}`;
}
