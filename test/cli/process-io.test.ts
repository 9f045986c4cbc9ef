import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wantsColour } from '../../src/cli/process-io.ts';
import { bundled } from '../lab/bundled.ts';

let program: string;
let dir: string;
let inventory: string;
beforeAll(async () => {
  program = await bundled('src/cli/main.ts');
  dir = await mkdtemp(join(tmpdir(), 'ranch-io-'));
  inventory = join(dir, 'inventory.yaml');
  const hosts = Array.from({ length: 2_000 }, (_, n) => `  host-${n}: {}\n`).join('');
  await writeFile(inventory, `ranch: many\nhosts:\n${hosts}`);
});
afterAll(async () => {
  await rm(dir, { recursive: true, force: true });
});

/** Runs a line of shell in which `$RANCH` is the program as a real process. */
async function shell(line: string): Promise<{ stdout: string; stderr: string; exitCode: number }> {
  const env = { ...process.env, RANCH: `${process.execPath} ${program}`, INVENTORY: inventory, DIR: dir };
  const child = spawn('/bin/bash', ['-c', line], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (bytes: Buffer) => {
    stdout += bytes.toString();
  });
  child.stderr.on('data', (bytes: Buffer) => {
    stderr += bytes.toString();
  });
  const [exitCode] = await once(child, 'close');
  return { stdout, stderr, exitCode };
}

const STATUS = '$RANCH -i $INVENTORY --state $DIR/state status';

describe('a real process', () => {
  it('writes all of a big output through a pipe whose reader is slow', async () => {
    const { stdout } = await shell(`${STATUS} | (sleep 0.3; cat)`);
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(2_003);
    expect(lines.at(-1)).toMatch(/^2,000 hosts: 2,000 unknown/);
    expect(lines[2_000]).toMatch(/^host-1999 /);
  });

  it('is not troubled by a reader that goes away, and keeps its exit code', async () => {
    const { stdout, stderr, exitCode } = await shell(`${STATUS} | head -1; echo "code \${PIPESTATUS[0]}"`);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^HOST .*\ncode 0\n$/);
    expect(exitCode).toBe(0);
    const failing = await shell('$RANCH -i $DIR/none.yaml check 2>&1 | true; echo $PIPESTATUS');
    expect(failing.stdout).toBe('2\n');
  });

  it('says so with its exit code where the output could not be written', async () => {
    const { exitCode } = await shell(`${STATUS} > /dev/full`);
    expect(exitCode).toBe(1);
  });

  it('asks nobody and colours nothing where there is no terminal', async () => {
    const { stdout, stderr, exitCode } = await shell('$RANCH -i $DIR/x/new.yaml --ssh-config /dev/null init');
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
    expect(stderr).toMatch(/input-needed/);
    expect((await shell(STATUS)).stdout).not.toContain('\u001b');
    expect((await shell(`FORCE_COLOR=1 ${STATUS}`)).stdout).toContain('\u001b[');
    expect((await shell(`NO_COLOR=1 FORCE_COLOR=1 ${STATUS}`)).stdout).not.toContain('\u001b');
  });

  it('speaks ASCII where the locale is not UTF-8', async () => {
    const { stderr } = await shell('LC_ALL=C $RANCH -i $DIR/none.yaml check');
    expect(stderr).toMatch(/^x .*none\.yaml: inventory-missing\n/);
    expect(stderr).toMatch(/^[\x20-\x7e\n]*$/);
  });
});

describe('colour', () => {
  const cases: readonly (readonly [NodeJS.ProcessEnv, boolean, boolean])[] = [
    [{}, true, true],
    [{}, false, false],
    [{ NO_COLOR: '1' }, true, false],
    [{ NO_COLOR: '' }, true, true],
    [{ FORCE_COLOR: '1' }, false, true],
    [{ FORCE_COLOR: '0' }, true, false],
    [{ NO_COLOR: '1', FORCE_COLOR: '1' }, true, false],
  ];
  it.each(cases)('%j on a terminal: %s', (env, terminal, wanted) => {
    expect(wantsColour(env, terminal)).toBe(wanted);
  });
});
