import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Store } from '../../src/store/open.ts';
import { openStore, withStore } from '../../src/store/open.ts';
import { drift, handClock, host, planFor, reached, START, stateDir } from './fixtures.ts';
import { goodUnit, rollout, started } from './rollout-events.ts';

const clock = handClock();

async function filled(dir: string): Promise<string> {
  await withStore(dir, { clock }, async (store) => {
    store.savePlan(planFor(['lilly']));
    for (const event of [started(), ...goodUnit('lilly')]) store.append(event);
    store.recordSweep({ id: 's1', at: START, tookMs: 1 }, [reached('lilly')], [drift('lilly', 'behind')]);
    store.hold(host('lilly'), START + 1_000);
  });
  return join(dir, 'ranch.sqlite');
}

/** Everything that ranch reads of a store, each kind on its own: damage in one must not hide in another. */
const READS: readonly ((store: Store) => unknown)[] = [
  (store) => store.verifyEvents(),
  (store) => store.events(rollout()),
  (store) => store.showRollout(rollout()),
  (store) => store.listRollouts(9),
  (store) => store.unfinishedRollouts(),
  (store) => store.latestObservations(),
  (store) => store.latestDrift(),
  (store) => store.driftHistory(host('lilly'), 9),
  (store) => store.sweeps(9),
  (store) => store.holds(),
  (store) => store.findings({ limit: 9 }),
];

const TOLD = /^store-(corrupt|newer|failed)$/;

/** What each read gives of a store; `told` where it is refused as damaged. Whatever else is thrown goes on. */
async function readsOf(dir: string): Promise<readonly unknown[]> {
  const told = (error: unknown): string => {
    expect(error).toMatchObject({ name: 'RanchError', code: expect.stringMatching(TOLD) });
    return 'told';
  };
  try {
    const store = await openStore(dir, { clock, readOnly: true });
    try {
      return READS.map((read) => {
        try {
          return read(store);
        } catch (error) {
          return told(error);
        }
      });
    } finally {
      store.close();
    }
  } catch (error) {
    return READS.map(() => told(error));
  }
}

/** Damage is told, or what is read is what was written: never something else. */
function expectToldOrHarmless(seen: readonly unknown[], sound: readonly unknown[]): number {
  for (const [at, one] of seen.entries()) if (one !== 'told') expect(one).toEqual(sound[at]);
  return seen.filter((one) => one === 'told').length;
}

test('bytes flipped anywhere in the file are told, or do no harm', async () => {
  const dir = stateDir();
  const file = await filled(dir);
  const whole = readFileSync(file);
  const sound = await readsOf(dir);
  let told = 0;
  const flips = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 })), {
    minLength: 1,
    maxLength: 8,
  });
  await fc.assert(
    fc.asyncProperty(flips, async (all) => {
      const bytes = Buffer.from(whole);
      for (const [at, bits] of all) bytes[at] = (bytes[at] ?? 0) ^ bits;
      writeFileSync(file, bytes);
      told += expectToldOrHarmless(await readsOf(dir), sound);
    }),
    { numRuns: 150 },
  );
  expect(told).toBeGreaterThan(60);
});

test('bytes flipped in a journal that was not yet put into the file are told, or only its end is lost', async () => {
  const dir = stateDir();
  const file = await filled(dir);
  const store = await openStore(dir, { clock });
  store.append({ type: 'wave-started', rollout: rollout(), at: START + 2, wave: 'canary' });
  // As a killed controller leaves it: beside the file lies what SQLite has not put in yet.
  const [database, wal] = [readFileSync(file), readFileSync(`${file}-wal`)];
  const latest = [...store.events(rollout())];
  store.close();
  expect(wal.length).toBeGreaterThan(4_000);
  const flip = fc.tuple(fc.nat(wal.length - 1), fc.integer({ min: 1, max: 255 }));
  await fc.assert(
    fc.asyncProperty(flip, async ([at, bits]) => {
      const bytes = Buffer.from(wal);
      bytes[at] = (bytes[at] ?? 0) ^ bits;
      writeFileSync(file, database);
      writeFileSync(`${file}-wal`, bytes);
      rmSync(`${file}-shm`, { force: true });
      const [count, events] = await readsOf(dir);
      if (events === 'told' || count === 'told') return;
      expect(Array.isArray(events) && events.length).toBeGreaterThanOrEqual(latest.length - 1);
      expect(latest.slice(0, Object(events).length)).toEqual(events);
    }),
    { numRuns: 60 },
  );
});

