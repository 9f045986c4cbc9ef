import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  command,
  endAfterTest,
  FUNCTIONS,
  runText,
  SHELLS,
  startTicks,
  temporaryFolder,
  until,
} from './sh.ts';

// Real processes on a machine that others use as well.
const bootId = async () => (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();

describe.each(SHELLS)('%s', (shell) => {
  const place = async () => {
    const folder = await temporaryFolder();
    const binary = join(folder, 'bin', 'sq');
    const kept = join(folder, 'bin', '.ranch');
    return {
      kept,
      take: (holder: string, seconds = 600, ...more: readonly (string | number)[]) =>
        command(shell, 'lease', [binary, holder, seconds, '-', ...more]),
      takeOver: (holder: string, ended: string) => command(shell, 'lease', [binary, holder, 600, ended]),
      inspect: (...ports: readonly number[]) =>
        command(shell, 'inspect', [binary, ...ports.flatMap((port) => [port, 'bare', '-', 'nobody'])]),
      release: (holder: string, token: number) => command(shell, 'release', [binary, holder, token]),
      /** A command that changes something and asks for the lease first. */
      change: (holder: string, token: number) => command(shell, 'prove-end', [binary, holder, token]),
    };
  };
  const refused = (code: string) => [expect.stringMatching(new RegExp(`^error\t${code}\t`))];

  test('is taken, renewed by its holder, refused to others, and taken again once it is let go', async () => {
    const { take, release, change } = await place();
    expect(await take('r-1')).toEqual(['lease\t1']);
    expect(await take('r-1')).toEqual(['lease\t1']);
    expect(await take('r-2')).toEqual(refused('host-locked'));
    expect(await change('r-1', 1)).toEqual([]);
    expect(await release('r-1', 1)).toEqual(['released\t1']);
    expect(await take('r-2')).toEqual(['lease\t2']);
  });

  test('is taken over from who is known to have ended, with a new token, and not before all is decided', async () => {
    const { take, takeOver, change, kept } = await place();
    await take('r-2');
    expect(await takeOver('r-3', 'r-1,r-22')).toEqual(refused('host-locked'));
    const switching = join(kept, 'lease', 'switching');
    await writeFile(switching, `${process.pid} ${await startTicks(process.pid)} ${await bootId()}\n`);
    expect(await takeOver('r-3', 'r-1,r-2')).toEqual(refused('host-locked'));
    await rm(switching);
    for (const undecided of ['armed', 'armed.reverting', 'armed.confirmed']) {
      await writeFile(join(kept, undecided), '');
      expect(await takeOver('r-3', 'r-1,r-2')).toEqual(refused('host-locked'));
      await rm(join(kept, undecided));
    }
    expect(await takeOver('r-3', 'r-1,r-2')).toEqual(['lease\t2']);
    expect(await change('r-2', 1)).toEqual(refused('token-stale'));
    expect(await change('r-3', 2)).toEqual([]);
  });

  test('that ran out goes to one of two who found it so at once', async () => {
    const folder = await temporaryFolder();
    const lines = [
      FUNCTIONS,
      'open_unit "$1"',
      '(lease r-1 0)',
      // a rival comes between the look and the takeover
      'mv() { [ "$1" != "$d/lease" ] || (unset -f mv; lease r-3 600); command mv "$@"; }',
      '(lease r-2 600)',
      '(lease r-2 600)',
    ];
    const { out } = await runText(shell, lines.join('\n'), [join(folder, 'sq')]);
    expect(out.trim().split('\n')).toEqual([
      'lease\t1',
      expect.stringMatching(/^error\thost-locked\t/),
      'end',
      'lease\t2',
      'lease\t2',
    ]);
  });

  test('that ran out goes to nobody who found it so before another took it', async () => {
    const folder = await temporaryFolder();
    const lines = [
      FUNCTIONS,
      'open_unit "$1"',
      '(lease r-1 0)',
      'mkdir() { [ "$1" != "$d/lease/taken" ] || (unset -f mkdir; lease r-3 600); command mkdir "$@"; }',
      '(lease r-2 600)',
      'ls "$d/lease"',
    ];
    const { out } = await runText(shell, lines.join('\n'), [join(folder, 'sq')]);
    expect(out.trim().split('\n')).toEqual([
      'lease\t1',
      'lease\t2',
      expect.stringMatching(/^error\thost-locked\t/),
      'end',
      'maker',
      'owner',
    ]);
  });

  test('that ran out is told as it is where a full disk has no room to take it over', async () => {
    const folder = await temporaryFolder();
    const full = 'mkdir() { [ "$1" != "$d/lease/taken" ] || return 1; command mkdir "$@"; }';
    const lines = [FUNCTIONS, 'open_unit "$1"', '(lease r-1 0)', full, '(lease r-2 600)'];
    const { out } = await runText(shell, lines.join('\n'), [join(folder, 'sq')]);
    expect(out).toMatch(/^lease\t1\nerror\tdisk-full\t/);
  });

  test('that ran out is taken over though another died at that', async () => {
    const { take, kept } = await place();
    await take('r-1', 0);
    const taken = join(kept, 'lease', 'taken');
    await mkdir(taken);
    expect(await take('r-2')).toEqual(refused('host-locked'));
    const longAgo = new Date(Date.now() - 11_000);
    await utimes(taken, longAgo, longAgo);
    expect(await take('r-2')).toEqual(['lease\t2']);
  });

  test('comes with how a bare process runs: on the disk, for its owner alone, until it is let go of', async () => {
    const { take, release, kept } = await place();
    const child = spawn('sleep', ['60'], { env: { KEPT: 'it is' } });
    endAfterTest(child);
    await once(child, 'spawn');
    const pid = child.pid ?? 0;
    await until(async () => (await readFile(`/proc/${pid}/cmdline`, 'utf8')).startsWith('sleep'));
    const file = join(kept, 'replay', '1337');
    await take('r-1', 60, 1337, pid, await startTicks(pid), 'bare');
    expect(await readFile(file, 'utf8')).toMatch(
      new RegExp(`^# ${await bootId()} \\S+\ncd [^]*'KEPT=it is'`),
    );
    expect(((await stat(file)).mode & 0o777).toString(8)).toBe('600');
    expect(((await stat(join(kept, 'replay'))).mode & 0o777).toString(8)).toBe('700');
    await release('r-1', 1);
    await expect(stat(join(kept, 'replay'))).rejects.toThrow('ENOENT');
  });

  test('keeps for a resume how a process ran that a power cut ended, and says that it can be started', async () => {
    const { take, release, kept, inspect } = await place();
    await mkdir(join(kept, 'replay'), { recursive: true });
    await writeFile(join(kept, 'replay', '1337'), '# 0000-an-earlier-boot nobody\ncd /\n');
    await writeFile(join(kept, 'replay', '1338'), `# ${await bootId()} nobody\ncd /\n`);
    await writeFile(join(kept, 'replay', '1339.new'), '# half');
    expect(await inspect(1337)).toEqual(expect.arrayContaining(['stopped\t1337', 'startable\t1337']));
    await take('r-1');
    await release('r-1', 1);
    expect(await readdir(join(kept, 'replay'))).toEqual(['1337']);
    // A look for a server walks through all processes of a machine, and others may have thousands on this one.
  }, 300_000);

  test('that ran out goes to the next, and its old holder can change nothing any more', async () => {
    const { take, release, change, kept } = await place();
    expect(await take('r-1', 0)).toEqual(['lease\t1']);
    expect(await change('r-1', 1)).toEqual(refused('token-stale'));
    expect(await take('r-2')).toEqual(['lease\t2']);
    expect(await change('r-1', 1)).toEqual(refused('token-stale'));
    expect(await release('r-1', 1)).toEqual(['released\t0']);
    expect(await change('r-2', 2)).toEqual([]);
    expect(await readFile(join(kept, 'log'), 'utf8')).toMatch(
      /lease 1 taken by r-1\n.* lease 2 taken by r-2\n$/,
    );
  });

  test('with the name of the holder but another number is not the lease', async () => {
    const { take, change } = await place();
    await take('r-1', 0);
    await take('r-2', 0);
    await take('r-1');
    expect(await change('r-1', 1)).toEqual(refused('token-stale'));
    expect(await change('r-1', 3)).toEqual([]);
  });

  test('of an earlier boot is nobody’s', async () => {
    const { take, change, kept } = await place();
    await take('r-1');
    const owner = await readFile(join(kept, 'lease', 'owner'), 'utf8');
    await writeFile(
      join(kept, 'lease', 'owner'),
      owner.replace(await bootId(), '00000000-0000-0000-0000-000000000000'),
    );
    expect(await change('r-1', 1)).toEqual(refused('token-stale'));
    expect(await take('r-2')).toEqual(['lease\t2']);
  });

  test('that was only half made as the power went keeps nobody out after the boot', async () => {
    const { take, kept } = await place();
    const half = async (folder: string, boot: string): Promise<void> => {
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, 'maker'), `${boot} 4711\n`);
    };
    const earlier = '00000000-0000-0000-0000-000000000000';
    const lease = join(kept, 'lease');
    await half(lease, earlier);
    expect(await take('r-1', 0)).toEqual(['lease\t1']);
    await half(join(lease, 'taken'), await bootId());
    expect(await take('r-2')).toEqual(refused('host-locked'));
    await half(join(lease, 'taken'), earlier);
    expect(await take('r-2', 0)).toEqual(['lease\t2']);
    // A clock that went back, as it does at the boot of a host that has none while it is off.
    const later = new Date(Date.now() + 3_600_000);
    await half(join(lease, 'taken'), await bootId());
    await utimes(join(lease, 'taken'), later, later);
    expect(await take('r-3')).toEqual(['lease\t3']);
  });

  test('is never taken over while its holder’s change is under way', async () => {
    const { take, kept } = await place();
    await take('r-1', 0);
    const child = spawn('sleep', ['600']);
    endAfterTest(child);
    const pid = child.pid ?? 0;
    await writeFile(join(kept, 'lease', 'switching'), `${pid} ${await startTicks(pid)} ${await bootId()}\n`);
    expect(await take('r-2')).toEqual(refused('host-locked'));
    await writeFile(join(kept, 'lease', 'switching'), `${pid} 1 ${await bootId()}\n`);
    expect(await take('r-2')).toEqual(['lease\t2']);
  });

  test('whose maker died before it wrote its name is taken over after ten seconds', async () => {
    const { take, kept } = await place();
    await mkdir(join(kept, 'lease'), { recursive: true });
    const before = Math.floor(Date.now() / 1000) - 8;
    await utimes(join(kept, 'lease'), before, before);
    expect(await take('r-1')).toEqual(['lease\t1']);
    expect(Date.now() / 1000).toBeGreaterThanOrEqual(before + 10);
  });

  test('that a killed controller’s script is still taking is waited for, and then its successor’s as well', async () => {
    const folder = await temporaryFolder();
    const lines = [
      FUNCTIONS,
      'open_unit "$1"; mkdir "$d"',
      '(put_durably() { : >"$d/going"; until [ -e "$d/met" ]; do sleep 0.01; done; put "$@"; }; lease r-1 600) &',
      'until [ -e "$d/going" ]; do sleep 0.01; done',
      'sleep() { : >"$d/met"; command sleep "$@"; }',
      '(lease r-1 600); wait; (lease r-2 600)',
    ];
    const { out } = await runText(shell, lines.join('\n'), [join(folder, 'sq')]);
    const answers = out.trim().split('\n');
    expect(answers).toEqual([
      'lease\t1',
      'lease\t1',
      expect.stringMatching(/^error\thost-locked\tr-1 holds/),
      'end',
    ]);
  });

  test('is not written over by a maker that stood still until it was taken for dead', async () => {
    const folder = await temporaryFolder();
    const late = new Date(Date.now() - 11_000).toISOString();
    const lines = [
      FUNCTIONS,
      'open_unit "$1"; mkdir "$d"',
      // it stands still as it has counted, and another shell comes
      `put_durably() { put "$@"; unset -f put_durably; touch -d '${late}' "$d/lease"; sh -c "$text" ranch "$bin"; }`,
      '(lease r-1 600); cat "$d/lease/owner"',
    ];
    const other = [FUNCTIONS, 'open_unit "$1"', 'lease r-2 600 >/dev/null'];
    const { out } = await runText(
      shell,
      `text='${other.join('\n').replaceAll("'", "'\\''")}'\n${lines.join('\n')}`,
      [join(folder, 'sq')],
    );
    expect(out.trim().split('\n')).toEqual([
      expect.stringMatching(/^error\thost-locked\tanother controller/),
      'end',
      expect.stringMatching(/^r-2 2 /),
    ]);
  });

  test('numbers only ever grow, also where the lease itself was swept away', async () => {
    const { take, kept } = await place();
    await take('r-1');
    await rm(join(kept, 'lease'), { recursive: true });
    expect(await take('r-2')).toEqual(['lease\t2']);
  });

  test('of many who want it at once one gets it, whether it is free or has run out', async () => {
    const { take } = await place();
    for (const token of [1, 2]) {
      const answers = await Promise.all(Array.from({ length: 6 }, (_, at) => take(`r-${token}-${at}`)));
      expect(answers.flat().filter((line) => line.startsWith('lease'))).toEqual(
        token === 1 ? ['lease\t1'] : [],
      );
    }
  });
});
