import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkHosts } from '../../src/app/checks/check-hosts.ts';
import { openWorkspace } from '../../src/app/workspace.ts';
import { finding } from '../../src/checks/finding.ts';
import { ON_A_COPY, type Scratch, scratchTarget, withScratch } from '../../src/checks/scratch.ts';
import { asker, type CheckPorts, type Subject } from '../../src/checks/subject.ts';
import { held } from '../../src/domain/verdict.ts';
import type { ProbeShape } from '../../src/host/probe.ts';
import { unitShell } from '../../src/host/unit-shell.ts';
import { ORIGIN } from '../../src/sq/coordinate.ts';
import { parseScroll, parseWritten } from '../../src/sq/replies.ts';
import { selectRequest, updateRequest } from '../../src/sq/requests.ts';
import { type Herd, makeHerd } from '../cli/herd.ts';

const LIMITS = { deadlineMs: 30_000, maxBytes: 1024 * 1024 };

let herd: Herd;
beforeAll(async () => {
  const data = { kind: 'folder', name: 'sq' } as const;
  const roaming = { kind: 'cwd', name: 'roam' } as const;
  herd = await makeHerd([
    { name: 'one', version: '0.5.2', instances: [{ phext: 'story', data, bytes: 4_000, key: true }] },
    { name: 'roams', version: '0.5.6', instances: [{ phext: 'story', data: roaming, bytes: 4_000 }] },
  ]);
});
afterAll(() => herd.close());

/** Runs a use of a subject as a check of one host of the lab; its error, in words, where it has one. */
async function asCheck(
  host: string,
  use: (subject: Subject, ports: CheckPorts) => Promise<void>,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const workspace = await openWorkspace({
    inventory: herd.lab.ranchFile,
    stateDir: herd.lab.stateDir,
    asking: {},
    sshConfig: 'none',
  });
  try {
    const hosts = workspace.ranch.hosts.filter(({ name }) => name === host);
    const { findings } = await checkHosts(
      workspace,
      hosts,
      async ({ subjects: [subject] }, ports) => {
        if (!subject) throw new Error('no subject');
        await use(subject, ports);
        return [finding({ host: subject.spec.name }, 'test', 'it', held('ran'))];
      },
      signal ? { signal } : {},
    );
    const [wrong] = findings.filter(({ ok }) => !ok);
    return wrong && `${wrong.check}: ${wrong.got}`;
  } finally {
    await workspace.close();
  }
}

/** What lies in the unit's own folder, and what runs on the host. */
function standing(host: string): { readonly lies: readonly string[]; readonly runs: number } {
  const member = herd.lab.host(host);
  const kept = join(dirname(member.binary ?? ''), '.ranch');
  return {
    lies: readdirSync(kept).filter((name) => name !== 'log' && name !== 'token'),
    runs: member.processes().length,
  };
}
const NOTHING_LEFT = { lies: [], runs: 1 };

async function writeAndRead({ server }: Scratch, subject: Subject, { clock }: CheckPorts, phext: string) {
  const ask = asker(subject, clock, LIMITS, server.sparePort);
  const target = scratchTarget(server, phext);
  parseWritten(await ask(updateRequest(target, ORIGIN, 'scratch')), subject.place);
  return parseScroll(await ask(selectRequest(target, ORIGIN)), subject.place);
}

test('nothing is left: no file, no process, no lease; the live phext is as it was', async () => {
  const file = join(herd.lab.host('one').instances[0]?.dataDir ?? '', 'story.phext');
  const before = await readFile(file);
  const error = await asCheck('one', async (subject, ports) => {
    await withScratch(subject, ports, 60, ON_A_COPY, async (scratch) => {
      expect(standing('one').lies).toEqual(['lease', 'scratch']);
      expect(await writeAndRead(scratch, subject, ports, 'story')).toBe('scratch');
    });
    await expect.poll(() => standing('one'), { timeout: 50_000 }).toEqual(NOTHING_LEFT);
  });
  expect(error).toBeUndefined();
  expect(await readFile(file)).toEqual(before);
});

test('nothing is left either where the use of it fails', async () => {
  const error = await asCheck('one', (subject, ports) =>
    withScratch(subject, ports, 60, ON_A_COPY, () => Promise.reject(new Error('a check with a fault'))),
  ).catch((fault: Error) => fault.message);
  expect(error).toBe('a check with a fault');
  await expect.poll(() => standing('one'), { timeout: 50_000 }).toEqual(NOTHING_LEFT);
});

test('while a rollout is at work there it is refused, and changes nothing', async () => {
  const error = await asCheck('one', async (subject, ports) => {
    const unit = unitShell(subject.shell, subject.spec);
    const rollout = await unit.lease(subject.binary, 'r-1', 60);
    try {
      await withScratch(subject, ports, 60, ON_A_COPY, () => Promise.resolve());
    } finally {
      expect(standing('one').lies).toEqual(['lease']);
      await unit.release(rollout);
    }
  });
  expect(error).toMatch(/^check: r-1 holds the lease for \d+ s more$/);
});

test('what a controller leaves that is cut off ends by itself', async () => {
  const error = await asCheck('one', (subject, ports) =>
    withScratch(subject, ports, 15, ON_A_COPY, async () => {
      expect(standing('one').runs).toBeGreaterThan(1);
      herd.lab.host('one').cut();
      await expect.poll(() => standing('one').runs, { timeout: 50_000 }).toBe(1);
      await herd.lab.host('one').heal();
    }),
  );
  // The lease and the copy stay for as long as the lease lasts: whoever comes next removes them.
  expect(error).toBeUndefined();
  expect(standing('one').lies).toEqual(['lease', 'scratch']);
  expect(
    await asCheck('one', (subject, ports) =>
      withScratch(subject, ports, 60, ON_A_COPY, () => Promise.resolve()),
    ),
  ).toMatch(/^check: check-[0-9a-f]{12} holds the lease/);
});

test.each<[string, Partial<ProbeShape>]>([
  ['open, on nothing', { content: 'empty', access: 'open' }],
  ['roaming, on a copy', { folder: 'roaming' }],
  ['open and roaming', { content: 'empty', access: 'open', folder: 'roaming' }],
])('it runs %s', async (_name, shape) => {
  const error = await asCheck('roams', async (subject, ports) => {
    await withScratch(subject, ports, 60, { ...ON_A_COPY, ...shape }, async (scratch) => {
      expect(scratch.server.key.reveal() === '').toBe(shape.access === 'open');
      expect(scratch.copied.map(({ name }) => name)).toEqual(shape.content === 'empty' ? [] : ['story']);
      expect(await writeAndRead(scratch, subject, ports, 'story')).toBe('scratch');
      const file = await scratch.read('story.phext');
      expect(
        file === 'folder'
          ? 'folder'
          : Buffer.from(file?.bytes ?? [])
              .toString()
              .slice(0, 7),
      ).toBe('scratch');
    });
  });
  expect(error).toBeUndefined();
  await expect.poll(() => standing('roams'), { timeout: 50_000 }).toEqual(NOTHING_LEFT);
});

test('an interruption ends the check at once, and nothing is left', async () => {
  const stop = new AbortController();
  const check = asCheck(
    'roams',
    (subject, ports) =>
      withScratch(subject, ports, 60, ON_A_COPY, async () => {
        stop.abort(new Error('interrupted'));
        ports.signal?.throwIfAborted();
      }),
    stop.signal,
  );
  await expect(check).rejects.toThrow('interrupted');
  await expect.poll(() => standing('roams'), { timeout: 50_000 }).toEqual(NOTHING_LEFT);
});
