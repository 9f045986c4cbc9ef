import { mkdir, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MAX_PHEXT_BYTES } from '../../../src/app/content/candidate.ts';
import { sampleContent } from '../../../src/lab/sample-content.ts';
import { parseCoordinate } from '../../../src/sq/coordinate.ts';
import { implode, scrollsOf } from '../../../src/sq/phext.ts';
import { type Herd, makeHerd } from '../../cli/herd.ts';

const DATA = { kind: 'folder', name: 'sq' } as const;
const relay = { phext: 'relay', data: DATA, bytes: 40_000 };

let herd: Herd;
let next: string;
beforeAll(async () => {
  herd = await makeHerd([
    { name: 'stable', version: '0.5.2', instances: [relay] },
    { name: 'keyed', version: '0.5.6', instances: [{ ...relay, key: true }] },
    { name: 'old', version: '0.5.1', instances: [relay] },
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

describe('content deploy to other kinds of hosts', () => {
  it('with a key, and to 0.5.1, which is not asked and told so', async () => {
    const { exitCode, stdout } = await deploy('keyed', 'old', '--yes');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^keyed:\d+ changed.*scrolls read back/m);
    expect(stdout).toMatch(
      /^old:\d+ changed.*its file is on the disk; not verified through the API: 0\.5\.1/m,
    );
    for (const name of ['keyed', 'old']) expect(await readFile(at(name))).toEqual(await readFile(next));
  });

  it('an absent host is told and is no failure', async () => {
    const { exitCode, stderr } = await deploy('gone', '--yes');
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/^gone: not there, as the inventory expects$/m);
  });
});

describe('bad input changes nothing', () => {
  const cases: readonly (readonly [string, Uint8Array, RegExp])[] = [
    ['no UTF-8', Buffer.from([0x61, 0xc3]), /it is not UTF-8/],
    ['empty', Buffer.from(''), /it holds no scroll/],
    ['lost scrolls', Buffer.from(`${'\x17'.repeat(2000)}a\x17b`), /SQ would lose 1 of its scrolls: at .*999/],
  ];
  it.each(cases)('%s', async (_, bytes, why) => {
    await writeFile(next, bytes);
    const standing = await herd.standing();
    const { exitCode, stderr } = await deploy('stable', '--yes');
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: expect.stringMatching(why) });
    expect(await herd.standing()).toEqual(standing);
  });

  it('larger than ranch takes, and no file at all', async () => {
    const standing = await herd.standing();
    // a hole takes no space on the disk
    await truncate(next, MAX_PHEXT_BYTES + 1);
    const large = await deploy('stable', '--yes');
    expect({ exitCode: large.exitCode, stderr: large.stderr }).toEqual({
      exitCode: 2,
      stderr: expect.stringMatching(/it has 268435457 bytes, and ranch takes 268435456 at most/),
    });
    const folder = await herd.ranch(['content', 'deploy', herd.dir, '--phext', 'relay', 'stable', '--yes']);
    expect({ exitCode: folder.exitCode, stderr: folder.stderr }).toEqual({
      exitCode: 2,
      stderr: expect.stringMatching(/it is no file/),
    });
    expect(await herd.standing()).toEqual(standing);
  });

  it('a phext that is not there: nobody makes one by reading it', async () => {
    const verify = await herd.ranch(['content', 'verify', 'stable', '--phext', 'nothing']);
    expect({ exitCode: verify.exitCode, stdout: verify.stdout }).toEqual({
      exitCode: 1,
      stdout: expect.stringMatching(/there is no nothing\.phext in its data directory/),
    });
    const back = await herd.ranch(['content', 'rollback', '--phext', 'nothing', 'stable', '--yes']);
    expect(back.exitCode).toBe(2);
    expect(back.stderr).toMatch(/no deploy of nothing is known there/);
    expect(await readdir(dirname(at('stable')))).toEqual(expect.not.arrayContaining(['nothing.phext']));
  });

  it('no such file, no such host, no name of a phext', async () => {
    const lacking = await herd.ranch(['content', 'deploy', 'nowhere', '--phext', 'relay', 'stable', '--yes']);
    expect({ exitCode: lacking.exitCode, stderr: lacking.stderr }).toEqual({
      exitCode: 1,
      stderr: expect.stringMatching(/nowhere/),
    });
    expect((await deploy('nobody', '--yes')).exitCode).toBe(2);
    const odd = await herd.ranch(['content', 'deploy', next, '--phext', '../x', 'stable', '--yes']);
    expect(odd.exitCode).toBe(2);
  });

  it('an SQ whose memory is not on its disk is left alone', async () => {
    const file = at('stable');
    const before = await readFile(file);
    // what a full disk leaves: SQ has read all of it before
    await herd.ranch(['content', 'verify', 'stable', '--phext', 'relay']);
    await truncate(file, before.length - 5_000);
    const { exitCode, stderr } = await deploy('stable', '--yes');
    expect({ exitCode, stderr }).toEqual({
      exitCode: 7,
      stderr: expect.stringMatching(/left alone: what SQ holds of relay is not what its file holds/),
    });
    // and neither is another phext asked for, which would drop it
    await writeFile(at('stable', 'other.phext'), 'other');
    const other = await herd.ranch(['content', 'verify', 'stable', '--phext', 'other']);
    expect(other.exitCode).toBe(1);
    await writeFile(file, before);
    await rm(at('stable', 'other.phext'));
  });

  it('a playbook beside the inventory names scrolls that it must hold', async () => {
    const dir = join(dirname(herd.lab.ranchFile), 'playbooks');
    await mkdir(dir, { recursive: true });
    const book = join(dir, 'relay.yaml');
    await writeFile(
      book,
      'kind: content\nphext: relay\nscrolls: [{ coordinate: 1.1.1/1.1.1/1.1.1, name: Origin, begins: nothing else }]\n',
    );
    const { exitCode, stderr } = await deploy('stable', '--yes');
    expect({ exitCode, stderr }).toEqual({
      exitCode: 2,
      stderr: expect.stringMatching(
        /the key scroll Origin at 1\.1\.1\/1\.1\.1\/1\.1\.1: .*begins "beginning/,
      ),
    });
    const verified = await herd.ranch(['content', 'verify', 'stable', '--phext', 'relay']);
    expect(verified.exitCode).toBe(1);
    expect(verified.stdout).toMatch(/content key Origin high/);
    await rm(book);
  });
});

