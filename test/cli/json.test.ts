import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ranch } from './captured.ts';
import { type Herd, makeHerd, oldHost } from './herd.ts';

let herd: Herd;
beforeAll(async () => {
  herd = await makeHerd([oldHost('aurora-continuum', { tags: ['canary'] })]);
});
afterAll(async () => {
  await herd.close();
});

/** What each record of an output is, in order; fails where a line is no record. */
function typesOf(stdout: string): readonly string[] {
  if (stdout === '') return [];
  expect(stdout.endsWith('\n')).toBe(true);
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => {
      const record: unknown = JSON.parse(line);
      if (typeof record !== 'object' || record === null) throw new Error(`no record: ${line}`);
      const named = Object.entries(record).find(([key]) => key === 'type' || key === 'kind');
      return String(named?.[1]);
    });
}

describe('--json gives records on stdout, one a line, and nothing else', () => {
  // In the order in which a user meets them: each begins where the one before has left the ranch.
  const plan = (dir: string): string => join(dir, 'plan.json');
  const cases: readonly (readonly [string, readonly string[], number])[] = [
    ['check', ['inventory'], 0],
    ['trust --yes', ['host-key'], 0],
    ['status', [], 0],
    ['history', [], 0],
    ['artifact add PROGRAM --version 0.5.2', ['artifact'], 0],
    ['artifact list', ['artifact'], 0],
    ['artifact verify', ['artifact-state'], 0],
    ['sweep', ['drift'], 0],
    ['drift --exit-code', ['drift'], 5],
    ['status', ['observation'], 0],
    ['hold aurora-continuum --until 2h', ['hold'], 0],
    ['plan 0.5.2', ['plan'], 0],
    ['hold aurora-continuum --until now', ['hold'], 0],
    ['plan 0.5.2 --bake 0 -o PLAN', ['plan'], 0],
    ['rollout 0.5.2 --dry-run', ['plan'], 0],
    ['logs aurora-continuum', ['log'], 0],
    ['backup aurora-continuum', ['backup'], 0],
    ['restart aurora-continuum', ['instance'], 0],
    ['stop aurora-continuum', ['instance'], 0],
    ['start aurora-continuum', ['instance'], 0],
    ['forget aurora-continuum', ['forgotten'], 0],
  ];
  it.each(cases)('%s', async (line, types, exitCode) => {
    const argv = line.replace('PROGRAM', herd.program('0.5.2')).replace('PLAN', plan(herd.dir)).split(' ');
    const ended = await herd.ranch([...argv, '--json']);
    expect({ stderr: ended.stderr, types: typesOf(ended.stdout), exitCode: ended.exitCode }).toEqual({
      stderr: expect.any(String),
      types,
      exitCode,
    });
  });

  it('rollout: the plan, each event as it happens, the rollout; the talk stays on stderr', async () => {
    const ended = await herd.ranch(['--json', 'rollout', '0.5.2', '--yes', '--bake', '0']);
    const types = typesOf(ended.stdout);
    expect(ended).toMatchObject({ stderr: '', exitCode: 0 });
    expect([types[0], types[1], types.at(-2), types.at(-1)]).toEqual([
      'plan',
      'rollout-started',
      'rollout-ended',
      'rollout',
    ]);
    expect(typesOf((await herd.ranch(['show', '--json'])).stdout)).toEqual(
      expect.arrayContaining(['rollout', 'unit', 'step-done']),
    );
    expect(typesOf((await herd.ranch(['history', '--json'])).stdout)).toEqual(['rollout']);
    expect(typesOf((await herd.ranch(['rollback', '--yes', '--bake', '0', '--json'])).stdout)).toContain(
      'unit-ended',
    );
  });

  it('an error leaves stdout empty', async () => {
    const ended = await herd.ranch(['--json', 'show', 'r-nosuch']);
    expect(ended).toMatchObject({
      stdout: '',
      exitCode: 2,
      stderr: expect.stringMatching(/no-such-rollout/),
    });
  });

  it('init', async () => {
    const init = ['-i', join(herd.dir, 'fresh.yaml'), 'init', '--hosts', 'a,b', '--no-input', '--json'];
    expect(typesOf((await ranch(init)).stdout)).toEqual(['inventory']);
  });
});

