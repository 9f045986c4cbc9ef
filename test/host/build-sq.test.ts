import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { asVersion } from '../../src/domain/brand.ts';
import { RanchError } from '../../src/domain/errors.ts';
import { buildSqScript, parseBuild } from '../../src/host/build-sq.ts';

const VERSION = asVersion('0.5.2') ?? fail();

function fail(): never {
  throw new Error('no version');
}

/** Shells that hosts have as /bin/sh, where this machine has them. */
const SHELLS = ['dash', 'busybox sh', 'bash --posix'].filter((shell) =>
  ['/bin', '/usr/bin'].some((folder) => existsSync(join(folder, shell.split(' ')[0] ?? ''))),
);

/** Plays cargo: puts a program that says it is 0.5.2, with bytes of every kind behind it, where it was told to. */
const CARGO = `#!/bin/sh
echo "$*" >"$HOME/asked"
echo "   Compiling libphext v0.3.0" >&2
while [ "$1" != --root ]; do shift; done
mkdir -p "$2/bin"
{ printf '#!/bin/sh\\necho 0.5.2\\nexit\\n'; printf '\\nend\\n\\000\\377\\nbinary\\t3\\n'; } >"$2/bin/sq"
chmod +x "$2/bin/sq"
`;

async function home(cargo: string | undefined) {
  const folder = await mkdtemp(join(tmpdir(), 'ranch-build-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const bin = join(folder, '.cargo', 'bin');
  await mkdir(bin, { recursive: true });
  await mkdir(join(folder, 'tmp'));
  if (cargo !== undefined) {
    await writeFile(join(bin, 'cargo'), cargo);
    await chmod(join(bin, 'cargo'), 0o755);
  }
  return folder;
}

interface StartOptions {
  readonly maxBytes?: number;
  readonly path?: string;
}

/** The script always finds the cargo of the system itself, where there is one. */
const systemCargo = ['/usr/local/bin', '/usr/bin', '/bin'].some((place) => existsSync(join(place, 'cargo')));

function start(shell: string, folder: string, { maxBytes, path }: StartOptions = {}): ChildProcess {
  const { text, args } = buildSqScript(VERSION, true);
  const [version = '', locked = '', most = ''] = args;
  const [program = '', ...options] = shell.split(' ');
  return spawn(program, [...options, '-c', text, 'ranch', version, locked, String(maxBytes ?? most)], {
    env: {
      HOME: folder,
      TMPDIR: join(folder, 'tmp'),
      PATH: path ?? `${join(folder, '.cargo', 'bin')}:/usr/bin:/bin`,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

async function run(shell: string, folder: string, options?: StartOptions): Promise<Buffer> {
  const { stdout } = start(shell, folder, options);
  return stdout ? buffer(stdout) : fail();
}

describe.each(SHELLS)('the script under %s', (shell) => {
  test('gives the program byte for byte, its version and libphext, and leaves nothing', async () => {
    const folder = await home(CARGO);
    const build = parseBuild('h', await run(shell, folder));
    expect(build).toMatchObject({ kind: 'built', printed: '0.5.2', libphext: '0.3.0' });
    const program = build.kind === 'built' ? Buffer.from(build.binary).toString('latin1') : '';
    expect(program).toBe('#!/bin/sh\necho 0.5.2\nexit\n\nend\n\0\xff\nbinary\t3\n');
    expect(await readdir(join(folder, 'tmp'))).toEqual([]);
  });

  test('tells a failure with the last that cargo said', async () => {
    const folder = await home('#!/bin/sh\necho first; printf "error: no\\tsuch\\033[2J\\n"; exit 101\n');
    const build = parseBuild('h', await run(shell, folder));
    expect(build).toEqual({ kind: 'failed', exitCode: 101, log: ['first', 'error: no?such?[2J'] });
    expect(await readdir(join(folder, 'tmp'))).toEqual([]);
  });

  test.skipIf(systemCargo)(
    'finds the cargo of rustup where no PATH names it, or tells that there is none',
    async () => {
      const path = { path: '/usr/bin:/bin' };
      expect(parseBuild('h', await run(shell, await home(CARGO), path)).kind).toBe('built');
      expect(parseBuild('h', await run(shell, await home(undefined), path)).kind).toBe('no-cargo');
    },
  );

  test('prints no program that is larger than asked', async () => {
    const answer = await run(shell, await home(CARGO), { maxBytes: 10 });
    expect(() => parseBuild('h', answer)).toThrow(expect.objectContaining({ code: 'answer-too-large' }));
  });

  test('when it is ended, cargo ends and the folder goes', async () => {
    const folder = await home('#!/bin/sh\necho $$ >"$HOME/ready"; exec sleep 1000\n');
    execFileSync('mkfifo', [join(folder, 'ready')]);
    const child = start(shell, folder);
    const [pid] = await once(createReadStream(join(folder, 'ready'), 'utf8'), 'data');
    expect(await readdir(join(folder, 'tmp'))).toHaveLength(1);
    child.kill('SIGTERM');
    await once(child, 'close');
    expect(await readdir(join(folder, 'tmp'))).toEqual([]);
    expect(existsSync(`/proc/${String(pid).trim()}`)).toBe(false);
  });
});

describe('the answer', () => {
  const whole = Buffer.from('printed\t0.5.2\nlibphext\t0.3.3\nbinary\t3\nabc\nend\n');

  test('cut anywhere it is no answer', () => {
    expect(parseBuild('h', whole)).toMatchObject({ kind: 'built', libphext: '0.3.3' });
    for (let length = 0; length < whole.length; length++) {
      expect(() => parseBuild('h', whole.subarray(0, length))).toThrow(
        expect.objectContaining({ code: 'host-answer-invalid', place: 'h' }),
      );
    }
  });

  test('a libphext that is none is left out', () => {
    const odd = Buffer.from('printed\tx\nlibphext\t\u001b[2J\nbinary\t0\n\nend\n');
    expect(parseBuild('h', odd)).toEqual({ kind: 'built', printed: 'x', binary: Buffer.alloc(0) });
  });

  test('whatever a host says, reading it ends with an answer or an error that has a code', () => {
    const words = fc.constantFrom('binary\t', 'end\n', '\n', 'failed\t', 'log\t', 'error\t', '3', 'x', '\0');
    fc.assert(
      fc.property(fc.array(words, { maxLength: 20 }), (said) => {
        try {
          expect(parseBuild('h', Buffer.from(said.join(''))).kind).toMatch(/^(built|no-cargo|failed)$/);
        } catch (error) {
          expect(error).toBeInstanceOf(RanchError);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
