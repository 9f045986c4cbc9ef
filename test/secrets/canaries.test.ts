import { readdirSync, readFileSync, statSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Ended } from '../cli/captured.ts';
import { found } from './find-secret.ts';
import { type Crashed, realRanch } from './real-process.ts';
import { type Watch, watchArguments } from './watch.ts';
import {
  PASSPHRASE,
  type SecretWorld,
  SUDO_PASSWORD,
  secretWorld,
  UNASKED,
  WRONG,
  WRONG_SUDO,
} from './world.ts';

/** A command and how it must end; the words in braces stand for programs, `@` for a file of the test's own. */
type Row = readonly [line: string, exitCodes: readonly number[]];

/** Every kind of command: looking, planning, failing, changing, telling, keeping. */
const SCRIPT: readonly Row[] = [
  ['sweep -v', [0]],
  ['sweep --json', [0]],
  ['drift --json', [0]],
  ['status -v', [0]],
  ['artifact add {BROKEN} --version 0.5.2 -q', [0]],
  ['rollout 0.5.2 --yes --bake 0 -v', [1]],
  ['show --json', [0]],
  ['artifact add {SQ} --version 0.5.2 --replace -q', [0]],
  ['plan 0.5.2 -o @plan.json', [0]],
  ['logs aurora-continuum', [0]],
  ['logs halcyon-vector --json', [0]],
  ['rollout --plan @plan.json --yes --bake 0 --json -v', [0]],
  ['smoke -v', [0]],
  ['mesh --json -v', [0]],
  ['integrity aurora-continuum -v --kills 1', [0]],
  ['history --json', [0]],
  ['show', [0]],
  ['show --json -v', [0]],
  ['backup aurora-continuum', [0]],
  ['restart halcyon-vector', [0]],
  ['sweep --http', [0]],
  ['rollback --yes --bake 0', [0, 6]],
  ['status --json', [0]],
];

let world: SecretWorld;
let watch: Watch;
let crashed: Crashed;
const ended: (Ended & { readonly line: string })[] = [];

async function command(line: string, answers: readonly string[]): Promise<Ended> {
  const { herd } = world;
  const words = line.split(' ').map((word) => {
    if (word === '{SQ}') return herd.program('0.5.2');
    return word.startsWith('@') ? join(herd.dir, word.slice(1)) : word;
  });
  const broken = words.includes('{BROKEN}') ? await herd.brokenProgram() : '';
  const result = await herd.ranch(
    words.map((word) => (word === '{BROKEN}' ? broken : word)),
    { answers },
  );
  ended.push({ ...result, line });
  return result;
}

/** First line whose 32nd byte is the middle of a letter: on it the broken program fails its proof. */
const SPLIT = `${'x'.repeat(31)}é, and more\n`;

beforeAll(async () => {
  world = await secretWorld();
  const { lab } = world.herd;
  for (const { dataDir, phext } of lab.hosts.flatMap(({ instances }) => instances)) {
    await writeFile(join(dataDir, `${phext}.phext`), SPLIT);
  }
  watch = watchArguments(lab.id);
  for (const [line] of SCRIPT) await command(line, [PASSPHRASE, SUDO_PASSWORD, UNASKED]);
  // What is typed wrong is a secret as well: of another place, or nearly the right one.
  await command('sweep -v', [WRONG, WRONG, WRONG]);
  await command('rollout 0.5.2 --hosts lilly --yes -v', [PASSPHRASE, WRONG_SUDO, WRONG_SUDO]);
  lab.host('halcyon-vector').cut();
  await command('rollout 0.5.2 --yes --bake 0 -v', [PASSPHRASE, SUDO_PASSWORD]);
  await lab.host('halcyon-vector').heal();
  const places = ['-i', lab.ranchFile, '--state', lab.stateDir, '--ssh-config', 'none'];
  const daemon = await realRanch(world.herd.dir, [...places, 'daemon', '--once', '-v', '--json'], []);
  ended.push({ ...daemon, line: 'daemon --once' });
  // Long enough that the process dies while a command is on its way to the host.
  lab.host('lilly').slow(2_000);
  crashed = await realRanch(
    world.herd.dir,
    [...places, 'sweep', '-v', '--hosts', 'lilly'],
    [
      ['Passphrase for', PASSPHRASE],
      ['sudo password on', SUDO_PASSWORD],
    ],
  );
  lab.host('lilly').slow(0);
  ended.push({ ...crashed, line: 'sweep, which crashes' });
}, 1_700_000);
afterAll(async () => {
  watch.stop();
  await world.herd.close();
});

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).map((entry) =>
    join(entry.parentPath, entry.name),
  );
}

