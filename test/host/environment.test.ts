import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FUNCTIONS, runText, SHELLS } from './sh.ts';

let folder: string;
const started: number[] = [];

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'ranch-environment-')));
  const program = `#!${process.execPath}\nrequire('fs').writeFileSync(process.env.READY, ''); setInterval(() => {}, 1000);\n`;
  await writeFile(join(folder, 'sq'), program, { mode: 0o755 });
  await writeFile(join(folder, 'env'), '#!/bin/sh\necho "$*" >>"$0.log"\nexec /usr/bin/env "$@"\n', {
    mode: 0o755,
  });
});
afterAll(async () => {
  for (const pid of started) process.kill(pid, 'SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

/** The variables of a process by name, without those that bash gives to what it runs of its own accord. */
function variables(pid: number): readonly string[] {
  const all = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  return all.filter((one) => one !== '' && !/^(?:_|SHLVL)=/.test(one)).sort();
}

test.each(SHELLS)(
  'a bare process is started again with its environment, none of it in arguments, under %s',
  async (shell) => {
    const env = {
      PATH: `${folder}:/usr/bin:/bin`,
      READY: join(folder, 'ready'),
      TOKEN: `it's "a" $(secret)\nof \\two lines %s`,
      EMPTY: '',
      EQUALS: 'a=b=c',
      PWD: '/somewhere/else',
    };
    const child = spawn(join(folder, 'sq'), ['host', '1337'], { env, stdio: 'ignore', cwd: folder });
    await once(child, 'spawn');
    started.push(child.pid ?? 0);
    // Until the program runs, the process is still the one that starts it.
    await expect.poll(() => readFileSync(`/proc/${child.pid}/cmdline`, 'utf8')).toContain('host\x001337');
    const before = variables(child.pid ?? 0);
    const text = `${FUNCTIONS}
    PATH=${folder}:$PATH d=${folder}/kept bin=${folder}/sq UNRELATED=x
    export PATH UNRELATED
    mkdir -p "$d"
    remember 1337 ${child.pid} && replay 1337 "$(id -un)" && echo "pid $pid"; cat "$d/replay/1337" >&2`;
    const { out, errors } = await runText(shell, text);
    const pid = Number(/^pid (\d+)$/m.exec(out)?.[1]);
    expect(pid, out + errors).toBeGreaterThan(0);
    started.push(pid);
    await expect.poll(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8')).toContain('host\x001337');
    expect(variables(pid)).toEqual(before);
    expect(() => readFileSync(join(folder, 'env.log'))).toThrow('ENOENT');
  },
);
