import { Buffer } from 'node:buffer';
import { readFile, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { checkHosts } from '../../../src/app/checks/check-hosts.ts';
import { openWorkspace } from '../../../src/app/workspace.ts';
import { savedVerdict } from '../../../src/checks/smoke/saved.ts';
import { smoke } from '../../../src/checks/smoke/smoke.ts';
import { asker, type CheckPorts, type Subject } from '../../../src/checks/subject.ts';
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

/** Tries the host, looked at as its phext file was `seen` bytes long. */
async function havingSeen(
  seen: number,
  look: (subject: Subject, ports: CheckPorts) => Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  const { ranchFile: inventory, stateDir } = herd.lab;
  const workspace = await openWorkspace({ inventory, stateDir, asking: {}, sshConfig: 'none' });
  try {
    const { findings } = await checkHosts(workspace, workspace.ranch.hosts, async ({ subjects }, ports) => {
      const [subject] = subjects;
      if (!subject) throw new Error('no subject');
      const phexts = subject.phexts.map((phext) => ({ ...phext, bytes: seen }));
      const instance = { ...subject.instance, dataBytes: seen };
      return await look({ ...subject, instance, phexts }, ports);
    });
    return findings;
  } finally {
    await workspace.close();
  }
}

const smokeHavingSeen = (seen: number) =>
  havingSeen(seen, (subject, ports) => smoke(subject, { artifacts: [] }, ports));

const savedOf = (findings: readonly Finding[]) => findings.find(({ check }) => check === 'smoke saved');

it('a file that was half written as the host was looked at is asked for again, and is well', async () => {
  for (const seen of [0, BYTES / 2]) {
    const findings = await smokeHavingSeen(seen);
    expect(savedOf(findings)).toMatchObject({
      ok: true,
      got: expect.stringMatching(/^relay: [0-9a-f]{32} in memory and on disk$/),
    });
    expect(findings.filter(({ ok }) => !ok)).toEqual([]);
  }
});

it('its answers are bounded by what SQ says that it holds, not by the file as it was seen', async () => {
  const bounds: number[] = [];
  await havingSeen(0, async (subject, { clock }) => {
    const verdict = await savedVerdict(subject, { phext: 'relay' }, (bytes) => {
      bounds.push(bytes);
      return asker(subject, clock, { deadlineMs: 20_000, maxBytes: 2_000 + bytes });
    });
    expect(verdict).toMatchObject({ ok: true });
    return [];
  });
  expect(bounds[0]).toBe(0);
  expect(bounds[1]).toBeGreaterThanOrEqual(BYTES);
});

/** What its readers are given, and what would be lost where SQ let go of the phext. */
async function origin(): Promise<string> {
  const port = herd.lab.host('one').instances[0]?.port ?? 0;
  const reply = await fetch(`http://127.0.0.1:${port}/api/v2/select?p=relay&c=1.1.1/1.1.1/1.1.1`);
  return await reply.text();
}

it('a text that memory alone has, as long as that on the disk, is not let go of', async () => {
  const file = join(dirname(herd.lab.host('one').home), 'data', 'sq', 'relay.phext');
  const held = await origin();
  const bytes = await readFile(file);
  await writeFile(file, Buffer.concat([Buffer.from('~'), bytes.subarray(1)]));
  const findings = await smokeHavingSeen(BYTES);
  expect(savedOf(findings)).toMatchObject({ ok: false, severity: 'critical' });
  expect(findings.map(({ check }) => check)).not.toContain('smoke write');
  expect(await origin()).toBe(held);
  await writeFile(file, bytes);
});

it('one that is still short when it is asked for again is not', async () => {
  const file = join(dirname(herd.lab.host('one').home), 'data', 'sq', 'relay.phext');
  await truncate(file, BYTES / 2);
  const findings = await smokeHavingSeen(BYTES / 4);
  expect(savedOf(findings)).toMatchObject({ ok: false, severity: 'critical' });
  expect(findings.map(({ check }) => check)).not.toContain('smoke write');
});