/** A journal of several transactions that SQLite has not put into the file yet, and what is to be read of it. */
async function withJournal(dir: string) {
  const file = await filled(dir);
  const store = await openStore(dir, { clock });
  const before = store.events(rollout()).length;
  for (const wave of ['canary', 'all', 'rest']) {
    store.append({ type: 'wave-started', rollout: rollout(), at: START + 2, wave });
    store.recordSweep(
      { id: wave, at: START + 2, tookMs: 1 },
      [reached('lilly')],
      [drift('lilly', 'in-sync')],
    );
  }
  const [database, wal] = [readFileSync(file), readFileSync(`${file}-wal`)];
  const latest = [...store.events(rollout())];
  store.close();
  /** What is told of it with this journal beside the file: `told`, or as many of the events as there are. */
  const eventsWith = async (journal: Buffer): Promise<number | 'told'> => {
    writeFileSync(file, database);
    writeFileSync(`${file}-wal`, journal);
    rmSync(`${file}-shm`, { force: true });
    const reads = await readsOf(dir);
    const [count, events] = reads;
    if (count === 'told' || events === 'told') return 'told';
    expect(latest.slice(0, Object(events).length)).toEqual(events);
    expect(Object(events).length).toBeGreaterThanOrEqual(before);
    return Object(events).length;
  };
  return { wal, eventsWith, before, after: latest.length };
}

/** SQLite keeps pages of 4 kB, each behind a head of 24 bytes, behind one head of 32 bytes. */
const FRAME = 4_096 + 24;

test('a journal that was cut off anywhere, in the middle of a transaction too, holds whole transactions', async () => {
  const { wal, eventsWith, before, after } = await withJournal(stateDir());
  expect(await eventsWith(wal)).toBe(after);
  expect(await eventsWith(Buffer.alloc(0))).toBe(before);
  const frames = Math.floor((wal.length - 32) / FRAME);
  const seen: (number | 'told')[] = [];
  for (let frame = 0; frame <= frames; frame++) {
    seen.push(await eventsWith(wal.subarray(0, 32 + frame * FRAME)));
  }
  // Never fewer with more of the journal, and each number of events was met: none came in halves.
  expect(seen).not.toContain('told');
  expect(seen).toEqual([...seen].sort((a, b) => Number(a) - Number(b)));
  expect([...new Set(seen)]).toEqual(Array.from({ length: after - before + 1 }, (_, n) => before + n));
  await fc.assert(
    fc.asyncProperty(fc.nat(wal.length), async (length) => {
      const there = Math.floor(Math.max(0, length - 32) / FRAME);
      expect(await eventsWith(wal.subarray(0, length))).toBe(seen[there]);
    }),
    { numRuns: 30 },
  );
});

test('bytes flipped in a journal of several transactions, cut off or not, are told, or its end alone is lost', async () => {
  const { wal, eventsWith } = await withJournal(stateDir());
  const flips = fc.array(fc.tuple(fc.nat(wal.length - 1), fc.integer({ min: 1, max: 255 })), {
    minLength: 1,
    maxLength: 8,
  });
  const length = fc.oneof(fc.constant(wal.length), fc.nat(wal.length));
  await fc.assert(
    fc.asyncProperty(flips, length, async (all, kept) => {
      const bytes = Buffer.from(wal);
      for (const [at, bits] of all) bytes[at] = (bytes[at] ?? 0) ^ bits;
      await eventsWith(bytes.subarray(0, kept));
    }),
    { numRuns: 60 },
  );
});

