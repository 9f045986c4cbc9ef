import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { layoutOf } from '../../src/store/layout.ts';
import { withExclusive } from '../../src/store/lock.ts';
import { migrate } from '../../src/store/migrations.ts';
import { openStore, type Store, withStore } from '../../src/store/open.ts';
import { openRollouts } from '../../src/store/rollouts.ts';
import { loadSqlite, openSql } from '../../src/store/sql.ts';
import { drift, handClock, host, planFor, reached, START, stateDir } from './fixtures.ts';
import { goodUnit, rollout, started } from './rollout-events.ts';

const DAY = 86_400_000;
const clock = handClock();

async function filled(dir: string): Promise<void> {
  await withStore(dir, { clock }, async (store) => {
    store.savePlan(planFor(['lilly']));
    for (const event of [started(), ...goodUnit('lilly')]) store.append(event);
    store.recordSweep({ id: 's1', at: START, tookMs: 1 }, [reached('lilly')], [drift('lilly', 'behind')]);
    store.hold(host('lilly'), START + DAY);
  });
}

const everything = (store: Store) => [
  store.verifyEvents(),
  store.showRollout(rollout()),
  store.unfinishedRollouts(),
  store.latestObservations(),
  store.latestDrift(),
  store.driftHistory(host('lilly'), 9),
  store.sweeps(9),
  store.holds(),
  store.findings({ limit: 9 }),
];

describe('openStore', () => {
  it('makes a folder and files that only their owner can read, in a folder open to all', async () => {
    const dir = stateDir();
    mkdirSync(dir, { mode: 0o755 });
    const store = await openStore(dir, { clock });
    store.hold(host('lilly'), START + 1);
    const files = readdirSync(dir, { recursive: true, withFileTypes: true });
    expect(files.map(({ name }) => name).sort()).toEqual([
      'backups',
      'ranch-20261124.sqlite',
      'ranch.sqlite',
      'ranch.sqlite-shm',
      'ranch.sqlite-wal',
    ]);
    for (const file of files) {
      const mode = statSync(join(file.parentPath, file.name)).mode & 0o777;
      expect([file.name, mode]).toEqual([file.name, file.isDirectory() ? 0o700 : 0o600]);
    }
    expect(statSync(dir).mode & 0o777).toBe(0o700);
    store.close();
  });

  it('is durable against a power cut: write-ahead log, and synced at each commit', async () => {
    const dir = stateDir();
    const sql = openSql(await loadSqlite(), layoutOf(dir), { file: `${dir}.sqlite`, readOnly: false });
    expect(sql.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
    expect(sql.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: 2 });
    expect(sql.prepare('PRAGMA foreign_keys').get()).toEqual({ foreign_keys: 1 });
    sql.close();
  });

  it('shows an empty store to a reader where there is none, and makes nothing', async () => {
    const dir = stateDir();
    const store = await openStore(dir, { clock, readOnly: true });
    expect(store.listRollouts(5)).toEqual([]);
    expect(() => store.hold(host('lilly'), START + 1)).toThrow(
      expect.objectContaining({ code: 'store-failed' }),
    );
    store.close();
    expect(existsSync(dir)).toBe(false);
  });

  it('brings an older schema up to date for a reader, unless a controller is at work', async () => {
    const dir = stateDir();
    mkdirSync(dir);
    writeFileSync(join(dir, 'ranch.sqlite'), '');
    await withExclusive(dir, { command: 'ranch daemon', clock }, async () => {
      await expect(openStore(dir, { clock, readOnly: true })).rejects.toMatchObject({ code: 'state-locked' });
    });
    await withStore(dir, { clock, readOnly: true }, async (store) => {
      expect(store.listRollouts(1)).toEqual([]);
    });
  });

  it('refuses a reader that writes', async () => {
    const dir = stateDir();
    await filled(dir);
    await withStore(dir, { clock, readOnly: true }, async (store) => {
      expect(() => store.hold(host('x'), START + 1)).toThrow(
        expect.objectContaining({ code: 'store-failed' }),
      );
    });
  });

  it.each([true, false])('refuses a newer schema (read-only: %s)', async (readOnly) => {
    const dir = stateDir();
    await filled(dir);
    const db = new Database(join(dir, 'ranch.sqlite'));
    db.pragma('user_version = 99');
    db.close();
    await expect(openStore(dir, { clock, readOnly })).rejects.toMatchObject({
      code: 'store-newer',
      exitCode: 1,
    });
  });

  it('says what is in the way of the state folder', async () => {
    const file = stateDir();
    writeFileSync(file, 'not a folder');
    await expect(openStore(file, { clock })).rejects.toMatchObject({ code: 'store-failed', place: file });
    await expect(openStore(join(file, 'deeper'), { clock })).rejects.toMatchObject({ code: 'store-failed' });
  });

  it('keeps what was recorded when the disk is full, and says so', async () => {
    const dir = stateDir();
    await filled(dir);
    const sql = openSql(await loadSqlite(), layoutOf(dir), { readOnly: false });
    migrate(sql);
    const rollouts = openRollouts(sql);
    const before = rollouts.verifyEvents();
    // What SQLite does on a full disk, by its own limit of pages.
    sql.exec('PRAGMA max_page_count = 1');
    const wave = 'w'.repeat(100_000);
    expect(() => rollouts.append({ type: 'wave-started', rollout: rollout(), at: START, wave })).toThrow(
      expect.objectContaining({
        code: 'store-failed',
        place: join(dir, 'ranch.sqlite'),
        message: expect.stringContaining('SQLITE_FULL'),
        remedy: expect.stringContaining('Free some space'),
      }),
    );
    expect(rollouts.verifyEvents()).toBe(before);
    sql.close();
  });
});

