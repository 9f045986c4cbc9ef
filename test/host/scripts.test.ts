import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import {
  guardScript,
  UNIT_COMMANDS,
  UNIT_FILES,
  type UnitCommand,
  unitScript,
} from '../../src/host/unit-script.ts';
import { runText, SHELLS } from './sh.ts';

const FOLDER = fileURLToPath(new URL('../../src/host/', import.meta.url));

async function scripts(): Promise<ReadonlyMap<string, string>> {
  const names = (await readdir(FOLDER, { recursive: true })).filter((name) => name.endsWith('.sh')).sort();
  const texts = names.map(async (name) => [name, await readFile(FOLDER + name, 'utf8')] as const);
  return new Map(await Promise.all(texts));
}

/** What travels: each command's script, and what is kept beside the binary. */
const JOINED: ReadonlyMap<string, string> = new Map([
  ...UNIT_COMMANDS.map((name) => [name, unitScript(name as UnitCommand)] as const),
  ['guard', guardScript()],
]);

const definitions = (text: string): readonly string[] =>
  [...text.matchAll(/^([a-z_][a-z0-9_]*)\(\)/gm)].map(([, name]) => name ?? '');

function twice(names: readonly string[]): readonly string[] {
  return names.filter((name, at) => names.indexOf(name) !== at);
}

test('all scripts of a unit are joined, and the others are known', async () => {
  const files = await scripts();
  const inUnit = [...files].filter(([name]) => name.startsWith('unit/') && name !== 'unit/guard.sh');
  expect([...UNIT_FILES].sort()).toEqual(inUnit.map(([, text]) => text).sort());
  expect(inUnit.length).toBeGreaterThan(10);
});

describe.each(SHELLS)('%s reads', (shell) => {
  test('each file', async () => {
    for (const [name, text] of await scripts()) {
      const { code, errors } = await runText(`${shell} -n`, text);
      expect({ name, code, errors }).toEqual({ name, code: 0, errors: '' });
    }
  });

  test('what travels', async () => {
    for (const [name, text] of JOINED) {
      const { code, errors } = await runText(`${shell} -n`, text);
      expect({ name, code, errors }).toEqual({ name, code: 0, errors: '' });
    }
  });

  test('and would tell a mistake', async () => {
    expect((await runText(`${shell} -n`, 'if true; then')).code).not.toBe(0);
  });
});

test('no script holds a here-document: stripping and joining would break it', async () => {
  for (const [name, text] of await scripts()) expect(text, name).not.toMatch(/<<-?\s*['"\\]?[A-Za-z_]/);
});

test('no function is defined twice in what is joined, nor in any other script', async () => {
  expect(twice(UNIT_FILES.flatMap(definitions))).toEqual([]);
  for (const [name, text] of await scripts()) expect(twice(definitions(text)), name).toEqual([]);
  for (const [name, text] of JOINED) expect(twice(definitions(text)), name).toEqual([]);
});

test('no function is called by a name that is put together: only those that are named travel', () => {
  for (const text of UNIT_FILES) expect(text).not.toMatch(/^\s*"?\$\{?\w+\}?_\w+|"\$\{\w+\}_[a-z]+"/m);
});

test('a function that only some commands need stays at home with the others', () => {
  expect(JOINED.get('logs')).not.toContain('copy_phexts');
  expect(JOINED.get('maintain')).toContain('may_stop');
  expect(JOINED.get('guard')).toMatch(/^restore_instance\(\)/m);
});

test('what travels is short enough for one argument, whatever the quoting adds', () => {
  for (const [name, text] of JOINED) expect(text.length, name).toBeLessThan(60_000);
});
