import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sampleContent } from '../../src/lab/sample-content.ts';
import { parseCoordinate } from '../../src/sq/coordinate.ts';
import { implode, scrollsOf } from '../../src/sq/phext.ts';
import { type Herd, makeHerd } from '../cli/herd.ts';

const DATA = { kind: 'folder', name: 'sq' } as const;
const relay = { phext: 'relay', data: DATA, bytes: 40_000 };

let herd: Herd;
let next: string;
beforeAll(async () => {
  herd = await makeHerd([
    { name: 'stable', version: '0.5.2', instances: [relay] },
    { name: 'keyed', version: '0.5.6', instances: [{ ...relay, key: true }] },
    { name: 'old', version: '0.5.1', instances: [relay] },
    { name: 'broken', version: '0.5.2', libphext: '0.3.0', instances: [relay] },
    { name: 'gone', version: '0.5.2', expect: 'absent', instances: [relay] },
  ]);
});
afterAll(() => herd.close());

const at = (member: string, name = 'relay.phext'): string =>
  join(dirname(herd.lab.host(member).home), 'data', 'sq', name);

/** A content that shares all but its first scroll with what the lab serves. */
function another(beginning: string): Uint8Array {
  const [first, ...rest] = scrollsOf(sampleContent('relay', 40_000));
  if (!first) throw new Error('a sample has scrolls');
  const extra = { coordinate: parseCoordinate('99.9.9/9.9.9/9.9.9'), bytes: Buffer.from('new there') };
  return implode([{ ...first, bytes: Buffer.from(beginning) }, ...rest, extra]);
}

beforeEach(async () => {
  next = join(herd.dir, 'next.phext');
  await writeFile(next, another(`beginning at ${Date.now()} ${Math.random()}`));
});

const deploy = (...argv: readonly string[]) =>
  herd.ranch(['content', 'deploy', next, '--phext', 'relay', ...argv]);

describe('content deploy', () => {
  it('shows what it would replace, asks, puts it in place, reads it back, and goes back', async () => {
    const before = await readFile(at('stable'));
    expect((await deploy('stable')).exitCode).toBe(2);
    const no = await herd.ranch(['content', 'deploy', next, '--phext', 'relay', 'stable'], {
      answers: ['n'],
    });
    expect(no.exitCode).toBe(0);
    expect(no.stderr).toMatch(
      /^stable:\d+: \d+ scrolls \(.* B\) in place of \d+ scrolls .*: 1 added, 1 changed$/m,
    );
    expect(no.stderr).toMatch(/Nothing was done/);
    expect(await readFile(at('stable'))).toEqual(before);

    const done = await deploy('stable', '--yes');
    expect(done.exitCode).toBe(0);
    expect(done.stdout).toMatch(/^stable:\d+ changed, down for \d+ ms: \d+ scrolls read back \(median/m);
    expect(await readFile(at('stable'))).toEqual(await readFile(next));
    const again = await deploy('stable', '--yes');
    expect({ exitCode: again.exitCode, stdout: again.stdout }).toEqual({
      exitCode: 0,
      stdout: expect.stringMatching(/^stable:\d+ unchanged: \d+ scrolls read back/),
    });

    const back = await herd.ranch(['content', 'rollback', '--phext', 'relay', 'stable', '--yes']);
    expect({ exitCode: back.exitCode, out: back.stdout }).toMatchObject({ exitCode: 0 });
    expect(await readFile(at('stable'))).toEqual(before);
  });
});
