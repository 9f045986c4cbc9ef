import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { inventoryJsonSchema } from '../../src/inventory/inventory-shape.ts';
import { loadInventory } from '../../src/inventory/load-inventory.ts';
import { loadPlaybooks } from '../../src/inventory/load-playbooks.ts';
import { playbookJsonSchema } from '../../src/inventory/playbook-shape.ts';

const root = new URL('../../', import.meta.url);
const inRoot = (path: string) => new URL(path, root).pathname;

describe('the files that come with the program', () => {
  test('inventory.yaml is the ranch as its people describe it', async () => {
    const ranch = await loadInventory(inRoot('inventory.yaml'));
    const rows = ranch.hosts.map((host) =>
      [
        host.name,
        host.sentinel,
        host.user,
        host.zone,
        host.expect,
        host.tags.join('+') || '-',
        host.instances
          .map((one) => [one.port, one.phext, one.dataDir, one.binary].filter(Boolean).join(' '))
          .join(', '),
      ].join(' | '),
    );
    expect(rows).toEqual([
      'aurora-continuum | Phex | wbic16 | lan | present | canary | 1337 choose-your-own-adventure',
      'halcyon-vector | Cyon | wbic16 | lan | present | - | 1337, 1339',
      'logos-prime | Lux | wbic16 | lan | present | - | 1337 ~/.sq/lux-data',
      'chrysalis-hub | Chrys | wbic16 | lan | present | - | 1338',
      'lilly | Lumen | wbic1 | lan | present | wsl | 1337',
      'aletheia-core | Theia | wbic16 | lan | absent | - | 1337',
      'mirrorborn.us | Verse | wbic16 | aws | present | - | 1337 /exo/sq',
    ]);
    expect(ranch.hosts.every((host) => host.address === host.name)).toBe(true);
    expect(ranch.hosts.at(-1)?.public).toBe('https://mirrorborn.us');
    expect(ranch.target).toEqual({ version: '0.5.2' });
    const half = { kind: 'percent', percent: 50 };
    expect(ranch.zones).toEqual([
      { name: 'lan', quorum: half, after: [] },
      { name: 'aws', quorum: half, after: ['lan'] },
    ]);
  });

  test('playbooks/ holds a sweep every 15 minutes and a rollout by hand', async () => {
    const playbooks = await loadPlaybooks(inRoot('playbooks'));
    expect(playbooks).toContainEqual({
      kind: 'sweep',
      name: 'sweep',
      file: inRoot('playbooks/sweep.yaml'),
      schedule: { cron: '*/15 * * * *', timezone: 'America/Chicago' },
      hosts: [],
      tags: [],
    });
    expect(playbooks).toContainEqual({
      kind: 'rollout',
      name: 'rollout',
      file: inRoot('playbooks/rollout.yaml'),
      version: '0.5.2',
      options: { canary: '1', budget: '1', maxParallel: 4, bakeSeconds: 60, onFailure: 'host' },
      hosts: [],
      tags: [],
    });
  });

  test.each([
    ['schema/inventory.schema.json', inventoryJsonSchema],
    ['schema/playbook.schema.json', playbookJsonSchema],
  ])('%s is what the shape gives (UPDATE_SCHEMA=1 writes it)', (path, schema) => {
    const text = `${JSON.stringify(schema(), null, 2)}\n`;
    if (process.env['UPDATE_SCHEMA'] === '1') writeFileSync(inRoot(path), text);
    expect(JSON.parse(readFileSync(inRoot(path), 'utf8'))).toEqual(JSON.parse(text));
  });

  test.each(['inventory.yaml', 'playbooks/sweep.yaml', 'playbooks/rollout.yaml', 'playbooks/cyoa.yaml'])(
    '%s names its schema',
    (path) => {
      const modeline = /^# yaml-language-server: \$schema=(\S+)\n/.exec(readFileSync(inRoot(path), 'utf8'));
      const schema = new URL(modeline?.[1] ?? 'none', new URL(path, root)).pathname;
      expect(JSON.parse(readFileSync(schema, 'utf8'))).toHaveProperty('$schema');
    },
  );
});
