import { once } from 'node:events';
import { watch } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { expect, test } from 'vitest';
import { RanchError } from '../../../src/domain/errors.ts';
import type { LabHostSpec } from '../../../src/lab/lab-spec.ts';
import { type Herd, makeHerd } from '../../cli/herd.ts';
import { ask, bad, fileOf, meshOf, sqHost, ways } from './mesh-lab.ts';

async function withHerd(hosts: readonly LabHostSpec[], use: (herd: Herd) => Promise<void>): Promise<void> {
  const herd = await makeHerd(hosts);
  try {
    await use(herd);
  } finally {
    await herd.close();
  }
}

const RELAY_TEXT = '{"from":"Phex","to":"Cyon","subject":"dusk"}\n';

test('an SQ that takes connections and never answers is hung, and nobody else waits for it', async () => {
  await withHerd([sqHost('good'), sqHost('fine'), sqHost('hung')], async (herd) => {
    // SQ never comes back from a coordinate beyond 999, its lock held.
    await ask(herd, 'hung', 'update?p=story&c=1000.1.1/1.1.1/1.1.1&s=x', 500).catch(() => undefined);
    const report = await meshOf(herd);
    expect(report.verdict).toBe('degraded');
    expect(ways(report)).toEqual([
      'fine -> good: ok',
      'fine -> hung: hung',
      'good -> fine: ok',
      'good -> hung: hung',
      'hung -> fine: ok',
      'hung -> good: ok',
    ]);
    expect(report.mail).toEqual({ sent: 8, read: 8, boxes: 2, leftAlone: 0 });
  });
});

test('a server that only looks like the one that is meant is told, and nothing is written to it', async () => {
  await withHerd([sqHost('alfa'), sqHost('bravo')], async (herd) => {
    const { address, instances } = herd.lab.host('bravo');
    const asked: string[] = [];
    const impostor = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.end(request.url?.startsWith('/api/v2/version') ? '0.5.2' : '');
    });
    impostor.listen(instances[0]?.port, address);
    await once(impostor, 'listening');
    try {
      const report = await meshOf(herd);
      expect(report.verdict).toBe('degraded');
      expect(bad(report)).toEqual([
        expect.stringMatching(/^bravo mesh mailbox: alfa: another server answers there; 0 of 1/),
      ]);
      expect(asked.filter((url) => url.includes('/insert'))).toEqual([]);
      expect(asked.some((url) => url.includes('/version'))).toBe(true);
    } finally {
      impostor.close();
    }
  });
});

test('a key stays on its own host: an SQ that wants one is reached, and its mailbox left alone', async () => {
  const data = { kind: 'folder', name: 'sq' } as const;
  const keyed = sqHost('keyed', { instances: [{ phext: 'story', data, bytes: 4_000, key: true }] });
  await withHerd([sqHost('alfa'), sqHost('bravo'), keyed], async (herd) => {
    const report = await meshOf(herd);
    expect(report).toMatchObject({ verdict: 'full', mail: { boxes: 2, leftAlone: 1 } });
    const pair = report.pairs.find(({ from, to }) => from === 'alfa' && to === 'keyed');
    expect(pair).toMatchObject({ state: 'ok', got: 'answers, and wants its key' });
    expect(report.nodes.find(({ host }) => host === 'keyed')).toMatchObject({ version: '0.5.2', scrolls: 6 });
    expect(bad(report)).toEqual(['keyed mesh mailbox: not tried: it wants a key']);
  });
});

test('two instances of a host are two; what the inventory names and does not run is closed', async () => {
  const instance = (name: string) =>
    ({ phext: 'story', data: { kind: 'folder', name }, bytes: 4_000 }) as const;
  const twins = sqHost('twins', {
    instances: [instance('one'), instance('two'), { ...instance('three'), started: false }],
  });
  await withHerd([sqHost('alfa'), twins], async (herd) => {
    const report = await meshOf(herd);
    const [one, two, three] = herd.lab.host('twins').instances.map(({ port }) => port);
    const to = (port: number | undefined) =>
      report.pairs.find((pair) => pair.to === 'twins' && pair.port === port)?.state;
    expect([one, two, three].map(to)).toEqual(['ok', 'ok', 'port-closed']);
    expect(report).toMatchObject({ verdict: 'degraded', mail: { sent: 6, read: 6, boxes: 3 } });
  });
});

test('stopped in the middle: what it wrote is removed all the same', async () => {
  await withHerd([sqHost('alfa'), sqHost('bravo')], async (herd) => {
    const files = ['alfa', 'bravo'].map((host) => fileOf(herd, host, 'sibling-relay'));
    for (const file of files) await writeFile(file, RELAY_TEXT);
    const stop = new AbortController();
    const reason = new RanchError({ code: 'interrupted', place: '', message: 'asked for', remedy: '' });
    const watcher = watch(files[0] ?? '', () => stop.abort(reason));
    await expect(meshOf(herd, 'all', stop.signal)).rejects.toBe(reason);
    watcher.close();
    for (const file of files) expect(await readFile(file, 'utf8')).toBe(RELAY_TEXT);
    expect(await ask(herd, 'alfa', 'status?p=story')).toContain('story.phext');
    for (const file of files) await rm(file);
  });
});
