import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Herd, makeHerd, oldHost } from './herd.ts';

let herd: Herd;
beforeAll(async () => {
  herd = await makeHerd([oldHost('aurora-continuum')]);
});
afterAll(async () => {
  await herd.close();
});

it('a restore says what it put in place, how far that was looked at, and where the old files are', async () => {
  await herd.ranch(['backup', 'aurora-continuum']);
  const asked = await herd.ranch(['restore', 'aurora-continuum', 'latest'], { answers: ['n'] });
  expect(asked.stderr).toMatch(
    /^Put \S+\/backups\/aurora-continuum\/\d+\/\S+ in place of what aurora-continuum/,
  );
  expect(asked.stderr).toMatch(/Nothing was done/);
  const { stdout, exitCode } = await herd.ranch(['restore', 'aurora-continuum', 'latest', '--yes']);
  expect({ exitCode, lines: stdout.trimEnd().split('\n') }).toEqual({
    exitCode: 0,
    lines: [
      expect.stringMatching(
        /^aurora-continuum:\d+ restored relay from \S+\/backups\/aurora-continuum\/\d+\/\S+$/,
      ),
      expect.stringMatching(/^ {2}its files are on the disk: .+/),
      expect.stringMatching(/^ {2}what was there lies in \S+\/\.ranch\/snapshots\/\S+ on the host$/),
    ],
  });
});
