import { describe, expect, test } from 'vitest';
import { parseScript, reachable, stripped } from '../../src/host/shell-functions.ts';
import { guardScript, UNIT_COMMANDS, UNIT_FILES, unitScript } from '../../src/host/unit-script.ts';

const SCRIPT = `# a comment
umask 022

# one: calls two
one() {
  # inside
  two "$1"
  if true; then
    { echo a; }
  fi
}
short() { three; }
two() {
  echo two
}
three() {
  echo three
}
`;

describe('parseScript', () => {
  const parsed = parseScript(SCRIPT);

  test('tells functions from what stands outside of them', () => {
    expect(parsed.topLevel).toBe('umask 022');
    expect([...parsed.functions.keys()]).toEqual(['one', 'short', 'two', 'three']);
    expect(parsed.functions.get('one')).toBe('one() {\ntwo "$1"\nif true; then\n{ echo a; }\nfi\n}');
    expect(parsed.functions.get('short')).toBe('short() { three; }');
  });

  test('gives what a line can reach, and nothing else, in the order of definition', () => {
    const names = reachable(parsed, 'one x').map((body) => body.slice(0, body.indexOf('(')));
    expect(names).toEqual(['one', 'two']);
    expect(reachable(parsed, 'echo')).toEqual([]);
  });

  test('refuses a name that is defined twice, and a function without an end', () => {
    expect(() => parseScript('a() {\n}\na() {\n}\n')).toThrow('twice');
    expect(() => parseScript('a() {\n  b\n')).toThrow('does not end');
  });

  test('stripping leaves no comment line and no indentation', () => {
    expect(stripped('  a\n# b\n\n  # c\n    d\n')).toBe('a\nd');
  });
});

describe('the scripts of a unit', () => {
  const all = parseScript(UNIT_FILES.join('\n'));

  test.each([...UNIT_COMMANDS])('%s holds every function of ours that it names', (command) => {
    const text = unitScript(command as Parameters<typeof unitScript>[0]);
    const has = parseScript(`${text}\n`).functions;
    for (const body of has.values()) {
      for (const [word] of body.matchAll(/^[a-z_][a-z0-9_]*/gm)) {
        if (all.functions.has(word)) expect(has.has(word)).toBe(true);
      }
    }
  });

  test.each([...UNIT_COMMANDS])('%s fits into one exec request of any SSH server', (command) => {
    const text = unitScript(command as Parameters<typeof unitScript>[0]);
    // Servers built on ssh2 take packets of up to 35,000 bytes; quoting makes each quote four.
    expect(text.replaceAll("'", "'\\''").length).toBeLessThan(30_000);
  });

  test('the guard can do everything that runs detached', () => {
    const has = parseScript(`${guardScript()}\n`).functions;
    for (const name of ['switch_work', 'maintain_work', 'fire', 'at_boot', 'put_back', 'start_instance']) {
      expect(has.has(name)).toBe(true);
    }
  });
});
