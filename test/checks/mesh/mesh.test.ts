import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Herd, makeHerd, oldHost } from '../../cli/herd.ts';
import { ask, bad, fileOf, meshOf, serverOf, sqHost, traceOf, ways } from './mesh-lab.ts';

let herd: Herd;

beforeAll(async () => {
  herd = await makeHerd([
    sqHost('alfa', { sentinel: 'Phex' }),
    sqHost('bravo', { sentinel: 'Cyon' }),
    sqHost('charlie'),
    { ...sqHost('delta'), expect: 'absent' },
  ]);
});
afterAll(async () => {
  await herd.close();
});

const RELAY_TEXT = '{"from":"Phex","to":"Cyon","subject":"dusk"}\n';

test('all reach each other and every message is read; nothing of it stays', async () => {
  const story = fileOf(herd, 'alfa', 'story');
  const before = await traceOf(story);
  const report = await meshOf(herd);
  expect(bad(report)).toEqual([]);
  expect(report).toMatchObject({ verdict: 'full', why: '', agreed: '0.5.2' });
  expect(report.mail).toEqual({ sent: 12, read: 12, boxes: 3, leftAlone: 0 });
  expect(ways(report)).toEqual([
    'alfa -> bravo: ok',
    'alfa -> charlie: ok',
    'alfa -> delta: absent',
    'bravo -> alfa: ok',
    'bravo -> charlie: ok',
    'bravo -> delta: absent',
    'charlie -> alfa: ok',
    'charlie -> bravo: ok',
    'charlie -> delta: absent',
    'delta -> alfa: absent',
    'delta -> bravo: absent',
    'delta -> charlie: absent',
  ]);
  expect(await traceOf(story)).toBe(before);
  expect((await readdir(dirname(story))).filter((name) => name.endsWith('.phext'))).toEqual(['story.phext']);
  expect(await ask(herd, 'alfa', 'status?p=story')).toContain('story.phext');
});

test('messages of people in a relay stay as they are, and the primary phext is held again', async () => {
  const files = ['alfa', 'bravo'].map((host) => fileOf(herd, host, 'sibling-relay'));
  for (const file of files) await writeFile(file, RELAY_TEXT);
  const report = await meshOf(herd);
  expect(bad(report)).toEqual([]);
  expect(report.mail).toEqual({ sent: 12, read: 12, boxes: 3, leftAlone: 0 });
  for (const file of files) expect(await readFile(file, 'utf8')).toBe(RELAY_TEXT);
  for (const file of files) await rm(file);
});

test('a relay beside the phext of an SQ does not hide which it is there for, where the inventory names none', async () => {
  const file = fileOf(herd, 'alfa', 'sibling-relay');
  await writeFile(file, RELAY_TEXT);
  const report = await meshOf(herd, 'all', undefined, (host) => ({
    ...host,
    instances: host.instances.map(({ phext: _, ...instance }) => instance),
  }));
  expect(bad(report)).toEqual([]);
  expect(report.nodes.map(({ phext }) => phext)).toEqual(['story', 'story', 'story', undefined]);
  await rm(file);
});

test('what a killed test left an hour ago is removed, what is younger stays', async () => {
  const message = (timestamp: string) =>
    `${JSON.stringify({ from: 'x', to: 'y', timestamp, type: 'ranch-mesh-check', subject: 'mesh check 1' })}\n`;
  const file = fileOf(herd, 'alfa', 'sibling-relay');
  const young = message(new Date().toISOString());
  // 1.1.1/1.1.1/950.1.1 and 1.1.1/1.1.1/950.1.2
  const place = '\x19'.repeat(949);
  await writeFile(file, `${RELAY_TEXT}${place}${message('2020-01-01T00:00:00.000Z')}\x17${young}`);
  expect(bad(await meshOf(herd))).toEqual([]);
  expect(await readFile(file, 'utf8')).toBe(`${RELAY_TEXT}${place}\x17${young}`);
  await rm(file);
});

