import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { buildArtifact } from '../../../src/app/artifacts/build-artifact.ts';
import { readLockFile } from '../../../src/app/artifacts/lock-file.ts';
import type { HostName } from '../../../src/domain/brand.ts';
import type { Shell } from '../../../src/domain/ports.ts';
import { isHostName } from '../../../src/inventory/names.ts';
import { executable } from './folder.ts';
import { emptyRegistry, V } from './registry.ts';

/** Plays cargo: installs a program that says it is `version`. */
function cargo(version: string): string {
  return `#!/bin/sh
echo "$*" >"$HOME/asked"
printf '    Updating crates.io index\\n   Compiling libphext v0.3.0\\n' >&2
while [ "$1" != --root ]; do shift; done
mkdir -p "$2/bin"
echo "$2" >"$HOME/root"
printf '#!/bin/sh\\necho ${version}\\n' >"$2/bin/sq"
chmod +x "$2/bin/sq"
`;
}

async function world(text: string | undefined) {
  const { folder, ...registry } = await emptyRegistry();
  await mkdir(join(folder, 'bin'));
  await mkdir(join(folder, 'tmp'));
  if (text !== undefined) await executable(join(folder, 'bin'), 'cargo', text);
  const said: string[] = [];
  const env = { PATH: `${join(folder, 'bin')}:/usr/bin:/bin`, HOME: folder, TMPDIR: join(folder, 'tmp') };
  const options = { ...registry, version: V, locked: true, env, say: (line: string) => said.push(line) };
  return { folder, options, said };
}

/** A host that is this machine with another home. */
function hostWith(env: NodeJS.ProcessEnv): { readonly host: HostName; readonly shell: Shell } {
  const host = 'h1';
  if (!isHostName(host)) throw new Error('no host name');
  const shell: Shell = {
    async run({ text, args }) {
      const child = spawn('/bin/sh', ['-c', text, 'ranch', ...args], {
        env,
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      return { exitCode: 0, stdout: await buffer(child.stdout), stderr: '', tookMs: 0 };
    },
    openTcp: () => Promise.reject(new Error('not asked for')),
  };
  return { host, shell };
}

describe('building here', () => {
  test('asks cargo, tells what it says, pins what it made and leaves nothing', async () => {
    const { folder, options, said } = await world(cargo('0.5.2'));
    const { artifacts } = await buildArtifact(options);
    expect(artifacts).toMatchObject([
      {
        version: '0.5.2',
        platform: 'any',
        origin: 'cargo install sq --version 0.5.2 --locked',
        libphext: '0.3.0',
      },
    ]);
    expect(await readLockFile(options.lockFile)).toEqual(artifacts);
    expect(said).toEqual(['    Updating crates.io index', '   Compiling libphext v0.3.0']);
    const root = (await readFile(join(folder, 'root'), 'utf8')).trim();
    expect(await readFile(join(folder, 'asked'), 'utf8')).toBe(
      `install sq --version 0.5.2 --root ${root} --color never --locked\n`,
    );
    expect(existsSync(root)).toBe(false);
  });

  test('refuses what says that it is another version', async () => {
    const { options } = await world(cargo('0.5.6'));
    await expect(buildArtifact({ ...options, locked: false })).rejects.toMatchObject({
      code: 'artifact-invalid',
    });
    expect(existsSync(options.lockFile)).toBe(false);
  });

  test('a failed build tells the last that cargo said, escaped', async () => {
    const { options } = await world(
      '#!/bin/sh\nfor n in 1 2 3 4 5 6 7 8 9; do echo $n >&2; done; printf "e\\033[m" >&2; exit 101\n',
    );
    await expect(buildArtifact(options)).rejects.toMatchObject({
      code: 'build-failed',
      message:
        '`cargo install sq --version 0.5.2 --locked` ended with 101\n  3\n  4\n  5\n  6\n  7\n  8\n  9\n  e\\x1b[m',
    });
  });

  test('without cargo the ways to get a binary are told', async () => {
    const { folder, options } = await world(undefined);
    const env = { ...options.env, PATH: join(folder, 'bin') };
    await expect(buildArtifact({ ...options, env })).rejects.toMatchObject({
      code: 'build-failed',
      place: 'this machine',
      remedy: expect.stringMatching(
        /rustup.*artifact build 0\.5\.2 --on HOST.*artifact add FILE --version 0\.5\.2/,
      ),
    });
  });

  test('interrupted, cargo ends and nothing is left', async () => {
    const { folder, options } = await world(
      '#!/bin/sh\necho "$5" >"$HOME/root"; echo $$ >"$HOME/pid"; echo go >&2; exec sleep 1000\n',
    );
    const stop = new AbortController();
    const say = () => stop.abort(new Error('Ctrl-C'));
    await expect(buildArtifact({ ...options, say, signal: stop.signal })).rejects.toThrow('Ctrl-C');
    const [root, pid] = await Promise.all(
      ['root', 'pid'].map((name) => readFile(join(folder, name), 'utf8')),
    );
    expect(existsSync(root?.trim() ?? '')).toBe(false);
    expect(existsSync(`/proc/${pid?.trim()}`)).toBe(false);
  });
});

describe('building on a host', () => {
  test('brings the program here and pins it', async () => {
    const { folder, options } = await world(cargo('0.5.2'));
    const { artifacts, notes } = await buildArtifact({ ...options, on: hostWith(options.env) });
    expect(artifacts).toMatchObject([{ platform: 'any', libphext: '0.3.0' }]);
    expect(notes).toEqual([]);
    expect(await options.store.bytes(artifacts[0]?.sha256 ?? raise())).toBe(artifacts[0]?.bytes);
    expect(await readdir(join(folder, 'tmp'))).toEqual([]);
  });

  test('a failure is told with the host', async () => {
    const { options } = await world('#!/bin/sh\necho no such release; exit 101\n');
    await expect(buildArtifact({ ...options, on: hostWith(options.env) })).rejects.toMatchObject({
      code: 'build-failed',
      place: 'h1',
      message: expect.stringMatching(/ended with 101\n {2}no such release$/),
    });
  });

  test('what says there that it is another version is refused', async () => {
    const { options } = await world(cargo('0.5.1'));
    await expect(buildArtifact({ ...options, on: hostWith(options.env) })).rejects.toMatchObject({
      code: 'artifact-invalid',
      place: 'h1',
    });
  });
});

function raise(): never {
  throw new Error('nothing was pinned');
}
