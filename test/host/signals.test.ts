import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { FUNCTIONS, runText, SHELLS, temporaryFolder, until } from './sh.ts';

/** A script of the host's that is detached as a switch is, and starts a bare process again as it ran. */
const AGAIN = `${FUNCTIONS}
open_unit "$1"
trap '' HUP TERM INT PIPE
mkdir -p "$d"
remember 1337 "$2" && replay 1337 "$(id -un)" && printf '%s\\n' "$pid"`;

/** The bits of HUP, INT, QUIT and TERM. */
const ASKED = 0x4007n;

async function ignoredBy(pid: number): Promise<string> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const mask = BigInt(`0x${/^SigIgn:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
  return (mask & ASKED).toString(16);
}

/** Waits until a process, which this test ends, has become what it is to be. */
async function sleeps(pid: number): Promise<void> {
  onTestFinished(() => {
    process.kill(pid, 'SIGKILL');
  });
  await until(async () => (await readFile(`/proc/${pid}/comm`, 'utf8')) === 'sleep\n');
}

test.each(
  SHELLS.flatMap((shell) => [
    { shell, way: 'plainly', ignored: '', bits: '0' },
    { shell, way: 'with nohup', ignored: 'HUP', bits: '1' },
    { shell, way: 'with nohup and & by a script', ignored: 'HUP INT QUIT', bits: '7' },
    { shell, way: 'by what ignores TERM', ignored: 'TERM', bits: '4000' },
  ]),
)('$shell: a bare process started $way ignores the same signals when it is started again', async (one) => {
  const folder = await temporaryFolder();
  const binary = join(folder, 'sq');
  await writeFile(binary, '#!/bin/sh\nexec sleep 60\n', { mode: 0o755 });
  const traps = one.ignored === '' ? '' : `trap '' ${one.ignored}; `;
  const first = spawn('sh', ['-c', `${traps}exec "$0" host 1337`, binary], { stdio: 'ignore' });
  await sleeps(first.pid ?? 0);
  expect(await ignoredBy(first.pid ?? 0)).toBe(one.bits);
  const { out, errors } = await runText(one.shell, AGAIN, [binary, String(first.pid)]);
  const pid = Number(out.trim());
  expect(pid, out + errors).toBeGreaterThan(0);
  await sleeps(pid);
  expect(await ignoredBy(pid)).toBe(one.bits);
});