describe('content verify', () => {
  it('reads every coordinate, against the own disk or a file, and makes no ghost', async () => {
    const own = await herd.ranch(['content', 'verify', 'stable', 'keyed', '--phext', 'relay']);
    expect({ exitCode: own.exitCode, stdout: own.stdout }).toEqual({
      exitCode: 0,
      stdout: expect.stringMatching(/stable:\d+ content read: \d+ scrolls, each as it is held/),
    });
    expect(own.stdout).toMatch(/\d+ lookups: median [\d.]+ ms, p95 [\d.]+ ms/);
    const other = await herd.ranch(['content', 'verify', 'stable', '--phext', 'relay', '--file', next]);
    expect(other.exitCode).toBe(1);
    expect(other.stdout).toMatch(/\d+ scrolls; to what is expected .*changed \(1\.1\.1\/1\.1\.1\/1\.1\.1\)/);

    const none = await herd.ranch(['content', 'verify', 'stable', '--phext', 'no-such']);
    expect({ exitCode: none.exitCode, stdout: none.stdout }).toEqual({
      exitCode: 1,
      stdout: expect.stringMatching(/there is no no-such\.phext in its data directory/),
    });
    expect(await readdir(dirname(at('stable')))).not.toContain('no-such.phext');
  });

  it('another phext than the primary is read, and the primary is held again', async () => {
    await writeFile(at('stable', 'second.phext'), 'one\x17two');
    const { exitCode, stdout } = await herd.ranch(['content', 'verify', 'stable', '--phext', 'second']);
    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout: expect.stringMatching(/2 scrolls, each the same/),
    });
    const smoke = await herd.ranch(['smoke', 'stable', '--json']);
    expect(smoke.stdout).toMatch(/"check":"smoke held".*relay\.phext/);
    await rm(at('stable', 'second.phext'));
  });
});

describe('content diff', () => {
  it('names what two hosts, or a host and a file, do not share', async () => {
    await writeFile(next, another('\u001b[31mred'));
    await deploy('keyed', '--yes');
    const { exitCode, stdout } = await herd.ranch(['content', 'diff', 'stable', 'keyed', '--phext', 'relay']);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^stable to keyed: 1 added, 1 changed$/m);
    expect(stdout).toMatch(/^ {2}~ 1\.1\.1\/1\.1\.1\/1\.1\.1 .* B \\x1b\[31mred$/m);
    expect(stdout).toMatch(/^ {2}\+ 99\.9\.9\/9\.9\.9\/9\.9\.9 9 B new there$/m);
    const same = await herd.ranch(['content', 'diff', next, 'keyed', '--phext', 'relay', '--exit-code']);
    expect({ exitCode: same.exitCode, stdout: same.stdout }).toEqual({
      exitCode: 0,
      stdout: expect.stringMatching(/: no scroll differs$/m),
    });
    const differs = await herd.ranch(['content', 'diff', next, 'stable', '--phext', 'relay', '--exit-code']);
    expect(differs.exitCode).toBe(5);
    expect((await herd.ranch(['content', 'diff', 'nobody', 'stable', '--phext', 'relay'])).exitCode).toBe(2);
  });
});

describe('content rescue', () => {
  it('reads out what memory holds though the file is cut off within a character, and evicts nothing', async () => {
    const file = at('stable');
    const before = await readFile(file);
    await herd.ranch(['content', 'verify', 'stable', '--phext', 'relay']);
    await writeFile(file, Buffer.concat([before.subarray(0, 2_000), Buffer.from([0xc3])]));
    // a restart must not ask for that file, which would end this version for good
    const restart = await herd.ranch(['restart', 'stable']);
    expect({ exitCode: restart.exitCode, stderr: restart.stderr }).toEqual({
      exitCode: 7,
      stderr: expect.stringMatching(/the file of relay is gone or cut off/),
    });
    // and neither must a check
    expect((await herd.ranch(['smoke', 'stable'])).exitCode).toBe(1);
    expect((await herd.ranch(['content', 'verify', 'stable', '--phext', 'relay'])).stdout).toMatch(
      /the file of relay is gone or cut off/,
    );
    const out = join(herd.dir, 'rescued.phext');
    const rescue = () => herd.ranch(['content', 'rescue', 'stable', '--phext', 'relay', '-o', out]);
    const { exitCode, stdout } = await rescue();
    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout: expect.stringMatching(/written to .*rescued\.phext, with the checksum that SQ tells/),
    });
    expect(await readFile(out)).toEqual(before);
    expect((await stat(out)).mode & 0o777).toBe(0o600);
    expect((await rescue()).exitCode).toBe(2);
    await writeFile(file, before);
    expect((await herd.ranch(['content', 'verify', 'stable', '--phext', 'relay'])).exitCode).toBe(0);
  });
});
