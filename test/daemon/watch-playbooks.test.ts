import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { systemClock } from '../../src/app/system.ts';
import { makeLog } from '../../src/daemon/log.ts';
import { watchPlaybooks } from '../../src/daemon/watch-playbooks.ts';
import { LogLines } from './log-lines.ts';
import { EVERY_SECOND } from './world.ts';

const silent = () => undefined;
const CRON_LOG = { info: silent, warn: silent, debug: silent, error: silent };

it('takes in a new playbook, and tells once that one cannot be read', async () => {
  const playbooksDir = await mkdtemp(join(tmpdir(), 'ranch-watch-'));
  const lines = new LogLines();
  const log = makeLog('info', systemClock, lines);
  let found: (names: readonly string[]) => void = silent;
  const next = () =>
    new Promise<readonly string[]>((resolve) => {
      found = resolve;
    });
  const unwatch = watchPlaybooks(
    { playbooksDir, log },
    CRON_LOG,
    (playbooks) => found(playbooks.map(({ name }) => name)),
    '* * * * * *',
  );
  try {
    const file = join(playbooksDir, 'often.yaml');
    await writeFile(file, EVERY_SECOND);
    expect(await next()).toEqual(['often']);
    await writeFile(file, 'kind: swep\n');
    expect(await lines.next('playbooks-unreadable')).toMatchObject({
      level: 'error',
      problems: [expect.stringContaining('did you mean "sweep"?')],
    });
    await writeFile(file, 'kind: swee\n');
    await lines.next('playbooks-unreadable');
    await writeFile(file, 'kind: sweep\n');
    expect(await next()).toEqual([]);
    const told = lines.of('playbooks-unreadable').map((line) => JSON.stringify(line['problems']));
    expect(new Set(told).size).toBe(told.length);
  } finally {
    unwatch();
    await rm(playbooksDir, { recursive: true, force: true });
  }
});
