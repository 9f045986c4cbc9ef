import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants, copyFile, mkdir, mkdtemp, rm, rmdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import script from '../../src/host/observe.sh';
import { SHELLS } from './sh.ts';

const run = promisify(execFile);
const scope = `observe-names-${process.pid}`;
let folder: string;
let program: string;
let listening: { readonly child: ChildProcess; readonly port: string };
let elsewhere: ChildProcess;
/** The port that it names. */
let other: string;

/**
 * A program of its own name, called as SQ is: node runs the file `host` of its folder. It listens where it is told to,
 * which need not be the port that it names, and says where.
 */
const HOST = `require('node:net').createServer().listen(Number(process.env.REALLY), '127.0.0.1', function () {
  console.log(this.address().port);
});
`;

async function start(
  port: string,
  really = port,
  file = program,
): Promise<{ readonly child: ChildProcess; readonly told: string }> {
  const child = spawn(file, ['host', port], {
    cwd: folder,
    env: { ...process.env, RANCH_SCOPE: scope, REALLY: really },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(child.stdout, 'data');
  return { child, told: String(line).trim() };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ranch-names-'));
  program = join(folder, 'quill-of-a-long-name');
  await copyFile(process.execPath, program, constants.COPYFILE_FICLONE);
  // a program of which one is SQ is SQ, wherever else it runs
  const copy = join(folder, 'another');
  await copyFile(process.execPath, copy, constants.COPYFILE_FICLONE);
  await writeFile(join(folder, 'host'), HOST);
  // a port that is free: taken once, and let go of
  const free = async () => {
    const { child, told } = await start('0');
    const gone = once(child, 'exit');
    child.kill();
    await gone;
    return told;
  };
  const port = await free();
  listening = { child: (await start(port)).child, port };
  other = await free();
  elsewhere = (await start(other, '0', copy)).child;
}, 60_000);

afterAll(async () => {
  for (const child of [elsewhere, listening?.child]) {
    if (!child) continue;
    const ended = once(child, 'exit');
    child.kill();
    await ended;
  }
  await rm(folder, { recursive: true, force: true });
});

describe.each(SHELLS)('%s: a program that is not called sq', (shell) => {
  const look = async (...args: readonly string[]) => {
    const [name = '', ...options] = shell.split(' ');
    const words = [...options, '-c', script, 'observe', ...args];
    const { stdout } = await run(name, words, { env: { ...process.env, RANCH_SCOPE: scope } });
    const records = stdout.split('\n').map((line) => line.split('\t'));
    expect(records.at(-2)).toEqual(['end']);
    return {
      servers: records.flatMap(([tag, pid, , , , , , , , , port]) =>
        tag === 'server' ? [[Number(pid), port]] : [],
      ),
      // what is asked for its version is executed
      asked: records.filter(([tag]) => tag === 'version').length,
    };
  };
  const found = () => ({ servers: [[listening.child.pid, listening.port]], asked: 1 });
  const nothing = { servers: [], asked: 0 };

  test('is SQ where the inventory names the binary', async () => {
    const { servers } = await look(`b:${program}`);
    expect(servers).toContainEqual([listening.child.pid, listening.port]);
  });

  test('is SQ where it listens on a port at which the inventory has one', async () => {
    expect(await look(`p:${listening.port}`)).toEqual(found());
  });

  test('is SQ where it made the folder that SQ makes', async () => {
    await mkdir(join(folder, '.sq'));
    // the other runs in the same folder, and does not listen where it says
    try {
      expect(await look()).toEqual(found());
    } finally {
      await rmdir(join(folder, '.sq'));
    }
  });

  test('is left alone, and not asked for anything, where nothing but its words say so', async () => {
    expect(await look()).toEqual(nothing);
    expect(await look('p:1', `p:1${listening.port}`)).toEqual(nothing);
  });

  test('is left alone where it does not listen on the port that it names', async () => {
    expect(await look(`p:${other}`)).toEqual(nothing);
  });
});
