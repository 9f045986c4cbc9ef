import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Connection } from 'ssh2';
import { expect, onTestFinished, test } from 'vitest';
import { payload, protocolOf, sendRaw } from '../net/raw-packets.ts';
import { LIMITS, setting } from './setting.ts';
import { script, temporaryFolder } from './world.ts';

/** Messages of RFC 4254, with the channels that a server may open to a client that asked for it. */
const CHANNEL_OPEN = 90;
const AGENT = payload(CHANNEL_OPEN, 'auth-agent@openssh.com', 7, 1e6, 32_768);
const PORT = payload(CHANNEL_OPEN, 'forwarded-tcpip', 8, 1e6, 32_768, '127.0.0.1', 22, '127.0.0.1', 1);

/** An agent's socket, and how often somebody came to it. */
async function agent(): Promise<{ readonly path: string; readonly asked: () => number }> {
  const path = join(await temporaryFolder(), 'agent');
  let asked = 0;
  const server = createServer((socket) => {
    asked += 1;
    socket.destroy();
  }).listen(path);
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { path, asked: () => asked };
}

/** Notes what a client asks of a server, and which channels of the server's it refuses. */
function listen(connection: Connection): { readonly asked: string[]; readonly refused: number[] } {
  const heard = { asked: [] as string[], refused: [] as number[] };
  const handlers = Object(Reflect.get(protocolOf(connection), '_handlers'));
  const { CHANNEL_REQUEST: request, CHANNEL_OPEN_FAILURE: refusal } = handlers;
  handlers.CHANNEL_REQUEST = (...args: readonly unknown[]) => {
    heard.asked.push(String(args[2]));
    return request(...args);
  };
  handlers.CHANNEL_OPEN_FAILURE = (...args: readonly unknown[]) => {
    heard.refused.push(Number(args[1]));
    return refusal?.(...args);
  };
  connection.on('request', (_accept, reject, name) => {
    heard.asked.push(name);
    reject?.();
  });
  return heard;
}

test('a host gets neither at the agent nor at a port of this machine, though it opens channels to them', async () => {
  const { path, asked } = await agent();
  let heard: ReturnType<typeof listen> | undefined;
  const { transport, host } = await setting(
    {
      onConnection: (connection) => {
        heard = listen(connection);
      },
      onExec: (command, channel, connection) => {
        sendRaw(connection, AGENT);
        sendRaw(connection, PORT);
        const [, one, two] = /([0-9a-f]{16}) ([0-9a-f]{16})-begins/.exec(command) ?? [];
        channel.write(`${one}${two}-begins\nwell\n${one}${two}-ends 0\n`);
        channel.exit(0);
        channel.end();
      },
    },
    { options: { agent: path } },
  );
  const ran = await transport.withShell(
    host,
    async (shell) => {
      const first = await shell.run(script('true'), LIMITS);
      // Its answers to the channels are on their way before the second command is.
      await shell.run(script('true'), LIMITS);
      return first;
    },
    LIMITS,
  );
  expect(ran.stdout.toString()).toBe('well\n');
  expect(heard?.asked).toEqual(['exec', 'exec']);
  expect(heard?.refused.slice(0, 2)).toEqual([7, 8]);
  expect(asked()).toBe(0);
});
