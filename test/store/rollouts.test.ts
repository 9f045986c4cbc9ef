import { join } from 'node:path';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RolloutEvent } from '../../src/domain/rollout.ts';
import { openStore, type Store } from '../../src/store/open.ts';
import { handClock, host, planFor, START, stateDir } from './fixtures.ts';
import { goodUnit, rollout, STORY_HOSTS, started, stories } from './rollout-events.ts';

const ENDED: RolloutEvent = {
  type: 'rollout-ended',
  rollout: rollout(),
  at: START + 9,
  outcome: 'completed',
};

async function freshStore(dir = stateDir()): Promise<Store> {
  const store = await openStore(dir, { clock: handClock() });
  store.savePlan(planFor(['lilly']));
  return store;
}

describe('append', () => {
  it('gives back what was appended, after a reopening too', async () => {
    const dir = stateDir();
    const story = [started(), ...goodUnit('lilly'), ENDED];
    const store = await freshStore(dir);
    for (const event of story) store.append(event);
    store.close();
    const again = await openStore(dir, { clock: handClock(), readOnly: true });
    expect(again.events(rollout())).toEqual(story);
    expect(again.showRollout(rollout())).toEqual({
      rollout: {
        id: 'r-1',
        plan: 'plan-1',
        purpose: 'rollout',
        target: '0.5.2',
        status: 'completed',
        startedAt: START,
        endedAt: START + 9,
        outcome: 'completed',
      },
      plan: planFor(['lilly']),
      units: [
        {
          host: 'lilly',
          unit: '/usr/local/bin/sq',
          state: 'ended',
          step: 'release',
          outcome: 'changed',
          attempt: 1,
          updatedAt: START + 1,
        },
      ],
      events: story,
    });
    again.close();
  });

  it('stores nothing of an event that cannot follow', async () => {
    const store = await freshStore();
    const lease = goodUnit('lilly')[0];
    const stage = goodUnit('lilly')[2];
    const stranger = { ...lease, host: host('nobody') } as RolloutEvent;
    if (lease === undefined || stage === undefined) throw new Error('no events');
    const illegal = expect.objectContaining({ code: 'illegal-transition' });
    expect(() => store.append(lease)).toThrow(illegal);
    store.append(started());
    for (const event of [started(), stage, stranger]) expect(() => store.append(event)).toThrow(illegal);
    expect(store.events(rollout())).toEqual([started()]);
    expect(store.showRollout(rollout()).units).toMatchObject([{ state: 'pending', attempt: 0 }]);
    store.append(ENDED);
    expect(() => store.append(lease)).toThrow(illegal);
    expect(store.verifyEvents()).toBe(2);
    store.close();
  });

  it('refuses a rollout of a plan that was not saved', async () => {
    const store = await openStore(stateDir(), { clock: handClock() });
    expect(() => store.append(started())).toThrow(expect.objectContaining({ code: 'illegal-transition' }));
    store.close();
  });

  it('refuses, as a defect, an event that could not be read again', async () => {
    const store = await freshStore();
    expect(() => store.append({ ...started(), at: 1.5 })).toThrow(
      expect.objectContaining({ code: 'internal' }),
    );
    expect(store.listRollouts(5)).toEqual([]);
    store.close();
  });
});

