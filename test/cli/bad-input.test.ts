import { copyFile, cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/app/system.ts';
import { fileTrouble } from '../../src/cli/file-trouble.ts';
import { layoutOf } from '../../src/store/layout.ts';
import { openStore } from '../../src/store/open.ts';
import { elfBytes } from '../app/artifacts/elf-bytes.ts';
import { type Ended, ranch } from './captured.ts';
import { type Herd, makeHerd, oldHost } from './herd.ts';

let herd: Herd;
let before: readonly string[];
beforeAll(async () => {
  herd = await makeHerd([
    oldHost('aurora-continuum', { tags: ['canary'] }),
    oldHost('halcyon-vector'),
    oldHost('lilly', { jump: 'aurora-continuum' }),
  ]);
  before = await herd.standing();
});
afterAll(async () => {
  await herd.close();
});
afterEach(async () => {
  expect(await herd.standing()).toEqual(before);
});

/** An error of three parts on stderr, nothing on stdout. */
function expectTrouble(ended: Ended, exitCode: number, parts: readonly (string | RegExp)[]): void {
  expect(ended).toMatchObject({ exitCode, stdout: '' });
  const text = ended.stderr;
  expect(text).toMatch(/(^|\n)✗ .+: [a-z-]+\n( {2}(?!→).+\n)+ {2}→ .+\n/);
  for (const part of parts) expect(text).toMatch(part);
}

/** A state folder of a test's own, in which the hosts' keys are known. */
async function freshState(name: string): Promise<string> {
  const dir = join(herd.dir, name);
  await mkdir(dir, { recursive: true });
  await copyFile(herd.lab.knownHosts, join(dir, 'known_hosts'));
  return dir;
}

describe('what is named and is not there', () => {
  const cases: readonly (readonly [string, readonly (string | RegExp)[]])[] = [
    [
      'sweep --hosts aurora-continum',
      [
        /inventory\.yaml: no-such-host/,
        'did you mean "aurora-continuum"?',
        /→ Name one of its hosts: aurora/,
      ],
    ],
    ['plan 0.5.2 --hosts nobody', [/no-such-host/, 'no host "nobody"']],
    ['rollout 0.5.2 --yes --tags canry', [/no-such-tag/, 'did you mean "canary"?']],
    ['sweep --hosts lilly --tags canary', [/no-such-tag/, /none carries "canary"/]],
    ['hold nobody --until 2h', [/no-such-host/]],
    ['status aurora-continum', [/no-such-host/, 'did you mean "aurora-continuum"?']],
    ['forget nobody', [/✗ nobody: no-such-host/, /→ `ranch status` lists/]],
    ['stop nobody', [/no-such-host/]],
    ['restore aurora-continuum yesterday', [/aurora-continuum: no-such-backup/, /no backup yesterday/]],
    ['backup lily', [/no-such-host/, 'did you mean "lilly"?']],
    ['artifact build 0.5.2 --on nobody', [/no-such-host/]],
    ['show r-nosuch', [/✗ r-nosuch: no-such-rollout/, /→ See `ranch history`/]],
    ['show nonsense!', [/no-such-rollout/, 'is not the name of a rollout']],
    ['show', [/no-such-rollout/, 'holds no rollout yet']],
    ['resume', [/no-such-rollout/, 'holds no rollout to go on with']],
    ['abort r-nosuch', [/no-such-rollout/]],
    ['pause', [/no-such-rollout/, 'holds no rollout under way']],
    ['retry', [/no-such-rollout/]],
    ['rollback r-nosuch', [/no-such-rollout/]],
    [
      'rollout --plan /no/such/plan.json --yes',
      [/✗ \/no\/such\/plan\.json: plan-invalid/, /→ Save one with/],
    ],
    ['artifact add /no/such/sq --version 0.5.2', [/✗ \/no\/such\/sq: artifact-missing/]],
    ['drift --state ./nothing-here', [/nothing-here: usage/, /→ Run `ranch sweep` first/]],
  ];
  it.each(cases)('%s', async (line, parts) => {
    const argv = line.replace('./nothing-here', join(herd.dir, 'nothing-here')).split(' ');
    expectTrouble(await herd.ranch(argv), 2, parts);
  });
});

describe('versions and values', () => {
  const cases: readonly (readonly [string, readonly (string | RegExp)[]])[] = [
    ['plan latest', [/✗ latest: version-invalid/, /→ Give three numbers, like 0\.5\.2/]],
    ['rollout 0.5 --yes', [/✗ 0\.5: version-invalid/]],
    ['rollout v0.5.x --dry-run', [/version-invalid/]],
    ['artifact add sq --version new', [/✗ new: version-invalid/]],
    ['rollout --yes', [/ranch rollout: usage/, 'takes a version, a saved plan or a playbook, one of them']],
    ['rollout 0.5.2 --plan x --yes', [/ranch rollout: usage/]],
    ['rollout 0.5.2 --playbook x --yes', [/ranch rollout: usage/, 'one of them']],
    ['rollout --playbook nowhere.yaml --yes', [/nowhere\.yaml: usage/, 'there is no such playbook']],
    ['plan', [/ranch plan: usage/, 'a version or a playbook']],
    ['plan 0.5.2 --canary many', [/✗ --canary many: usage/, /→ Give a whole number or a percentage/]],
    ['plan 0.5.2 --budget 101%', [/✗ --budget 101%: usage/]],
    ['plan 0.5.2 --include broken', [/✗ --include broken: usage/, /→ Use stopped, ahead/]],
    ['hold lilly --until tomorrow-ish', [/✗ --until tomorrow-ish: usage/, /→ Give a span or a date/]],
  ];
  it.each(cases)('%s', async (line, parts) => {
    expectTrouble(await herd.ranch(line.split(' ')), 2, parts);
  });
});

describe('artifacts', () => {
  it('a missing one is told with the two ways to get it, and by no other word than the version asked for', async () => {
    const ended = await herd.ranch(['rollout', '9.9.9', '--yes']);
    expectTrouble(ended, 2, [
      /✗ SQ 9\.9\.9: artifact-missing/,
      /no artifact is registered for linux-\S+ \(aurora-continuum, halcyon-vector, lilly\)/,
      '`ranch artifact add FILE --version 9.9.9',
      '`ranch artifact build 9.9.9`',
    ]);
  });

  it('of another architecture is refused, and is none for these hosts', async () => {
    const file = join(herd.dir, 'sq-arm');
    await writeFile(file, elfBytes({ machine: 183, loader: '/lib/ld-linux-aarch64.so.1' }));
    const add = ['artifact', 'add', file, '--version', '0.5.2'];
    expectTrouble(await herd.ranch([...add, '--platform', 'linux-x86_64-gnu']), 2, [
      /sq-arm: artifact-invalid/,
      /aarch64/,
    ]);
    expect((await herd.ranch(['artifact', 'list', '--json'])).stdout).toBe('');
    const added = await herd.ranch([...add, '--no-run']);
    expect(added).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^SQ 0\.5\.2 for linux-aarch64-gnu: /),
    });
    expectTrouble(await herd.ranch(['rollout', '0.5.2', '--yes']), 2, [
      /artifact-missing/,
      /linux-x86_64-gnu/,
    ]);
    await rm(join(herd.lab.dir, 'ranch.lock'));
  });

  it('what is no program is refused', async () => {
    const file = join(herd.dir, 'words');
    await writeFile(file, 'just words\n');
    expectTrouble(await herd.ranch(['artifact', 'add', file, '--version', '0.5.2']), 2, [/artifact-invalid/]);
  });

  it('of another version than it says is refused', async () => {
    const add = ['artifact', 'add', herd.program('0.5.2'), '--version', '0.5.3'];
    expectTrouble(await herd.ranch(add), 2, [/artifact-invalid/, /0\.5\.2/]);
  });
});

