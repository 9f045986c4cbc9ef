import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadPlaybooks } from '../../src/inventory/load-playbooks.ts';
import { parsePlaybook } from '../../src/inventory/playbook.ts';
import { linesOf } from './problems-of.ts';

describe('parsePlaybook', () => {
  test.each(['sweep', 'smoke', 'load', 'drill', 'signoff'] as const)('kind %s', (kind) => {
    expect(parsePlaybook(`kind: ${kind}\nhosts: [a]\ntags: [t]\n`, 'p/nightly.yml')).toEqual({
      kind,
      name: 'nightly',
      file: 'p/nightly.yml',
      hosts: ['a'],
      tags: ['t'],
    });
  });

  test('kinds of later versions may have fields of their own', () => {
    expect(parsePlaybook('kind: load\nreaders: 100\nphases: [{ rate: 5 }]\n', 'l.yaml').kind).toBe('load');
  });

  test('a content has a phext and its key scrolls', () => {
    const scroll = 'coordinate: 1.1.1/1.1.1/1.1.2, name: Emi, begins: Emi, bytes: 1490';
    expect(parsePlaybook(`kind: content\nphext: cyoa\nscrolls: [{ ${scroll} }]\n`, 'p/c.yaml')).toEqual({
      kind: 'content',
      name: 'c',
      file: 'p/c.yaml',
      hosts: [],
      tags: [],
      phext: 'cyoa',
      scrolls: [{ coordinate: '1.1.1/1.1.1/1.1.2', name: 'Emi', begins: 'Emi', bytes: 1490 }],
    });
  });

  test.each([
    ['kind: content\n', 'phext'],
    ['kind: content\nphext: a\nscrolls: [{ coordinate: 1.1.1, begins: x }]\n', 'coordinate of nine parts'],
    ['kind: content\nphext: a\nscrolls: [{ coordinate: 1.1.1/1.1.1/1.1.1 }]\n', 'the beginning of its text'],
  ])('a content that is wrong: %j', (text, why) => {
    expect(() => parsePlaybook(text, 'c.yaml')).toThrow(why);
  });

  test('a rollout has a version and options', () => {
    const text = 'kind: rollout\nversion: v0.5.2\noptions: { canary: 10%, deadmanSeconds: 30 }\n';
    expect(parsePlaybook(text, 'r.yaml')).toMatchObject({
      version: '0.5.2',
      options: { canary: '10%', deadmanSeconds: 30 },
    });
  });

  test.each([
    ['', '1:1', 'kind is missing; allowed: sweep,'],
    [
      'kind: sweeep\n',
      '1:7',
      'kind is "sweeep"; allowed: sweep, rollout, smoke, content, load, drill, signoff; did you mean "sweep"?',
    ],
    ['kind: sweep\nshedule: {}\n', '2:1', 'did you mean "schedule"?'],
    [
      'kind: sweep\nschedule: { cron: "61 * * * *" }\n',
      '2:19',
      'schedule.cron is "61 * * * *"; allowed: five or six',
    ],
    ['kind: sweep\nschedule: { cron: never }\n', '2:19', 'schedule.cron is "never"'],
    ['kind: sweep\nschedule: { timezone: UTC }\n', '2:1', 'schedule.cron is missing'],
    [
      'kind: load\nschedule: { cron: "* * * * *", timezone: Mars/One }\n',
      '2:42',
      'is "Mars/One"; allowed: an IANA',
    ],
    ['kind: rollout\n', '1:1', 'version is missing'],
    ['kind: rollout\nversion: latest\n', '2:10', 'version is "latest"'],
    ['kind: rollout\nversion: 1.0.0\noptions: { canery: 1 }\n', '3:12', 'did you mean "canary"?'],
    ['kind: rollout\nversion: 1.0.0\noptions: { budget: 101% }\n', '3:20', 'options.budget is "101%"'],
    ['kind: rollout\nversion: 1.0.0\noptions: { maxParallel: 0 }\n', '3:25', 'from 1 to 1000'],
    ['kind: rollout\nversion: 1.0.0\noptions: { onFailure: hots }\n', '3:23', 'did you mean "host"?'],
    ['kind: sweep\nhosts: [-x]\n', '2:9', 'hosts[0] is "-x"'],
  ])('refused: %j', (text, place, piece) => {
    const lines = linesOf(() => parsePlaybook(text, 'p'));
    expect(lines).toContainEqual(expect.stringContaining(piece));
    expect(lines.find((line) => line.includes(piece))).toMatch(new RegExp(`^p:${place}: `));
  });
});

describe('loadPlaybooks', () => {
  let dir = '';
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'ranch-playbooks-'));
  });
  afterEach(() => rmSync(dir, { recursive: true }));
  const write = (name: string, text: string) => writeFileSync(join(dir, name), text);

  test('reads YAML files by name, and nothing else', async () => {
    write('b.yaml', 'kind: sweep\n');
    write('a.yml', 'kind: smoke\n');
    write('.c.yaml', 'no playbook');
    write('d.txt', 'no playbook');
    expect((await loadPlaybooks(dir)).map((playbook) => playbook.name)).toEqual(['a', 'b']);
  });

  test('no folder is no playbooks', async () => {
    expect(await loadPlaybooks(join(dir, 'none'))).toEqual([]);
  });

  test('tells the problems of all files, and of a name that is taken', async () => {
    write('a.yaml', 'kind: sweep\n');
    write('b.yaml', 'kind: sweep\nname: a\n');
    write('c.yaml', 'kind: nap\n');
    await expect(loadPlaybooks(dir)).rejects.toMatchObject({
      code: 'playbook-invalid',
      problems: [
        { file: join(dir, 'b.yaml'), line: 1 },
        { file: join(dir, 'c.yaml'), line: 1, column: 7 },
      ],
    });
  });
});
