import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FUNCTIONS, runText, SHELLS, temporaryFolder } from './sh.ts';

/** Whatever needs space fails, as on a full disk; to rename or to link does not. */
const FULL_DISK = 'cp() { return 1; }\nput() { return 1; }\n';
const OLD = 'the old binary';

async function unit() {
  const folder = await temporaryFolder();
  const binary = join(folder, 'sq');
  await mkdir(join(folder, '.ranch'));
  await writeFile(binary, OLD, { mode: 0o751 });
  await writeFile(join(folder, 'new'), 'the new binary');
  return { folder, binary };
}

describe.each(SHELLS)('%s', (shell) => {
  const run = (lines: string, binary: string) => runText(shell, `${FUNCTIONS}\n${lines}`, [binary]);
  const SWITCH = 'open_unit "$1"; sum "$bin"; a_old=$sum; keep_back && mv "$bindir/new" "$bin"\n';

  test('the way back needs no space, and it is the very file', async () => {
    const { binary } = await unit();
    const before = await stat(binary);
    const { out } = await run(`${SWITCH}cat "$bin"\n${FULL_DISK}go_back && echo " is gone"`, binary);
    expect(out).toBe('the new binary is gone\n');
    expect(await readFile(binary, 'utf8')).toBe(OLD);
    const { ino, mode } = await stat(binary);
    expect([ino, mode]).toEqual([before.ino, before.mode]);
  });

  test('twice is once', async () => {
    const { binary } = await unit();
    const { out } = await run(`${SWITCH}keep_back && go_back && go_back && echo well`, binary);
    expect(out).toBe('well\n');
    expect(await readFile(binary, 'utf8')).toBe(OLD);
  });

  test('what was kept is not taken for what it is not: then it is a copy of the release, or a word', async () => {
    const { folder, binary } = await unit();
    const { out } = await run(`${SWITCH}echo other >"$d/back"; go_back || echo "cannot"`, binary);
    expect(out).toBe('cannot\n');
    expect(await readFile(binary, 'utf8')).toBe('the new binary');
    await writeFile(join(folder, 'saved'), OLD);
    const release =
      'open_unit "$1"; sum "$bindir/saved"; a_old=$sum; adopt_release "$bindir/saved" "$sum"; go_back && echo back';
    expect((await run(release, binary)).out).toBe('back\n');
    expect(await readFile(binary, 'utf8')).toBe(OLD);
  });

  test('a switch of what runs already, after a way back that could not end it, still brings it to its path', async () => {
    const { folder, binary } = await unit();
    await mkdir(join(folder, '.ranch', 'lease'));
    const armed =
      'printf "r-1 1 %s 9 %s %s\\n1337\\t1\\t1\\tbare\\t-\\troot\\t%s\\t-\\n" "$boot" "$a_new" "$a_old" "$bindir" >"$d/armed"';
    const lines = [
      'open_unit "$1"; release=$bindir/new; sum "$release"; a_new=$sum; sum "$bin"; a_old=$sum a_token=1',
      'running() { pid=1 start=1; }; running_sum() { sum=$a_new; }',
      armed,
      'switch_work',
    ];
    const { out } = await run(lines.join('\n'), binary);
    expect(out).toMatch(/^switched\t1337\t1\t1\t0\t0\t[0-9a-f]{64}\nend\n$/);
    expect(await readFile(binary, 'utf8')).toBe('the new binary');
    expect(await readFile(join(folder, '.ranch', 'back'), 'utf8')).toBe(OLD);
  });

  test('a boot before the host has decided brings back what was there; after a first install, nothing', async () => {
    const { folder, binary } = await unit();
    const boots = (old: string): string =>
      [
        'forget_boot() { :; }',
        `open_unit "$1"; sum "$bin"; a_new=$sum; ${old}`,
        'printf "r-1 1 another-boot 9 %s %s\\n1337\\t0\\t0\\tsystemd-system\\tsq.service\\troot\\t%s\\t-\\n" "$a_new" "$a_old" "$bindir" >"$d/armed"',
        'at_boot; [ ! -e "$d/armed" ] && echo decided',
      ].join('\n');
    const back = 'ln "$bindir/new" "$d/back"; sum "$d/back"; a_old=$sum';
    expect((await run(boots(back), binary)).out).toBe('decided\n');
    expect(await readFile(binary, 'utf8')).toBe('the new binary');
    expect((await run(boots('a_old=-'), binary)).out).toBe('decided\n');
    expect(await readdir(folder)).not.toContain('sq');
  });

  test('of a first install nothing stays, but the binary of an SQ that could not be ended', async () => {
    const { folder, binary } = await unit();
    const back = (ended: string): string =>
      [
        'open_unit "$1"; a_new=new; each_instance() { [ "$2" != revert_instance ] || revert_instance; }',
        `revert_instance() { ${ended}; }`,
        'printf "r-1 1 %s 9 new -\n1337\t1\t1\tbare\t-\troot\t/data\t-\n" "$boot" >"$d/armed.reverting"',
        'put_back "$d/armed.reverting" timer; cat "$d/outcome"; [ ! -e "$d/armed.reverting" ] && echo decided',
      ].join('\n');
    const kept = await run(back('why="unsaved the disk is full"; return 1'), binary);
    expect(kept.out).toBe('revert-failed unsaved the disk is full by timer (token 1)\ndecided\n');
    expect(await readdir(folder)).toContain('sq');
    // It is there for as long as SQ is: whoever ends that looks for it by its binary.
    const gone = await run(back('[ -e "$bin" ] && echo ended'), binary);
    expect(gone.out).toBe('ended\nreverted by timer (token 1)\ndecided\n');
    expect(await readdir(folder)).not.toContain('sq');
  });

  test('what is at the path when it is confirmed is the new binary', async () => {
    const { binary } = await unit();
    const lines = [
      'open_unit "$1"; sum "$bindir/new"; printf "r-1 1 %s 9 %s -\\n" "$boot" "$sum" >"$d/armed"',
      'check_lease() { :; }',
      'confirm r-1 1 "$sum"',
    ];
    expect((await run(lines.join('\n'), binary)).out).toMatch(
      /^error\tverify-failed\t.*is not the new binary/,
    );
    await writeFile(binary, 'the new binary');
    expect((await run(lines.join('\n'), binary)).out).toMatch(/^confirmed\t/);
  });

  test('a way back that a full disk refuses is not told as if there had been nothing to put back', async () => {
    const { binary } = await unit();
    const lines = [
      'open_unit "$1"; : >"$d/armed"; check_lease() { :; }; switching_now() { return 1; }',
      // what put_back does, where not even a line of what became of it can be written
      'setsid() { :; }',
      'revert r-1 1; rm "$d/armed.reverting"; revert r-1 1; echo "reverted by r-1" >"$d/outcome"; revert r-1 1',
    ];
    expect((await run(lines.join('\n'), binary)).out.split('\n')).toEqual([
      expect.stringMatching(/^outcome\trevert-failed disk-full .* could not be written in /),
      'outcome\tnothing to revert',
      'outcome\treverted by r-1',
      '',
    ]);
  });

  test('what became of a way back is written where only what a switch asks for leaves room for it', async () => {
    const { folder, binary } = await unit();
    await mkdir(join(folder, '.ranch', 'proven'));
    const lines = [
      'open_unit "$1"; printf "r-1 1 %s 9 new old\n1337\t1\t1\tbare\t-\troot\t/data\t-\n" "$boot" >"$d/armed.reverting"',
      'go_back() { :; }; revert_instance() { why="unsaved the disk is full"; return 1; }; dropins() { :; }',
      'put() { [ ! -d "$d/proven" ] && printf "%s\n" "$2" >"$1"; }',
      'put_back "$d/armed.reverting" timer; cat "$d/outcome"',
    ];
    const { out } = await run(lines.join('\n'), binary);
    expect(out).toBe('revert-failed unsaved the disk is full by timer (token 1)\n');
  });

  test('an SQ that ended by itself before it could be frozen is not told as one that never stopped writing', async () => {
    const { binary } = await unit();
    const lines = [
      'open_unit "$1"; held_pid=7 held_unit="bare root -" a_new=new why=; start_of() { start=1; }; running_sum() { sum=old; }',
      'freeze() { return 1; }; same() { [ "$there" = yes ]; }',
      'for there in no yes; do switch_instance 1337 7 1 bare - root /data; echo "$why"; done',
    ];
    expect((await run(lines.join('\n'), binary)).out.split('\n')).toEqual([
      'switch-failed SQ on port 1337 (pid 7) ended by itself',
      'never-quiet SQ on port 1337 never stopped writing',
      '',
    ]);
  });

  test('the hold of a switch that was killed ends before the next makes its own', async () => {
    const { binary } = await unit();
    const lines = [
      'open_unit "$1"; : >"$d/hold.1337"',
      'sctl() { shift 2; [ "$1" != stop ] || echo "stop"; }; make_hold() { echo "make"; }; dropins() { :; }',
      'ready_unit 1337 1 1 systemd-system sq.service root',
    ];
    expect((await run(lines.join('\n'), binary)).out).toBe('stop\nmake\n');
  });
});
