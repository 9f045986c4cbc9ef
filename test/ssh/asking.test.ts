import { Duplex } from 'node:stream';
import { Client } from 'ssh2';
import { expect, test } from 'vitest';
import { countIntake } from '../../src/ssh/intake.ts';
import type { Link } from '../../src/ssh/link.ts';
import { openSession } from '../../src/ssh/session.ts';
import { forward } from '../../src/ssh/tunnel.ts';

/** A connection whose socket is gone, of which nobody was told yet: ssh2 throws then. */
function unnoticed(): Link {
  const down = new AbortController();
  const stream = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() });
  return {
    hop: {
      name: 'h1',
      address: '10.0.0.1',
      port: 22,
      user: 'root',
      identityFiles: [],
      identitiesOnly: true,
      knownHosts: [],
      connectTimeoutMs: 1_000,
    },
    client: new Client(),
    down: down.signal,
    intake: countIntake(stream, () => undefined),
    drained: async () => undefined,
    close: () => undefined,
    abort: (reason) => down.abort(reason),
  };
}

test('a connection that is gone before ssh2 has said so is a lost one, to whoever asks and to all others', async () => {
  for (const ask of [
    (link: Link) => forward(link, '127.0.0.1', 1337),
    (link: Link) => openSession(link, 'true'),
  ]) {
    const link = unnoticed();
    await expect(ask(link)).rejects.toMatchObject({ code: 'connection-lost', place: 'h1' });
    expect(link.down.reason).toMatchObject({ code: 'connection-lost' });
  }
});