test('damage to a journal is told where more than one transaction lies behind it', async () => {
  const { wal, eventsWith } = await withJournal(stateDir());
  await fc.assert(
    fc.asyncProperty(fc.nat(31 + FRAME), fc.integer({ min: 1, max: 255 }), async (at, bits) => {
      const bytes = Buffer.from(wal);
      bytes[at] = (bytes[at] ?? 0) ^ bits;
      expect(await eventsWith(bytes)).toBe('told');
    }),
    { numRuns: 60 },
  );
});

const RUNS = 200;

/** Tables whose rows ranch reads, with a column that a person could write into. */
const CELLS = [
  ...[
    'events.data',
    'events.at',
    'events.host',
    'events.step',
    'events.sum',
    'events.type',
    'events.attempt',
    'events.rollout',
  ],
  ...[
    'plans.data',
    'plans.created',
    'plans.sum',
    'chain.seq',
    'chain.sum',
    'rollouts.status',
    'rollouts.ended',
  ],
  ...[
    'rollouts.events',
    'rollouts.outcome',
    'rollout_units.state',
    'rollout_units.trouble',
    'rollout_units.step',
  ],
  ...[
    'observations.data',
    'observations.since',
    'observations.kind',
    'drifts.state',
    'drifts.data',
    'drifts.current',
  ],
  ...['drifts.since', 'drifts.instance', 'sweeps.at', 'sweeps.hosts', 'holds.until', 'holds.host'],
  ...['drifts.host', 'drifts.id', 'observations.host', 'sweeps.id', 'rollout_units.host', 'rollouts.plan'],
];

const cell = fc.oneof(
  fc.constantFrom<string | number | null>(
    null,
    '',
    '{',
    '[]',
    '{}',
    'null',
    '0',
    -1,
    1.5,
    9e15,
    'x'.repeat(9_000),
  ),
  fc.constantFrom<string | number | null>('\u001b[2J', '"\\ud800"', '{"__proto__":{"at":1}}', '0'.repeat(64)),
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.integer(),
);

test('an odd value in any cell is told, or does no harm', async () => {
  const dir = stateDir();
  const file = await filled(dir);
  const copy = `${file}.sound`;
  copyFileSync(file, copy);
  const sound = await readsOf(dir);
  let told = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...CELLS),
      cell,
      fc.integer({ min: 1, max: 19 }),
      async (where, value, seq) => {
        const [table = '', column = ''] = where.split('.');
        copyFileSync(copy, file);
        const db = new Database(file);
        try {
          const triggers = db.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").all();
          for (const trigger of triggers) db.exec(`DROP TRIGGER ${Object(trigger).name}`);
          // Strict tables refuse some kinds of values themselves: then nothing was changed.
          const which = table === 'events' ? `WHERE seq = ${seq}` : '';
          const update = db.prepare(`UPDATE ${table} SET ${column} = ? ${which}`);
          const changed = changes(() => update.run(value).changes);
          for (const trigger of triggers) db.exec(Object(trigger).sql);
          db.close();
          if (changed === 0) return;
          told += expectToldOrHarmless(await readsOf(dir), sound);
        } finally {
          db.close();
          rmSync(`${file}-wal`, { force: true });
          rmSync(`${file}-shm`, { force: true });
        }
      },
    ),
    { numRuns: RUNS },
  );
  expect(told).toBeGreaterThan(RUNS / 3);
  // 200 stores are opened and read: a second each on a machine that is very busy.
}, 600_000);

function changes(run: () => number): number {
  try {
    return run();
  } catch (error) {
    if (error instanceof Error && 'code' in error && /^SQLITE_(CONSTRAINT|MISMATCH)/.test(String(error.code)))
      return 0;
    throw error;
  }
}