describe('inventories', () => {
  it('a missing one names where it was looked for, and init', async () => {
    const ended = await ranch(['-i', join(herd.dir, 'none.yaml'), 'sweep']);
    expectTrouble(ended, 2, [/none\.yaml: inventory-missing/, /ranch init/]);
  });

  const broken: readonly (readonly [string, string, readonly (string | RegExp)[]])[] = [
    ['an unknown key', 'ranch: r\nhosts:\n  a: { adress: 10.0.0.1 }\n', [/3:\d+/, /adress/, /address/]],
    ['a value that is none', 'ranch: r\nhosts:\n  a: { port: ssh }\n', [/3:\d+/, /port/]],
    ['a name twice', 'ranch: r\nhosts:\n  a: {}\n  a: {}\n', [/4:\d+/]],
    ['no YAML', 'ranch: [r\nhosts: {\n', [/inventory-invalid/]],
  ];
  it.each(broken)('%s names the place', async (_name, text, parts) => {
    const file = join(herd.dir, 'broken.yaml');
    await writeFile(file, text);
    for (const words of [['check'], ['sweep'], ['rollout', '0.5.2', '--yes']]) {
      expectTrouble(await ranch(['-i', file, ...words]), 2, [/broken\.yaml.*: inventory-invalid/, ...parts]);
    }
  });

  it('a file that cannot be written is told as that, and not as a defect', async () => {
    const file = join(herd.dir, 'no such folder', 'file');
    const init = await ranch(['-i', file, 'init', '--hosts', 'a', '--no-input']);
    expectTrouble(init, 1, [`✗ ${file}: file-failed`, /its folder is not \(ENOENT\)/, /→ Make the folder/]);
    expect(fileTrouble(Object.assign(new Error('EMFILE'), { code: 'EMFILE', path: file }))).toBeUndefined();
    expect(fileTrouble(new Error('a defect'))).toBeUndefined();
  });

  it('init does not overwrite, and asks where it can', async () => {
    const file = join(herd.dir, 'new', 'inventory.yaml');
    await mkdir(join(herd.dir, 'new'));
    const init = ['-i', file, '--ssh-config', '/dev/null', 'init'];
    expectTrouble(await ranch([...init, '--no-input']), 2, [/ranch init: input-needed/, /--hosts a,b,c/]);
    expectTrouble(await ranch([...init, '--no-input', '--hosts', 'a@b@c']), 2, [/a@b@c: inventory-invalid/]);
    const named = [...init, '--no-input', '--hosts', 'a', '--name', '1 2\n'];
    expectTrouble(await ranch(named), 2, [/inventory-invalid/, /Nothing was written/]);
    const answers = ['a, root@192.0.2.1:0', 'a, b=root@192.0.2.1:22', 'eve', 'mine', 'newest', ''];
    const asked = await ranch(init, { answers });
    expect(asked).toMatchObject({
      exitCode: 0,
      stderr: expect.stringMatching(/Wrote .* with 2 hosts\. Next: ranch check/),
    });
    expect(asked.stderr).toMatch(/has a port beyond[\s\S]*newest: version-invalid/);
    const written = await readFile(file, 'utf8');
    expect(written).toMatch(
      /ranch: mine[\s\S]*version: 0\.5\.2[\s\S]* {2}user: eve\n[\s\S]* {2}a:\n {2}b:\n/,
    );
    expect(written).toMatch(/ {2}b:\n {4}address: 192\.0\.2\.1\n {4}port: 22\n {4}user: root\n/);
    const schema = /\$schema=(\S+)/.exec(written)?.[1] ?? '';
    expect(JSON.parse(await readFile(resolve(dirname(file), schema), 'utf8'))).toHaveProperty('$schema');
    expectTrouble(await ranch(init, { answers: [] }), 2, [/is there already/]);
    expect((await ranch(['-i', file, 'check'])).exitCode).toBe(0);
  });
});

