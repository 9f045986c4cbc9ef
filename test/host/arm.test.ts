import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
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
});
