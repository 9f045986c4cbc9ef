import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { createAnswer } from '../../src/ssh/answer.ts';
import { commandLine, markersOf, quote, strip } from '../../src/ssh/command-line.ts';
import { script } from './world.ts';

const NONCE = '0123456789abcdef0123456789abcdef';

/** Every shell a user may log in with that this machine has: how sshd calls it. */
const SHELLS = [
  ['dash', '/bin/dash'],
  ['bash', '/bin/bash'],
  ['busybox', '/bin/busybox', 'sh'],
  ['zsh', '/bin/zsh'],
  ['fish', '/usr/bin/fish'],
].filter(([, path]) => path !== undefined && existsSync(path));

function run(shell: readonly (string | undefined)[], command: string, input = '') {
  const [, path = '', ...before] = shell.filter((part) => part !== undefined);
  const result = spawnSync(path, [...before, '-c', command], {
    input,
    env: { PATH: '/usr/bin:/bin', HOME: '/' },
  });
  const answer = createAnswer(markersOf(NONCE));
  answer.take(result.stdout);
  return { answer, stdout: answer.output().toString(), stderr: result.stderr.toString() };
}

const NASTY = [
  "it's",
  'back\\slash',
  '\\',
  "\\'",
  'two\nlines',
  '$HOME `id` "quoted"',
  '!bang',
  '*',
  '',
  'ünïcode',
];

describe.each(SHELLS)('with %s as login shell', (...shell) => {
  test('arguments arrive as they are', () => {
    const command = commandLine(script('printf "<%s>" "$@"', { args: NASTY }), NONCE, { kind: 'no' });
    expect(run(shell, command).stdout).toBe(NASTY.map((text) => `<${text}>`).join(''));
  });

  test('the script arrives as it is, quotes, backslashes and here-documents included', () => {
    const text = [
      '# away',
      "printf '%s\\n' 'a\\\\b' \"it's\"",
      'cat <<EOF',
      '# stays',
      '',
      '\\$x',
      'EOF',
      'exit 9',
    ].join('\n');
    const { answer, stdout } = run(shell, commandLine(script(text), NONCE, { kind: 'no' }));
    expect(stdout).toBe("a\\\\b\nit's\n# stays\n\n$x\n");
    expect(answer.exitCode).toBe(9);
  });

  test('input reaches the script', () => {
    const command = commandLine(script('cat', { stdin: () => Readable.from([]) }), NONCE, { kind: 'no' });
    expect(run(shell, command, 'pay\nload').stdout).toBe('pay\nload');
  });

  test('a script that is no shell text ends with a code, not with silence', () => {
    const { answer } = run(shell, commandLine(script('if then ( ;;'), NONCE, { kind: 'no' }));
    expect(answer.exitCode).toBe(2);
  });

  test('the locale and the path are ours', () => {
    const command = commandLine(script('echo $LC_ALL; case $PATH in */usr/sbin*) echo sbin;; esac'), NONCE, {
      kind: 'no',
    });
    expect(run(shell, command).stdout).toBe('C\nsbin\n');
  });
});

/** What /bin/sh may be on a host. */
const POSIX = SHELLS.filter(([name]) => name === 'dash' || name === 'bash' || name === 'busybox');

describe.each(POSIX)('with %s as /bin/sh', (...shell) => {
  const [, path = '', ...before] = shell.filter((part) => part !== undefined);

  /** The command with another /bin/sh, in a session of its own as sshd makes one. */
  function start(text: string) {
    const command = commandLine(script(text), NONCE, { kind: 'no' });
    const own = command.replace('exec /bin/sh', `exec ${[path, ...before].join(' ')}`);
    return spawn('/bin/dash', ['-c', own], { detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
  }

  test('says nothing of its own', async () => {
    const child = start('echo out; echo err >&2');
    const errors: Buffer[] = [];
    child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
    child.stdout.resume();
    const [code] = await once(child, 'close');
    expect([code, Buffer.concat(errors).toString()]).toEqual([0, 'err\n']);
  });

  test('ends what runs when its input ends', async () => {
    const child = start('echo running; sleep 31; echo never');
    const closed = once(child, 'close');
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk;
      if (output.includes('running')) child.stdin.end();
    });
    child.stderr.resume();
    await closed;
    expect(output).not.toContain('never');
    expect(output).not.toContain('-ends');
  });
});

describe('the command', () => {
  test('hides its markers from shells that echo it', () => {
    const command = commandLine(script('true'), NONCE, { kind: 'no' });
    const { start, end } = markersOf(NONCE);
    expect(command).not.toContain(start.trim());
    expect(command).not.toContain(end.trim());
  });

  test('uses sudo only where asked, and then never waits for a password it has not got', () => {
    const plain = commandLine(script('true'), NONCE, { kind: 'no' });
    const root = commandLine(script('true'), NONCE, { kind: 'sudo' });
    expect(plain).not.toContain('sudo');
    expect(root).toContain('sudo -n --');
  });

  test('quotes what a shell would take apart', () => {
    expect(quote("a'b\\c")).toBe(`'a'\\''b'\\\\'c'`);
  });

  test('leaves out comments and blank lines, but nothing of a here-document', () => {
    expect(strip("a\n  # b\n\nc <<-'E'\n# d\n\n\tE\n# e\nf")).toBe("a\nc <<-'E'\n# d\n\n\tE\nf");
  });
});
