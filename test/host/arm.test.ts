import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FUNCTIONS, runText, SHELLS, temporaryFolder } from './sh.ts';

const BINARY = '#!/bin/sh\necho 0.5.2\n';
const sha = createHash('sha256').update(BINARY).digest('hex');

describe.each(SHELLS)('%s', (shell) => {
  test('a disk that is slow to keep the arming makes the timer no later than the deadline', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'bin'));
    await writeFile(join(folder, 'bin/sq'), BINARY, { mode: 0o755 });
    const lines = [
      'open_unit "$1"',
      'now=1000',
      'uptime_now() { uptime=$now; }',
      'durable() { now=$((now + 3)); }',
      // in place of the timer: when it will fire
      'start_timer() { echo "fires at $((now + $1))" >&2; }',
      `lease r-1 600 && stage r-1 1 ${sha} ${BINARY.length} put`,
      `arm r-1 1 ${sha} ${sha} 60 1337 0 0 bare - "$(id -un)" "$bindir/data" - </dev/null`,
      'read_armed "$d/armed" && echo "deadline $a_deadline" >&2',
    ];
    const ran = await runText(shell, [FUNCTIONS, ...lines].join('\n'), [join(folder, 'bin/sq')], BINARY);
    const deadline = /deadline (\d+)/.exec(ran.errors)?.[1];
    expect(ran.errors, ran.out).toContain(`fires at ${deadline}\n`);
  });

  test('what lies there is what was seen, or what a rollout placed that never decided', async () => {
    const folder = await temporaryFolder();
    const binary = join(folder, 'sq');
    await writeFile(binary, 'placed before a power cut', { mode: 0o755 });
    const lines = [
      'open_unit "$1"; check_lease() { :; }; has_release() { :; }; start_timer() { echo "armed $2" >&2; }',
      'again() { arm r-2 2 new old 60 1337 0 0 bare - "$(id -un)" "$bindir/data" - </dev/null; }',
      '(again) | head -n 1; sum "$bin"',
      'printf "r-1 1 another-boot 9 %s old\n1337\t0\t0\tbare\t-\troot\t/data\t-\n" "$sum" >"$d/armed.reverting"',
      'again; read_armed "$d/armed" && echo "$a_new $a_old"; ls "$d"/armed*',
    ];
    await mkdir(join(folder, '.ranch'));
    const { out, errors } = await runText(shell, [FUNCTIONS, ...lines].join('\n'), [binary]);
    expect(errors).toBe('armed 2\n');
    expect(out.split('\n')).toEqual([
      expect.stringMatching(/^error\thost-moved\t/),
      'armed\t60',
      'new old',
      join(folder, '.ranch', 'armed'),
      '',
    ]);
  });

  test.each(['systemd', 'process'])(
    'a timer that a full disk lets nobody write down does not stay: %s',
    async (kind) => {
      const folder = await temporaryFolder();
      await mkdir(join(folder, '.ranch'));
      await mkdir(join(folder, 'bin'));
      await writeFile(join(folder, 'bin', 'systemd-run'), '#!/bin/sh\n', { mode: 0o755 });
      const lines = [
        `open_unit "$1"; systemd=${kind === 'systemd' ? 1 : 0} me=0`,
        'PATH=$bindir/bin:$PATH; has_bare() { return 1; }; systemctl() { echo "$*" >"$bindir/did"; }',
        'detach() { pid=4711; }; start_of() { start=1; }; kill() { echo "kill $*" >"$bindir/did"; }',
        'put() { return 1; }; : >"$d/armed"',
        'start_timer 30 7; echo "began"',
      ];
      const { out } = await runText(shell, [FUNCTIONS, ...lines].join('\n'), [join(folder, 'sq')]);
      expect(out).toMatch(/^error\tdisk-full\t[^\n]*\nend\n$/);
      expect(await readdir(join(folder, '.ranch'))).toEqual([]);
      expect(await readFile(join(folder, 'did'), 'utf8')).toMatch(
        kind === 'systemd' ? /^stop ranch-deadman-\d+-\d+-7\.timer\n$/ : /^kill -KILL -4711\n$/,
      );
    },
  );
});