describe('a damaged store', () => {
  const damages: readonly (readonly [string, (file: string) => void])[] = [
    ['another file', (file) => writeFileSync(file, 'not a database, but long enough to look at'.repeat(100))],
    ['an emptied file', (file) => truncateSync(file, 0)],
    ['half a file', (file) => truncateSync(file, Math.trunc(statSync(file).size / 2))],
    [
      'a database of another program',
      (file) => {
        truncateSync(file, 0);
        const db = new Database(file);
        db.exec('CREATE TABLE t (a)');
        db.close();
      },
    ],
  ];

  it.each(damages)('(%s) is told, and its backup can be put in place as told', async (_name, damage) => {
    const dir = stateDir();
    await filled(dir);
    await withStore(dir, { clock: handClock(START + DAY) }, async (store) => {
      expect(store.backup.kind).toBe('made');
    });
    const file = join(dir, 'ranch.sqlite');
    const backup = join(dir, 'backups', 'ranch-20261125.sqlite');
    damage(file);
    for (const readOnly of [true, false]) {
      await expect(openStore(dir, { clock, readOnly })).rejects.toMatchObject({
        code: 'store-corrupt',
        place: file,
        remedy: expect.stringContaining(`cp -p ${backup} ${file}`),
      });
    }
    copyFileSync(backup, file);
    await withStore(dir, { clock, readOnly: true }, async (store) => {
      expect(store.verifyEvents()).toBe(20);
    });
  });

  it('passes over a backup that is damaged too, and says so where there is none', async () => {
    const dir = stateDir();
    await filled(dir);
    await withStore(dir, { clock: handClock(START + DAY) }, () => Promise.resolve());
    writeFileSync(join(dir, 'ranch.sqlite'), 'x'.repeat(5_000));
    writeFileSync(join(dir, 'backups', 'ranch-20261125.sqlite'), 'x'.repeat(5_000));
    const remedy = (text: string) => ({ code: 'store-corrupt', remedy: expect.stringContaining(text) });
    await expect(openStore(dir, { clock })).rejects.toMatchObject(remedy('ranch-20261124.sqlite'));
    writeFileSync(join(dir, 'backups', 'ranch-20261124.sqlite'), '');
    writeFileSync(join(dir, 'backups', 'ranch-20261124.sqlite'), 'x'.repeat(5_000));
    await expect(openStore(dir, { clock })).rejects.toMatchObject(remedy('There is no backup'));
  });

  it('tells a flipped byte, or it was one that does no harm', async () => {
    const dir = stateDir();
    await filled(dir);
    const file = join(dir, 'ranch.sqlite');
    const sound = readFileSync(file);
    const expected = await withStore(dir, { clock, readOnly: true }, async (store) => everything(store));
    let told = 0;
    // A stride that is prime meets every place of a page.
    for (let at = 0; at < sound.length; at += 331) {
      const bytes = Buffer.from(sound);
      bytes[at] = (bytes[at] ?? 0) ^ 0x11;
      writeFileSync(file, bytes);
      try {
        const seen = await withStore(dir, { clock, readOnly: true }, async (store) => everything(store));
        expect(seen, `byte ${at}`).toEqual(expected);
      } catch (error) {
        expect(error, `byte ${at}`).toMatchObject({ code: expect.stringMatching(/^store-(corrupt|newer)$/) });
        told += 1;
      }
    }
    expect(told).toBeGreaterThan(20);
  });
});

