import { truncate } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { checkHosts } from '../../../src/app/checks/check-hosts.ts';
import { openWorkspace } from '../../../src/app/workspace.ts';
import { smoke } from '../../../src/checks/smoke/smoke.ts';
import type { Finding } from '../../../src/domain/finding.ts';
import { type Herd, makeHerd } from '../../cli/herd.ts';

const BYTES = 40_000;

let herd: Herd;
beforeAll(async () => {
  const data = { kind: 'folder', name: 'sq' } as const;
  herd = await makeHerd([
    { name: 'one', version: '0.5.2', instances: [{ phext: 'relay', data, bytes: BYTES }] },
  ]);
});
afterAll(() => herd.close());

/** A smoke test of a host that was looked at as its phext file was `seen` bytes long. */
async function smokeHavingSeen(seen: number): Promise<readonly Finding[]> {
  const { ranchFile: inventory, stateDir } = herd.lab;
  const workspace = await openWorkspace({ inventory, stateDir, asking: {}, sshConfig: 'none' });
  try {
    const { findings } = await checkHosts(workspace, workspace.ranch.hosts, async ({ subjects }, ports) => {
      const [subject] = subjects;
      if (!subject) throw new Error('no subject');
      const phexts = subject.phexts.map((phext) => ({ ...phext, bytes: seen }));
      return await smoke({ ...subject, phexts }, { artifacts: [] }, ports);
    });
    return findings;
  } finally {
    await workspace.close();
  }
}

const savedOf = (findings: readonly Finding[]) => findings.find(({ check }) => check === 'smoke saved');

it('a file that was half written as the host was looked at is asked for again, and is well', async () => {
  for (const seen of [0, BYTES / 2]) {
    const findings = await smokeHavingSeen(seen);
    expect(savedOf(findings)).toMatchObject({
      ok: true,
      got: expect.stringMatching(/^4\d{4} bytes in memory, 4\d{4} on disk$/),
    });
    expect(findings.filter(({ ok }) => !ok)).toEqual([]);
  }
});

it('one that is still short when it is asked for again is not', async () => {
  const file = join(dirname(herd.lab.host('one').home), 'data', 'sq', 'relay.phext');
  await truncate(file, BYTES / 2);
  const findings = await smokeHavingSeen(BYTES / 4);
  expect(savedOf(findings)).toMatchObject({ ok: false, severity: 'critical' });
  // what is told is what SQ itself read, and nothing was written beside it
  expect(savedOf(findings)?.got).toContain(`its file has ${BYTES / 2}`);
  expect(findings.map(({ check }) => check)).not.toContain('smoke write');
});
