import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FUNCTIONS, runText, SHELLS, temporaryFolder } from './sh.ts';

/** Stand before the real commands and write down what they are called with, a call a line. */
const WATCHED = ['dd', 'cp', 'mv', 'sync']
  .map((name) => `${name}() { echo "${name} $*" >>"$calls"; command ${name} "$@"; }`)
  .join('\n');

const NEW = Buffer.from('#!/bin/sh\necho 0.5.2\n');
const OLD = Buffer.from('#!/bin/sh\necho 0.5.1\n');
/** Stands for the folder of a test. */
const BIN = '/usr/local/bin';

const shaOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

/**
 * What a power cut could take of a file that was renamed into place: it has to be on the disk before it gets its name,
 * and the name afterwards. Empty when the order was kept.
 */
function lacking(calls: readonly string[], file: string): readonly string[] {
  const words = calls.map((call) => call.split(' '));
  const renamed = words.findLastIndex(([name, ...args]) => name === 'mv' && args.at(-1) === file);
  if (renamed < 0) return [`${file} was never renamed into place`];
  const from = words[renamed]?.at(-2) ?? '';
  const written = words
    .slice(0, renamed)
    .some(
      ([name, ...args]) =>
        (name === 'sync' && args.includes(from)) ||
        (name === 'dd' && args.includes(`of=${from}`) && args.includes('conv=fsync')),
    );
  const named = words
    .slice(renamed)
    .some(([name, ...args]) => name === 'sync' && args.includes(dirname(file)));
  return [
    ...(written ? [] : [`${from} was not on the disk when it became ${file}`]),
    ...(named ? [] : [`the name ${file} was not on the disk`]),
  ];
}

describe.each(SHELLS)('%s', (shell) => {
  /** A unit on its old binary, leased; runs `lines` on it and gives the watched calls. */
  async function callsOf(lines: string): Promise<readonly string[]> {
    const folder = await temporaryFolder();
    const calls = join(folder, 'calls');
    await mkdir(join(folder, 'bin'));
    await writeFile(join(folder, 'bin/sq'), OLD, { mode: 0o755 });
    await writeFile(calls, '');
    const setup = `calls=$1 new=${shaOf(NEW)} old=${shaOf(OLD)}\n${WATCHED}\nopen_unit "$2"`;
    const input = NEW.toString();
    const ran = await runText(
      shell,
      `${FUNCTIONS}\n${setup}\n${lines}`,
      [calls, join(folder, 'bin/sq')],
      input,
    );
    expect(ran.out, ran.errors).not.toContain('error\t');
    const text = await readFile(calls, 'utf8');
    return text
      .replaceAll(`${folder}/bin`, BIN)
      .split('\n')
      .filter((line) => line !== '');
  }
  const STAGED = `lease r-1 60\nstage r-1 1 $new ${NEW.length} check\nstage r-1 1 $new ${NEW.length} put`;
  // the timer is no file, and what the test starts has to end with it
  const ARMED = `${STAGED}\nstart_timer() { :; }\narm r-1 1 $new $old 30 1337 0 0 bare - "$(id -un)" "$bindir/data" - </dev/null`;

  test('the fencing number', async () => {
    expect(lacking(await callsOf('lease r-1 60'), `${BIN}/.ranch/token`)).toEqual([]);
  });

  test('a binary that was sent', async () => {
    const calls = await callsOf(STAGED);
    expect(lacking(calls, `${BIN}/.ranch/releases/${shaOf(NEW).slice(0, 12)}/sq`)).toEqual([]);
  });

  test("the dead man's file", async () => {
    expect(lacking(await callsOf(ARMED), `${BIN}/.ranch/armed`)).toEqual([]);
  });

  test('the live binary, there and back', async () => {
    const switched = `${ARMED}\nstart_instance() { pid=$$ start=0; }\nswitch_work`;
    expect(lacking(await callsOf(switched), `${BIN}/sq`)).toEqual([]);
    const back = `${ARMED}\nhas_release $new && place "$release"; has_release $old && place "$release"`;
    expect(lacking(await callsOf(back), `${BIN}/sq`)).toEqual([]);
  });

  test('which binary was confirmed', async () => {
    const confirmed = `${ARMED}\nhas_release $new && place "$release"\nstill_new() { :; }\nconfirm r-1 1 $new`;
    expect(lacking(await callsOf(confirmed), `${BIN}/.ranch/confirmed`)).toEqual([]);
  });
});
