import { describe, expect, it } from 'vitest';
import { DEFAULT_PLAN_OPTIONS } from '../../src/plan/options.ts';
import { ranch } from './captured.ts';

describe('help', () => {
  it('is what `ranch` alone gives, and ends well', async () => {
    const alone = await ranch([]);
    expect(alone).toMatchObject({ stderr: '', exitCode: 0 });
    expect(alone.stdout).toBe((await ranch(['--help'])).stdout);
  });

  it('names every command of its groups, the exit codes, and where to begin', async () => {
    const { stdout } = await ranch(['--help']);
    for (const group of ['Begin', 'Look', 'Roll out', 'Care', 'Remember', 'Run']) {
      expect(stdout).toMatch(new RegExp(`^${group}$`, 'm'));
    }
    expect(stdout).toMatch(/^ {2}rollback \[rollout\] +\S/m);
    expect(stdout).toMatch(/0 ok .*3 hosts unreachable .*6 rolled back/);
    expect(stdout).toMatch(/2 usage .*5 drift found .*130 interrupted/);
    expect(stdout).toContain('ranch lab demo');
    expect(Math.max(...stdout.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(106);
  });

  it('of each command says what it takes, on stdout', async () => {
    const commands = (await ranch(['--help'])).stdout.matchAll(/^ {2}([a-z]+)(?: [[<].*?)? {2,}\S/gm);
    const names = [...commands].map(([, name]) => name ?? '').filter((name) => name !== 'help');
    expect(names.length).toBeGreaterThan(20);
    for (const name of names) {
      const { stdout, stderr, exitCode } = await ranch([name, '--help']);
      expect({ name, stderr, exitCode }).toEqual({ name, stderr: '', exitCode: 0 });
      expect(stdout).toMatch(new RegExp(`^Usage: ranch ${name} `));
    }
  });

  it('of rollout tells the defaults as they are', async () => {
    const { stdout } = await ranch(['rollout', '--help']);
    const { maxParallel, bakeSeconds, deadmanSeconds, onFailure, canary, budget } = DEFAULT_PLAN_OPTIONS;
    expect(canary).toEqual({ kind: 'count', count: 1 });
    expect(budget).toEqual({ kind: 'count', count: 0 });
    for (const [option, value] of Object.entries({
      canary: 1,
      budget: 0,
      'max-parallel': maxParallel,
      bake: bakeSeconds,
      deadman: deadmanSeconds,
      'on-failure': onFailure,
    })) {
      expect(stdout.replaceAll(/\s+/g, ' ')).toMatch(
        new RegExp(`--${option} <\\w+> [^-]*\\(default: ${value}\\)`),
      );
    }
  });

  it('tells its version', async () => {
    expect(await ranch(['--version'])).toMatchObject({ stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });
});

describe('a command line that is wrong ends with 2 and says place, cause and remedy', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['rolout', 'ranch', "unknown command 'rolout' (did you mean rollout?)"],
    ['artifact ad f', 'ranch artifact', "unknown command 'ad' (did you mean add?)"],
    ['rollout --hots a', 'ranch rollout', "unknown option '--hots' (did you mean --hosts?)"],
    ['sweep --jsn', 'ranch sweep', "unknown option '--jsn' (did you mean --json?)"],
    ['--inventry x sweep', 'ranch', "unknown option '--inventry' (did you mean --inventory?)"],
    ['sweep --zzzzzz', 'ranch sweep', "unknown option '--zzzzzz'\n"],
    ['artifact add f', 'ranch artifact add', "required option '--version <version>' not specified"],
    ['rollout 0.5.2 --bake', 'ranch rollout', "option '--bake <seconds>' argument missing"],
    ['sweep more', 'ranch sweep', "too many arguments for 'sweep'"],
    ['rollout 1 --max-parallel 0', 'ranch rollout', 'It takes a whole number from 1.'],
    ['rollout 1 --bake 1.5', 'ranch rollout', 'It takes a whole number from 0.'],
    ['rollout 1 --on-failure x', 'ranch rollout', 'Allowed choices are host, wave, all, pause.'],
  ];
  it.each(cases)('%s', async (line, place, cause) => {
    const { stdout, stderr, exitCode } = await ranch(line.split(' '));
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
    const [first, ...rest] = stderr.split('\n');
    expect(first).toBe(`✗ ${place}: usage`);
    expect(rest.join('\n')).toContain(cause);
    expect(stderr).toMatch(/ {2}→ `ranch[^`]* --help` (lists the commands|tells what it takes)\.\n$/);
  });

  it('half a command shows what is missing, on stderr', async () => {
    const { stdout, stderr, exitCode } = await ranch(['lab']);
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
    expect(stderr).toMatch(/^Usage: ranch lab /);
  });

  it('is told in ASCII and without colour where that is asked for', async () => {
    expect((await ranch(['rolout'], { utf8: false })).stderr).toMatch(/^x ranch: usage\n[\x20-\x7e\n]*$/);
    expect((await ranch(['rolout'], { colour: true })).stderr).toContain('\u001b[31m');
    expect((await ranch(['--no-color', 'rolout'], { colour: true })).stderr).not.toContain('\u001b');
  });
});
