import { appendFile, copyFile, mkdir, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LabMember } from '../../../src/lab/lab-member.ts';
import { type Herd, makeHerd } from '../../cli/herd.ts';
import { toldIn } from '../told.ts';
import { type Flaw, startFront } from './front.ts';

const DATA = { kind: 'folder', name: 'sq' } as const;

let herd: Herd;
beforeAll(async () => {
  herd = await makeHerd([
    { name: 'stable', version: '0.5.2', instances: [{ phext: 'relay', data: DATA, bytes: 40_000 }] },
    { name: 'keyed', version: '0.5.6', instances: [{ phext: 'relay', data: DATA, bytes: 4_000, key: true }] },
    { name: 'old', version: '0.5.1', instances: [{ phext: 'relay', data: DATA, bytes: 4_000 }] },
  ]);
  await herd.ranch(['artifact', 'add', herd.program('0.5.2'), '--version', '0.5.2']);
});
afterAll(() => herd.close());

async function smoke(...argv: readonly string[]) {
  const ended = await herd.ranch(['smoke', '--json', ...argv]);
  const told = toldIn(ended.stdout);
  return { ...ended, told, bad: told.filter(({ ok }) => !ok).map(({ check }) => check) };
}

function folder(member: LabMember): string {
  return join(dirname(member.home), 'data', 'sq');
}

describe('a healthy server', () => {
  it('is read, written to beside its phext, and left as it was', async () => {
    const file = join(folder(herd.lab.host('stable')), 'relay.phext');
    const before = await readFile(file);
    const { exitCode, told, bad } = await smoke('stable');
    expect(bad).toEqual([]);
    expect(exitCode).toBe(0);
    expect(told.map(({ check }) => check.replace('smoke ', ''))).toEqual([
      'binary',
      'process',
      'version',
      'read',
      'cors',
      'saved',
      'write',
      'read-back',
      'delete',
      'gone',
      'hold-again',
      'held',
      'latency',
    ]);
    expect(told[0]?.got).toMatch(/^0\.5\.2, sha256 [0-9a-f]{12}, as pinned$/);
    expect(
      (await readdir(folder(herd.lab.host('stable')))).filter((name) => name.startsWith('ranch-')),
    ).toEqual([]);
    expect(await readFile(file)).toEqual(before);
  });

  it('is held against the key scroll that a playbook names', async () => {
    const inventory = join(herd.dir, 'keyed', 'inventory.yaml');
    await mkdir(join(herd.dir, 'keyed', 'playbooks'), { recursive: true });
    await copyFile(herd.lab.ranchFile, inventory);
    const playbook =
      'kind: content\nphext: relay\nscrolls: [{ coordinate: 999.9.9/9.9.9/9.9.9, begins: Emi }]\n';
    await writeFile(join(herd.dir, 'keyed', 'playbooks', 'relay.yaml'), playbook);
    const { exitCode, told, bad } = await smoke('stable', '-i', inventory);
    expect({ exitCode, bad }).toEqual({ exitCode: 1, bad: ['smoke read'] });
    expect(told.map(({ check }) => check)).not.toContain('smoke write');
  });

  it('is asked with its key', async () => {
    const { exitCode, bad } = await smoke('keyed');
    expect({ exitCode, bad }).toEqual({ exitCode: 0, bad: [] });
  });

  it('of 0.5.1 is not asked: its file is not rewritten', async () => {
    const file = join(folder(herd.lab.host('old')), 'relay.phext');
    const before = await stat(file);
    const { exitCode, told } = await smoke('old');
    expect(exitCode).toBe(0);
    expect(told.at(-1)?.got).toMatch(/^not asked: a request to 0\.5\.1 or older rewrites its file$/);
    expect((await stat(file)).mtimeMs).toBe(before.mtimeMs);
  });
});

describe('a server in trouble', () => {
  it('whose memory is not on its disk is told, and not made to let go of it', async () => {
    const member = herd.lab.host('stable');
    const file = join(folder(member), 'relay.phext');
    const whole = await readFile(file);
    await truncate(file, Math.floor(whole.length / 2));
    try {
      const { exitCode, told, bad } = await smoke('stable');
      expect({ exitCode, bad }).toEqual({ exitCode: 1, bad: ['smoke saved'] });
      expect(told.map(({ check }) => check)).not.toContain('smoke write');
      expect((await stat(file)).size).toBe(Math.floor(whole.length / 2));
    } finally {
      await writeFile(file, whole);
    }
  });

  it('that is frozen is told at once, and not asked', async () => {
    const pid = herd.lab.host('keyed').processes()[0]?.pid ?? 0;
    process.kill(pid, 'SIGSTOP');
    try {
      const { exitCode, told, bad } = await smoke('keyed');
      expect({ exitCode, bad }).toEqual({ exitCode: 1, bad: ['smoke process'] });
      expect(told.at(-1)).toMatchObject({ severity: 'critical', got: 'somebody froze it (state T)' });
    } finally {
      process.kill(pid, 'SIGCONT');
    }
  });
});

describe('through a public address', () => {
  async function through(flaw: Flaw) {
    const port = herd.lab.host('stable').instances[0]?.port ?? 0;
    const front = await startFront(port, flaw);
    const inventory = join(herd.dir, `${flaw}.yaml`);
    const text = await readFile(herd.lab.ranchFile, 'utf8');
    await writeFile(inventory, text.replace('  stable:\n', `  stable:\n    public: "${front.base}"\n`));
    try {
      const { told, exitCode } = await smoke('stable', '-i', inventory);
      const shown = told.filter(({ check }) => check.startsWith('public '));
      return { shown, exitCode, bad: shown.filter(({ ok }) => !ok), asked: front.asked };
    } finally {
      await front.close();
    }
  }

  it('a front that passes all on is well', async () => {
    const { shown, bad, exitCode } = await through('none');
    expect(bad).toEqual([]);
    expect(shown).toHaveLength(5);
    expect(exitCode).toBe(0);
  });

  it.each([
    ['http-1.0', 'public protocol', /misreads the last word/],
    ['cut-short', 'public whole', /^\d+ bytes of \d+$/],
    ['no-cors', 'public cors', /none$/],
    ['another-server', 'public version', /^0\.4\.5$/],
    ['redirects', 'public version', /with 301/],
  ] as const)('%s is found, and nothing else is', async (flaw, check, got) => {
    const { bad, exitCode } = await through(flaw);
    expect(bad).toEqual([expect.objectContaining({ check, got: expect.stringMatching(got) })]);
    expect(exitCode).toBe(1);
  });

  it('never spoils the name of the phext: no ghost file, whatever the front speaks', async () => {
    const before = await readdir(folder(herd.lab.host('stable')));
    await through('http-1.0');
    expect(await readdir(folder(herd.lab.host('stable')))).toEqual(before);
  });

  it('that does not answer is told with what to look at', async () => {
    const inventory = join(herd.dir, 'nobody.yaml');
    await writeFile(inventory, '');
    const text = await readFile(herd.lab.ranchFile, 'utf8');
    await appendFile(inventory, text.replace('  stable:\n', '  stable:\n    public: "http://127.0.0.1:1"\n'));
    const { told, exitCode } = await smoke('stable', '-i', inventory);
    expect(told.at(-1)).toMatchObject({ check: 'public version', severity: 'critical' });
    expect(told.at(-1)?.got).toMatch(/^no answer: /);
    expect(exitCode).toBe(1);
  });
});