test('a relay that is not UTF-8 is never loaded: it would end SQ', async () => {
  const file = fileOf(herd, 'bravo', 'sibling-relay');
  await writeFile(file, Buffer.from([0xff, 0xfe, 0x41]));
  const report = await meshOf(herd);
  expect(bad(report)).toEqual([`bravo mesh mailbox: ${file} is not UTF-8`]);
  expect(report.mail).toEqual({ sent: 8, read: 8, boxes: 2, leftAlone: 1 });
  expect(await ask(herd, 'bravo', 'version?p=story')).toBe('0.5.2');
  await rm(file);
});

test('scrolls that differ are named, by delta', async () => {
  await ask(herd, 'charlie', 'update?p=story&c=1.1.1/1.1.1/1.1.2&s=another');
  await ask(herd, 'charlie', 'update?p=story&c=7.7.7/7.7.7/7.7.7&s=new');
  await ask(herd, 'charlie', 'delete?p=story&c=1.1.1/1.1.1/1.1.3');
  const report = await meshOf(herd);
  expect(report.verdict).toBe('full');
  expect(bad(report)).toEqual([
    'charlie mesh content: 2 differ or are only here: 1.1.1/1.1.1/1.1.2, 7.7.7/7.7.7/7.7.7; 1 are not here: 1.1.1/1.1.1/1.1.3',
  ]);
});

test('a quick mesh writes nothing', async () => {
  const report = await meshOf(herd, 'reach');
  expect(report).toMatchObject({ verdict: 'full', agreed: '0.5.2' });
  expect(report).not.toHaveProperty('mail');
});

test('each trouble is told apart from the others', async () => {
  const troubled = await makeHerd([
    sqHost('good'),
    sqHost('fine'),
    sqHost('closed'),
    sqHost('frozen'),
    sqHost('poisoned'),
    sqHost('away'),
    sqHost('ahead', { version: '0.5.6' }),
    oldHost('old'),
  ]);
  try {
    process.kill(serverOf(troubled, 'closed'), 'SIGKILL');
    process.kill(serverOf(troubled, 'frozen'), 'SIGSTOP');
    const ghost = fileOf(troubled, 'poisoned', 'broken');
    await writeFile(ghost, Buffer.from([0xff]));
    expect(await ask(troubled, 'poisoned', 'version?p=broken')).toBe('Internal Server Error');
    await rm(ghost);
    troubled.lab.host('away').cut();
    const oldFile = fileOf(troubled, 'old', 'relay');
    const before = await traceOf(oldFile);
    const report = await meshOf(troubled);
    expect(report).toMatchObject({ verdict: 'degraded', agreed: '0.5.2' });
    const seen = (from: string) => ways(report).filter((one) => one.startsWith(`${from} ->`));
    expect(seen('good')).toEqual([
      'good -> ahead: wrong-version',
      'good -> away: host-down',
      'good -> closed: port-closed',
      'good -> fine: ok',
      'good -> frozen: hung',
      'good -> old: wrong-version',
      'good -> poisoned: poisoned',
    ]);
    // A host whose own SQ is in trouble still shows what it reaches.
    expect(seen('frozen')).toContain('frozen -> good: ok');
    expect(new Set(seen('away').map((one) => one.split(': ')[1]))).toEqual(new Set(['host-down']));
    const told = new Map(
      report.findings.filter(({ ok }) => !ok).map((one) => [`${one.host} ${one.check}`, one]),
    );
    expect(told.get('frozen mesh reach')).toMatchObject({ severity: 'critical' });
    expect(told.get('frozen mesh reach')?.got).toContain('state T');
    expect(told.get('poisoned mesh reach')?.got).toContain('poisoned: 500');
    expect(told.get('old mesh reach')?.got).toContain('nobody connects');
    expect(told.get('ahead mesh reach')?.got).toBe('wrong-version: 0.5.6; most run 0.5.2');
    // Mailboxes of all that answer, another version among them.
    expect(report.mail).toMatchObject({ boxes: 3 });
    expect(report.mail?.read).toBe(report.mail?.sent);
    // The old one was not even connected to: that would have ended it, and a request would have rewritten its file.
    expect(serverOf(troubled, 'old')).toBeGreaterThan(0);
    expect(await traceOf(oldFile)).toBe(before);
    process.kill(serverOf(troubled, 'frozen'), 'SIGCONT');
  } finally {
    await troubled.close();
  }
});