describe('how it talks', () => {
  it('-q leaves data and errors only', async () => {
    const swept = await herd.ranch(['-q', 'sweep']);
    expect(swept).toMatchObject({ stderr: '', stdout: expect.stringMatching(/^HOST /) });
    const done = await herd.ranch(['-q', 'rollout', '0.5.2', '--yes', '--bake', '0']);
    expect(done).toMatchObject({
      stderr: '',
      exitCode: 0,
      stdout: expect.stringMatching(/^✓ Rollout r-\w+ to SQ 0\.5\.2: completed/),
    });
    expect((await herd.ranch(['-q', 'show', 'r-nosuch'])).stderr).toMatch(/no-such-rollout/);
  });

  it('a terminal gets a live view, with --plain a line an event, and the cursor back', async () => {
    const screen = { columns: 100, rows: 30 };
    const live = await herd.ranch(['rollback', '--yes', '--bake', '0'], { screen });
    expect(live.exitCode).toBe(0);
    expect(live.stderr).toContain('\u001b[?25l');
    expect(live.stderr).toMatch(/\u001b\[\d+A\r/);
    expect(live.stderr).toMatch(/aurora-continuum +✓ +✓[\s\S]*\u001b\[\?25h$/);
    const plain = await herd.ranch(['rollout', '0.5.2', '--plain', '--yes', '--bake', '0'], { screen });
    expect(plain.stderr).not.toContain('\u001b');
    expect(plain.stderr).toMatch(/^\d\d:\d\d:\d\d aurora-continuum lease done/m);
  });

  it('colours only where a terminal is, and never with --no-color', async () => {
    expect((await herd.ranch(['sweep'], { colour: true })).stdout).toContain('\u001b[');
    expect((await herd.ranch(['sweep', '--no-color'], { colour: true })).stdout).not.toContain('\u001b');
    expect((await herd.ranch(['--no-color', 'sweep'], { colour: true })).stdout).not.toContain('\u001b');
  });
});

describe('global options', () => {
  it('stand before or after the command, and count more than the environment', async () => {
    const { ranchFile, stateDir } = herd.lab;
    const before = await ranch(['-i', ranchFile, '--state', stateDir, '--ssh-config', 'none', 'check']);
    const after = await ranch(['check', '-i', ranchFile, '--state', stateDir, '--ssh-config', 'none']);
    expect(before).toEqual(after);
    expect(before.exitCode).toBe(0);
    vi.stubEnv('RANCH_INVENTORY', '/no/such.yaml');
    expect((await ranch(['check'])).stderr).toMatch(/\/no\/such\.yaml: inventory-missing/);
    expect((await ranch(['-i', ranchFile, 'check'])).exitCode).toBe(0);
    expect((await ranch(['check', '-i', ranchFile])).exitCode).toBe(0);
    vi.unstubAllEnvs();
  });

  it('are found in the environment', async () => {
    vi.stubEnv('RANCH_INVENTORY', herd.lab.ranchFile);
    vi.stubEnv('RANCH_STATE', herd.lab.stateDir);
    vi.stubEnv('RANCH_SSH_CONFIG', 'none');
    expect(await ranch(['sweep'])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/aurora-continuum/),
    });
    expect((await ranch(['history'])).stdout).toMatch(/r-\w+ +completed/);
    vi.stubEnv('RANCH_SSH_CONFIG', '/no/such/config');
    expect(await ranch(['sweep'])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/✗ \/no\/such\/config: usage\n {2}there is no such ssh_config\n/),
    });
    vi.unstubAllEnvs();
  });

  it('of two places the one nearer to the command counts', async () => {
    const ended = await ranch(['-i', '/no/such.yaml', 'check', '-i', herd.lab.ranchFile]);
    expect(ended.exitCode).toBe(0);
  });
});