describe('backups', () => {
  it('are made once a day and kept for seven', async () => {
    const dir = stateDir();
    await filled(dir);
    const days = Array.from({ length: 9 }, (_, day) => START + day * DAY);
    for (const at of days) {
      await withStore(dir, { clock: handClock(at) }, async (store) => {
        expect(store.backup.kind).toBe(at === START ? 'not-due' : 'made');
        expect(store.backupIfDue()).toEqual({ kind: 'not-due' });
      });
    }
    const names = readdirSync(join(dir, 'backups')).sort();
    expect(names).toHaveLength(7);
    expect([names[0], names[6]]).toEqual(['ranch-20261126.sqlite', 'ranch-20261202.sqlite']);
  });

  it('clear away what an earlier one left half-written, once that is old', async () => {
    const dir = stateDir();
    await filled(dir);
    const [old, fresh] = ['ranch-20261120.sqlite.part-7', 'ranch-20261124.sqlite.part-8'];
    for (const name of [old, fresh]) writeFileSync(join(dir, 'backups', name), 'half of it');
    utimesSync(join(dir, 'backups', fresh), START / 1000 + 86_400, START / 1000 + 86_400);
    utimesSync(join(dir, 'backups', old), START / 1000 - 400_000, START / 1000 - 400_000);
    await withStore(dir, { clock: handClock(START + DAY) }, async () => undefined);
    const left = readdirSync(join(dir, 'backups')).filter((name) => name.includes('.part-'));
    expect(left).toEqual([fresh]);
  });

  it('are named in a way that can be pasted into a shell, wherever they lie', async () => {
    const dir = join(dirname(stateDir()), "it's here");
    await filled(dir);
    await withStore(dir, { clock: handClock(START + DAY) }, async () => undefined);
    writeFileSync(join(dir, 'ranch.sqlite'), 'no database');
    await expect(openStore(dir, { clock })).rejects.toMatchObject({
      code: 'store-corrupt',
      remedy: expect.stringContaining(`/it'\\''s here/ranch.sqlite'`),
    });
  });

  it('are not made of a store with a damaged row', async () => {
    const dir = stateDir();
    await filled(dir);
    const db = new Database(join(dir, 'ranch.sqlite'));
    const trigger = `SELECT sql FROM sqlite_schema WHERE name = 'events_stay'`;
    const text = String(Object(db.prepare(trigger).get()).sql);
    db.exec(`DROP TRIGGER events_stay; UPDATE events SET at = at + 1 WHERE seq = 2; ${text}`);
    db.close();
    await expect(openStore(dir, { clock: handClock(START + DAY) })).rejects.toMatchObject({
      code: 'store-corrupt',
      message: expect.stringContaining('row 2 of events'),
    });
    expect(existsSync(join(dir, 'backups', 'ranch-20261125.sqlite'))).toBe(false);
  });

  it('that fail do not stop the command, and are told', async () => {
    const dir = stateDir();
    mkdirSync(dir);
    writeFileSync(join(dir, 'backups'), 'a file in the way');
    chmodSync(join(dir, 'backups'), 0o600);
    const store = await openStore(dir, { clock });
    expect(store.backup).toMatchObject({ kind: 'failed', trouble: { code: 'store-failed' } });
    store.hold(host('lilly'), START + 1);
    store.close();
  });
});