describe('secrets planted as keys, passphrases, passwords and variables', () => {
  test('the commands did what they are for, and the secrets were in use', () => {
    for (const [at, [line, codes]] of SCRIPT.entries()) {
      expect(codes, `${line}\n${ended[at]?.stdout}\n${ended[at]?.stderr}`).toContain(ended[at]?.exitCode);
    }
    const talk = ended.map(({ stdout, stderr }) => stdout + stderr).join('\n');
    expect(talk).toContain('Passphrase for');
    expect(talk).toContain('sudo password on lilly');
    expect(talk).not.toContain('sudo password on logos-prime');
    expect(talk).toContain('[redacted]');
    expect(talk).toContain('sudo-refused');
    expect(talk).toContain('authentication-failed');
    expect(talk).toContain('"event":"run-ended"');
    expect(crashed.stderr).toContain('Error: thrown by a test');
    expect(crashed.argv).toContain('sweep');
  });

  test('are nowhere in what a command prints', () => {
    for (const { line, stdout, stderr } of ended) {
      expect(found(world.canaries, stdout), `stdout of ${line}`).toEqual([]);
      expect(found(world.canaries, stderr), `stderr of ${line}`).toEqual([]);
    }
  });

  test('are in no file of the state folder, and in no saved plan', async () => {
    const { lab, dir } = world.herd;
    const files = filesIn(lab.stateDir).filter((file) => statSync(file).isFile());
    expect(files.map((file) => file.slice(lab.stateDir.length + 1))).toEqual(
      expect.arrayContaining(['ranch.sqlite', 'known_hosts']),
    );
    for (const file of [...files, join(dir, 'plan.json')]) {
      expect(found(world.canaries, await readFile(file)), file).toEqual([]);
    }
  });

  test('are in no arguments: of what ranch starts here, of its commands on hosts, of what these start', () => {
    const seen = [...watch.seen(), crashed.argv];
    expect(seen.length).toBeGreaterThan(100);
    expect(seen.some((argv) => argv.includes('/bin/sh'))).toBe(true);
    for (const argv of seen) {
      expect(found(world.canaries, argv), argv.slice(0, 300)).toEqual([]);
    }
  });

  test('the same search finds each of them where it was planted', async () => {
    const { lab } = world.herd;
    const places = [
      ...filesIn(lab.dir)
        .filter((file) => !file.startsWith(lab.stateDir) && statSync(file).isFile())
        .map((file) => readFileSync(file, 'latin1')),
      PASSPHRASE,
      WRONG,
      WRONG_SUDO,
      UNASKED,
      ...lab.hosts.flatMap((host) => host.processes().map(({ pid }) => environOf(pid))),
    ].map((text) => Buffer.from(text, text === PASSPHRASE ? 'utf8' : 'latin1'));
    const names = new Set(
      places.flatMap((bytes) => found(world.canaries, bytes).map((one) => one.split(' as ')[0])),
    );
    const all = world.canaries.map(({ name }) => name);
    // The unencrypted key was there only before the test encrypted it.
    expect([...names].sort()).toEqual(all.filter((name) => name !== 'private key').sort());
  });

  test('the arguments of SQ itself hold the key, as they must: the search would see it elsewhere', () => {
    const [keyed] = world.herd.lab.hosts;
    const raw = keyed?.processes().map(({ pid }) => readFileSync(`/proc/${pid}/cmdline`, 'latin1')) ?? [];
    expect(raw.some((argv) => found(world.canaries, argv).length > 0)).toBe(true);
  });

  test('every file of the state folder is its owner’s alone: 0600, folders 0700', () => {
    const { stateDir } = world.herd.lab;
    for (const file of [stateDir, ...filesIn(stateDir)]) {
      const stat = statSync(file);
      expect([file, stat.mode & 0o777]).toEqual([file, stat.isDirectory() ? 0o700 : 0o600]);
    }
  });
});

function environOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1');
  } catch {
    return '';
  }
}