describe('the events table', () => {
  it('lets nobody change or remove a row', async () => {
    const dir = stateDir();
    const store = await freshStore(dir);
    store.append(started());
    const db = new Database(join(dir, 'ranch.sqlite'));
    for (const statement of [
      `UPDATE events SET host = 'x'`,
      'DELETE FROM events',
      `INSERT OR REPLACE INTO events (seq, at, rollout, type, data, sum) VALUES (1, 1, 'r-1', 't', '{}', '')`,
    ]) {
      expect(() => db.exec(statement), statement).toThrow('append-only');
    }
    db.close();
    expect(store.verifyEvents()).toBe(1);
    store.close();
  });

  it('takes nothing more once its end was lost', async () => {
    const dir = stateDir();
    const store = await freshStore(dir);
    store.append(started());
    const db = new Database(join(dir, 'ranch.sqlite'));
    db.exec('DROP TRIGGER events_are_kept; DELETE FROM events');
    db.close();
    expect(() => store.append(ENDED)).toThrow(expect.objectContaining({ code: 'store-corrupt' }));
    store.close();
  });

  it.each([
    ['a changed row', `UPDATE events SET host = 'aurora' WHERE seq = 3`, 'row 3 of events'],
    ['changed data', `UPDATE events SET data = replace(data, '12', '13') WHERE seq = 3`, 'row 3 of events'],
    ['a row that is gone', 'DELETE FROM events WHERE seq = 3', 'row 3 of events is missing'],
    ['a lost end', 'DELETE FROM events WHERE seq > 5', 'events end at row 5'],
  ])('tells %s', async (_name, damage, told) => {
    const dir = stateDir();
    const store = await freshStore(dir);
    for (const event of [started(), ...goodUnit('lilly')]) store.append(event);
    const db = new Database(join(dir, 'ranch.sqlite'));
    const triggers = db.prepare(`SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'`).all();
    for (const trigger of triggers) db.exec(`DROP TRIGGER ${String(Object(trigger).name)}`);
    db.exec(damage);
    db.close();
    const corrupt = expect.objectContaining({ code: 'store-corrupt' });
    expect(() => store.verifyEvents()).toThrow(
      expect.objectContaining({ code: 'store-corrupt', message: expect.stringContaining(told) }),
    );
    expect(() => store.showRollout(rollout())).toThrow(corrupt);
    expect(() => store.rebuildProjections()).toThrow(corrupt);
    store.close();
    await expect(openStore(dir, { clock: handClock() })).rejects.toThrow(
      expect.objectContaining({
        code: 'store-corrupt',
        message: expect.stringContaining('schema was changed'),
      }),
    );
  });
});

describe('projections', () => {
  it('are the same when made again from the events', async () => {
    await fc.assert(
      fc.asyncProperty(stories, async (events) => {
        const store = await openStore(stateDir(), { clock: handClock() });
        store.savePlan(planFor(STORY_HOSTS));
        for (const event of events) store.append(event);
        const all = () => [
          store.listRollouts(10),
          ...store.listRollouts(10).map(({ id }) => store.showRollout(id)),
          store.unfinishedRollouts(),
        ];
        const before = all();
        expect(store.rebuildProjections()).toBe(events.length);
        expect(all()).toEqual(before);
        store.close();
      }),
      { numRuns: 25 },
    );
  });

  it('are made again after damage to one of them', async () => {
    const dir = stateDir();
    const store = await freshStore(dir);
    for (const event of [started(), ...goodUnit('lilly')]) store.append(event);
    const before = store.showRollout(rollout());
    const db = new Database(join(dir, 'ranch.sqlite'));
    db.exec(`UPDATE rollouts SET status = 'completed'`);
    db.close();
    expect(() => store.listRollouts(1)).toThrow(
      expect.objectContaining({
        code: 'store-corrupt',
        message: expect.stringContaining('row "r-1" of rollouts'),
      }),
    );
    store.rebuildProjections();
    expect(store.showRollout(rollout())).toEqual(before);
    store.close();
  });
});

describe('queries', () => {
  it('list the newest first, and those that have not ended', async () => {
    const store = await freshStore();
    for (const [index, id] of ['r-a', 'r-b', 'r-c'].entries()) {
      store.append({ ...started(rollout(id)), at: START + index });
    }
    store.append({ ...ENDED, rollout: rollout('r-b') });
    store.append({ type: 'rollout-paused', rollout: rollout('r-a'), at: START + 20, reason: 'gate' });
    store.append({ type: 'rollout-aborted', rollout: rollout('r-c'), at: START + 20, reason: 'a person' });
    expect(store.listRollouts(2).map(({ id }) => id)).toEqual(['r-c', 'r-b']);
    expect(store.unfinishedRollouts().map(({ id, status, reason }) => [id, status, reason])).toEqual([
      ['r-c', 'running', 'a person'],
      ['r-a', 'paused', 'gate'],
    ]);
    expect(() => store.showRollout(rollout('r-none'))).toThrow(
      expect.objectContaining({ code: 'no-such-rollout' }),
    );
    store.close();
  });

  it('keep a plan as it was saved, and refuse another one of its hash', async () => {
    const store = await freshStore();
    const plan = planFor(['lilly']);
    store.savePlan(plan);
    expect(store.plan(plan.hash)).toEqual(plan);
    expect(() => store.savePlan({ ...plan, budget: 2 })).toThrow(
      expect.objectContaining({ code: 'plan-invalid' }),
    );
    store.close();
  });
});
