import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { FUNCTIONS, runText, SHELLS, temporaryFolder, until } from './sh.ts';

const TERM = 1n << 14n;
const HUP = 1n;

/** A script of the host's that is detached as a switch is, and starts a bare process from what was remembered of it. */
const START = `${FUNCTIONS}
open_unit "$1"
trap '' HUP TERM INT PIPE
replay 1337 "$(id -un)"
printf '%s\\n' "$pid"`;

async function ignoredBy(pid: string): Promise<bigint> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return BigInt(`0x${/^SigIgn:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
}

test.each(
  SHELLS.flatMap((shell) => [
    { shell, nohup: false },
    { shell, nohup: true },
  ]),
)(
  '$shell: a bare process that is started again can be ended by a plain kill (nohup: $nohup)',
  async ({ shell, nohup }) => {
    const folder = await temporaryFolder();
    const binary = join(folder, 'sq');
    await writeFile(binary, '#!/bin/sh\nsleep 60\n');
    await chmod(binary, 0o755);
    const way = `${nohup ? "trap '' HUP\n" : ''}exec sleep 60 </dev/null\n`;
    await runText(shell, 'mkdir -p "$1"', [join(folder, '.ranch', 'replay')]);
    await writeFile(join(folder, '.ranch', 'replay', '1337'), way);
    const { out } = await runText(shell, START, [binary]);
    const pid = out.trim();
    onTestFinished(() => {
      process.kill(Number(pid), 'SIGKILL');
    });
    await until(async () => (await readFile(`/proc/${pid}/comm`, 'utf8')) === 'sleep\n');
    const ignored = await ignoredBy(pid);
    expect(ignored & TERM).toBe(0n);
    expect(ignored & HUP).toBe(nohup ? HUP : 0n);
  },
);
