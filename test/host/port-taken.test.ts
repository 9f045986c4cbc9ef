import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { endAfterTest, FUNCTIONS, runText, SHELLS, temporaryFolder } from './sh.ts';

const TAKEN = `${FUNCTIONS}
open_unit "$1"
not_taken "$2"
echo free`;

const RUNNING = `${FUNCTIONS}
open_unit "$1"
if running "$2" bare - "$(id -un)"; then echo "$pid"; else echo none; fi`;

const LISTENER = `const s = require('net').createServer();
s.listen(0, '127.0.0.1', () => console.log(s.address().port));
`;

/** Two programs of one text, of which the first runs and listens. */
async function listening() {
  const folder = await temporaryFolder();
  const [binary, other] = [join(folder, 'sq'), join(folder, 'another')];
  await writeFile(binary, LISTENER);
  await copyFile(binary, other);
  const child = spawn(process.execPath, [binary], { stdio: ['ignore', 'pipe', 'inherit'] });
  endAfterTest(child);
  const [port] = await once(child.stdout.setEncoding('utf8'), 'data');
  return { binary, other, port: String(port).trim(), pid: child.pid };
}

test.each(SHELLS)(
  '%s: a port is taken where another program than this one listens on it',
  async (shell) => {
    const { binary, other, port, pid } = await listening();
    expect((await runText(shell, TAKEN, [binary, '1'])).out).toBe('free\n');
    expect((await runText(shell, TAKEN, [binary, port])).out).toBe('free\n');
    expect((await runText(shell, TAKEN, [other, port])).out).toMatch(
      new RegExp(`^error\tport-taken\tport ${port} is listened on by \\S+ \\(pid ${pid}\\)\nend\n$`),
    );
    // A look walks through all processes of a machine, and others may have thousands on this one.
  },
  300_000,
);

test.each(SHELLS)(
  '%s: another script under the same interpreter is not the SQ of a port',
  async (shell) => {
    const { binary, other, port, pid } = await listening();
    expect((await runText(shell, RUNNING, [binary, port])).out).toBe(`${pid}\n`);
    expect((await runText(shell, RUNNING, [other, port])).out).toBe('none\n');
  },
  300_000,
);