describe('the state folder', () => {
  it('a corrupt store is told, and no host is asked', async () => {
    const state = await freshState('corrupt');
    await herd.ranch(['--state', state, 'history']);
    await writeFile(layoutOf(state).database, 'this is no database '.repeat(1_000));
    const commands = herd.lab.hosts.map(({ counts }) => counts.commands);
    for (const words of [['status'], ['sweep'], ['rollout', '0.5.2', '--yes']]) {
      expectTrouble(await herd.ranch(['--state', state, ...words]), 1, [/store-corrupt/, /→ .*backup/i]);
    }
    expect(herd.lab.hosts.map(({ counts }) => counts.commands)).toEqual(commands);
  });

  it('one that cannot be written is told', async () => {
    await writeFile(join(herd.dir, 'file'), '');
    expectTrouble(await herd.ranch(['--state', join(herd.dir, 'file', 'state'), 'history']), 1, [
      /store-failed/,
    ]);
  });

  it('a second ranch at work ends with 4 and names the first', async () => {
    const state = await freshState('locked');
    await herd.ranch(['--state', state, 'artifact', 'add', herd.program('0.5.2'), '--version', '0.5.2']);
    const store = await openStore(state, { clock: systemClock });
    await store.withExclusive({ command: 'ranch rollout 0.5.2' }, async () => {
      const second = await herd.ranch(['--state', state, '-q', 'rollout', '0.5.2', '--yes']);
      expectTrouble(second, 4, [
        /state-locked/,
        /is in use by `ranch rollout 0\.5\.2` \(pid \d+ on /,
        /--state/,
      ]);
      expect((await herd.ranch(['--state', state, 'status'])).exitCode).toBe(0);
    });
    store.close();
    await rm(join(herd.lab.dir, 'ranch.lock'));
  });
});

describe('saved plans', () => {
  let file: string;
  beforeAll(async () => {
    await herd.ranch(['artifact', 'add', herd.program('0.5.2'), '--version', '0.5.2']);
    file = join(herd.dir, 'plan.json');
    const saved = await herd.ranch(['plan', '0.5.2', '-o', file]);
    expect(saved).toMatchObject({
      exitCode: 0,
      stderr: expect.stringMatching(/carry it out with: ranch rollout --plan /),
    });
  });

  it('an edited one is refused', async () => {
    const edited = join(herd.dir, 'edited.json');
    await writeFile(edited, (await readFile(file, 'utf8')).replace('"maxParallel":10', '"maxParallel":99'));
    expectTrouble(await herd.ranch(['rollout', '--plan', edited, '--yes']), 2, [
      /edited\.json: plan-invalid/,
    ]);
  });

  it('what is no plan is refused', async () => {
    for (const text of ['{}', 'no JSON', '[]', '']) {
      await writeFile(join(herd.dir, 'not.json'), text);
      const ended = await herd.ranch(['rollout', '--plan', join(herd.dir, 'not.json'), '--yes']);
      expectTrouble(ended, 2, [/not\.json.*: plan-invalid/, /ranch plan/]);
    }
  });

  it('nobody agreed: says so and names --yes; a no does nothing', async () => {
    for (const words of [['--no-input'], []]) {
      const ended = await herd.ranch(['rollout', '--plan', file, ...words]);
      expectTrouble(ended, 2, [/input-needed/, /Nobody can be asked here/, /→ Say `--yes`/]);
    }
    const no = await herd.ranch(['rollout', '--plan', file], { answers: ['n'] });
    expect(no).toMatchObject({
      exitCode: 0,
      stderr: expect.stringMatching(/\[y\/N\] \nNothing was done\.\n$/),
    });
    const asked = await herd.ranch(['--no-input', 'rollout', '--plan', file], { answers: ['y'] });
    expectTrouble(asked, 2, [/input-needed/]);
    expect((await herd.ranch(['history'])).stdout).toMatch(/^No rollout yet/);
  });

  it('a host that moved since makes it stale', async () => {
    const host = herd.lab.host('halcyon-vector');
    const [running] = host.processes();
    if (running === undefined) throw new Error('nothing runs there');
    process.kill(running.pid, 'SIGKILL');
    await expect.poll(() => host.processes()).toEqual([]);
    const [instance] = host.instances;
    if (instance) await host.start(instance);
    before = await herd.standing();
    expectTrouble(await herd.ranch(['rollout', '--plan', file, '--yes']), 2, [
      /plan\.json: plan-stale/,
      /halcyon-vector: .*was restarted since/,
      /→ The hosts moved/,
    ]);
  });
});

describe('the way to a host', () => {
  it('an unknown key ends with 3, names the host, and `ranch trust`', async () => {
    const state = join(herd.dir, 'no-keys');
    const swept = await herd.ranch(['--state', state, 'sweep', '--hosts', 'aurora-continuum']);
    expect(swept).toMatchObject({
      exitCode: 3,
      stdout: expect.stringMatching(/aurora-continuum .* unreachable .*key/),
      stderr: expect.stringMatching(/host-key-unknown[\s\S]*→ .*`ranch trust/),
    });
    const refused = await herd.ranch(['--state', state, 'trust', 'aurora-continuum', '--no-input']);
    expect(refused).toMatchObject({
      exitCode: 2,
      stdout: expect.stringMatching(/aurora-continuum .*SHA256:/),
      stderr: expect.stringMatching(/input-needed/),
    });
    const trusted = await herd.ranch(['--state', state, 'trust', 'aurora-continuum', '--yes']);
    expect(trusted).toMatchObject({ exitCode: 0, stderr: expect.stringMatching(/Recorded 1 key/) });
    expect((await herd.ranch(['--state', state, 'sweep', '--hosts', 'aurora-continuum'])).exitCode).toBe(0);
  });

  it('a refused connection ends with 3; the rest is looked at, and a rollout leaves it alone', async () => {
    const host = herd.lab.host('halcyon-vector');
    host.cut();
    onTestFinished(() => host.heal());
    const state = await freshState('refused');
    const swept = await herd.ranch(['--state', state, 'sweep']);
    expect(swept).toMatchObject({
      exitCode: 3,
      stdout: expect.stringMatching(/halcyon-vector .*unreachable .*nothing listens there/),
      stderr: expect.stringMatching(/✗ halcyon-vector: connection-refused\n.*\n {2}→ Is sshd running/),
    });
    expect(swept.stdout).toMatch(/3 hosts: 2 behind, 1 unreachable/);
    const plan = await herd.ranch(['--state', state, 'plan', '0.5.2']);
    expect(plan.stderr).toMatch(/✗ halcyon-vector: connection-refused/);
    expect(plan.stdout).toMatch(/Left alone\n {2}halcyon-vector unreachable: /);
  });

  it('a changed key ends with 3 and is told as what it is', async () => {
    await cp(herd.lab.stateDir, join(herd.dir, 'changed'), { recursive: true });
    herd.lab.host('halcyon-vector').changeHostKey();
    const swept = await herd.ranch(['--state', join(herd.dir, 'changed'), 'sweep']);
    expect(swept.exitCode).toBe(3);
    expect(swept.stdout).toMatch(/halcyon-vector .*unreachable .*key/);
    expect(swept.stderr).toMatch(/✗ halcyon-vector: host-key-changed\n( {2}.*\n)+ {2}→ /);
    const trust = await herd.ranch(['trust', 'halcyon-vector', '--yes']);
    expect(trust.exitCode).toBe(3);
    expect(trust.stderr).toMatch(/host-key-changed/);
  });
});
