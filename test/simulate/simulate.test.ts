import { describe, expect, test } from 'vitest';
import type { RolloutEvent } from '../../src/domain/rollout.ts';
import type { Lease } from '../../src/host/unit-host.ts';
import type { ModelRanch } from '../execute/model-ranch.ts';
import type { ModelUnit } from '../execute/model-unit.ts';
import { NEW, OLD } from '../plan/given.ts';
import { check } from './check.ts';
import { checkFact } from './check-facts.ts';
import type { Entry } from './chronicle.ts';
import { drawScenario } from './draw-scenario.ts';
import { judge } from './run-seeds.ts';
import type { HostShape, Scenario } from './scenario.ts';
import { shrink } from './shrink.ts';
import { emptyTally } from './tally.ts';
import { begin, follow } from './unit-history.ts';
import { type Spoilt, simulate } from './world.ts';

/** `npm run simulate` runs as many as one likes; these are run with every change. */
const RUNS = 250;
/** They take seconds; the machine may be ten times slower. */
const TIMEOUT_MS = 300_000;

test(
  'promises are kept, whatever happens',
  async () => {
    const tally = emptyTally();
    for (let seed = 1; seed <= RUNS; seed++) await judge(drawScenario(seed), tally);
    expect(tally.broken).toEqual([]);
    expect(tally.runs).toBe(RUNS);
    // Every kind of fault came to pass, and rollouts ended in every way.
    expect(Object.keys(tally.faults)).toHaveLength(16);
    expect(Object.keys(tally.rollouts).sort()).toEqual([
      'aborted',
      'completed',
      'failed',
      'partial',
      'reverted',
    ]);
  },
  TIMEOUT_MS,
);

test('a seed replays byte for byte', async () => {
  for (const seed of [3, 17, 270]) {
    const once = await simulate(drawScenario(seed));
    const again = await simulate(drawScenario(seed));
    expect(once.chronicle.trace().length).toBeGreaterThan(1000);
    expect(again.chronicle.trace()).toBe(once.chronicle.trace());
  }
  expect(drawScenario(4)).not.toEqual(drawScenario(5));
});

const host: HostShape = {
  zone: 'lan',
  canary: false,
  kind: 'system',
  units: 1,
  instances: 2,
  from: 'old',
  keyed: false,
  endsTimers: false,
  lagMs: 0,
};

const calm: Scenario = {
  seed: 1,
  hosts: [host],
  build: 'good',
  bakeSeconds: 0,
  deadmanSeconds: 12,
  onFailure: 'host',
  maxParallel: 2,
  budget: 0,
  faults: [],
  events: [],
  rivalAtMs: -1,
  resumeAfterMs: 0,
  retries: false,
};

test('what a rollout that is over had placed, and never decided on, is no way back for the next', async () => {
  const first: HostShape = { ...host, instances: 1, from: 'none' };
  const scenario: Scenario = {
    ...calm,
    seed: 23068,
    hosts: [first, { ...host, instances: 1 }],
    build: 'never-starts',
    maxParallel: 1,
    // Between the rename and the start: the host is away for longer than it is waited for.
    faults: [{ kind: 'power', host: 0, on: 'command', at: 8, afterMs: 91, ms: 21_665 }],
  };
  const run = await simulate(scenario);
  expect(run.chronicle.trace()).toContain('the switch was ended in its middle');
  expect(check(run)).toEqual([]);
});

test('nor does it stand in the way of the next, whose own way back is another', async () => {
  const bare: HostShape = { ...host, kind: 'bare', from: 'other' };
  const scenario: Scenario = {
    ...calm,
    seed: 5920,
    hosts: [bare, { ...host, instances: 1 }],
    bakeSeconds: 1,
    maxParallel: 1,
    // The second comes while what the first one failed is put back.
    faults: [
      { kind: 'power', host: 0, on: 'command', at: 48, afterMs: 91, ms: 9785 },
      { kind: 'power', host: 0, on: 'command', at: 45, afterMs: 0, ms: 0 },
    ],
  };
  const run = await simulate(scenario);
  expect(run.chronicle.trace().split('"fact":{"kind":"power","on":true')).toHaveLength(3);
  expect(check(run)).toEqual([]);
});

async function wrongs(scenario: Scenario, spoilt: Spoilt): Promise<string> {
  expect(check(await simulate(scenario))).toEqual([]);
  return check(await simulate(scenario, spoilt)).join('\n');
}

/** Replaces what the units of all hosts do. */
function units(change: (unit: ModelUnit) => void): Spoilt {
  const each = (ranch: ModelRanch): void => {
    for (const model of ranch.hosts.values()) for (const unit of model.units.values()) change(unit);
  };
  return { ranch: each };
}

/** Journals another outcome than was found. */
function telling(from: string, to: 'changed' | 'skipped' | 'reverted'): Spoilt {
  return {
    event: (event: RolloutEvent) =>
      event.type === 'unit-ended' && event.outcome === from ? { ...event, outcome: to } : event,
  };
}

/** How often the rollout of a retry got a lease that the first one still had. */
function takeovers(entries: readonly Entry[]): number {
  const holders = new Map<string, string>();
  return entries.filter((entry) => {
    if (entry.kind !== 'host') return false;
    const { fact, host: name } = entry;
    if (fact.kind === 'power') holders.clear();
    if (fact.kind === 'released') holders.delete(`${name} ${fact.unit}`);
    if (fact.kind !== 'leased') return false;
    const before = holders.get(`${name} ${fact.unit}`);
    holders.set(`${name} ${fact.unit}`, fact.holder);
    return before === 'r-0' && fact.holder === 'r-2';
  }).length;
}

/** Places of a rollout of one host, or commands that arrive there: which one is which is not ours to know. */
const PLACES = Array.from({ length: 60 }, (_, at) => at * 2);

/** What a defect breaks where something happens at one of those places. */
async function somewhere(scenarioAt: (at: number) => Scenario, spoilt: Spoilt): Promise<string> {
  const found: string[] = [];
  for (const at of PLACES) found.push(...check(await simulate(scenarioAt(at), spoilt)));
  return found.join('\n');
}

describe('a planted defect is found', () => {
  test('commands that ignore the fencing token', async () => {
    const fenceless = units((unit) => {
      /** As if the lease were whose command it is. */
      const pretending = <T>(lease: Lease, act: () => T): T => {
        const { heldLease: held, armed } = unit;
        unit.heldLease = { ...lease, expires: Number.POSITIVE_INFINITY, boot: 1 };
        if (armed) unit.armed = { ...armed, token: lease.token };
        const done = act();
        unit.heldLease = held;
        return done;
      };
      const arm = unit.arm.bind(unit);
      const confirm = unit.confirm.bind(unit);
      unit.arm = (lease, ...rest) => pretending(lease, () => arm(lease, ...rest));
      unit.confirm = (lease, to) => pretending(lease, () => confirm(lease, to));
    });
    const stalled = (at: number): Scenario => ({
      ...calm,
      events: [{ kind: 'stall', controller: 0, at, ms: 950_000 }],
      rivalAtMs: 950_000,
    });
    expect(await somewhere(stalled, fenceless)).toMatch(
      /by r-0 \(1\) (under the lease of r-1|without a lease)/,
    );
  });

  test('a lease that is given while another holds it', async () => {
    const open = units((unit) => {
      const real = unit.lease.bind(unit);
      unit.lease = (holder, seconds) => {
        if (unit.heldLease && unit.heldLease.holder !== holder) unit.heldLease = undefined;
        return real(holder, seconds);
      };
    });
    expect(await wrongs({ ...calm, rivalAtMs: 150 }, open)).toMatch(/r-1 took the lease that r-0 held/);
  });

  test('a lease that the next rollout takes over while the host has still to decide', () => {
    const history = begin('/usr/local/bin/sq', OLD, [1337]);
    const unit = history.unit;
    const first = { holder: 'r-0', token: 1 };
    follow(history, { kind: 'leased', unit, ...first, until: 900 });
    const next = { kind: 'leased', unit, holder: 'r-2', token: 2, until: 910 } as const;
    const mayTakeOver = (taker: string, from: string): boolean => taker === 'r-2' && from === 'r-0';
    expect(checkFact(history, next, 10_000, mayTakeOver)).toEqual([]);
    expect(checkFact(history, next, 10_000, () => false)).toEqual(['r-2 took the lease that r-0 held']);
    follow(history, { kind: 'armed', unit, ...first, to: NEW, from: OLD, until: 30 });
    expect(checkFact(history, next, 10_000, mayTakeOver).join()).toMatch(/had still to decide/);
    follow(history, { kind: 'reverting', unit, ...first, by: 'timer' });
    expect(checkFact(history, next, 31_000, mayTakeOver)).toEqual([]);
  });

  test('and such takeovers happen', async () => {
    let taken = 0;
    for (let seed = 1; seed <= RUNS && taken === 0; seed++) {
      const { chronicle } = await simulate({ ...drawScenario(seed), retries: true });
      taken += takeovers(chronicle.entries);
    }
    expect(taken).toBeGreaterThan(0);
  });

  test('a switch before the proof', async () => {
    const hasty = units((unit) => {
      const real = unit.proveBegin.bind(unit);
      unit.proveBegin = (lease, sha, seconds, instances) => {
        const proof = real(lease, sha, seconds, instances);
        unit.releases.add(sha);
        // Nothing is awaited before the old processes are stopped.
        unit.arm(lease, sha, unit.live, 30, instances).then(
          () => unit.switch(lease).catch(() => undefined),
          () => undefined,
        );
        return proof;
      };
    });
    expect(await wrongs(calm, hasty)).toMatch(/port 1337 was stopped before the proof had shown/);
  });

  test('a way back that forgets an instance', async () => {
    const forgetful = units((unit) => {
      const real = unit.revert.bind(unit);
      unit.revert = (lease) => {
        if (unit.armed) unit.armed = { ...unit.armed, instances: unit.armed.instances.slice(0, 1) };
        return real(lease);
      };
    });
    const failing = (at: number): Scenario => ({
      ...calm,
      faults: [{ kind: 'sq-restart', host: 0, on: 'command', at, afterMs: 0, ms: 0 }],
    });
    expect(await somewhere(failing, forgetful)).toMatch(/1 instances run another binary than lies there/);
  });

  test('a dead man that sleeps', async () => {
    const asleep = units((unit) => {
      unit.fire = () => undefined;
    });
    const killed = (at: number): Scenario => ({
      ...calm,
      events: [{ kind: 'kill', controller: 0, at, ms: 0 }],
      resumeAfterMs: 200_000,
    });
    expect(await somewhere(killed, asleep)).toMatch(/nobody decided by/);
  });

  test('a timer that fires though the host was confirmed', async () => {
    const deaf = units((unit) => {
      const real = unit.confirm.bind(unit);
      unit.confirm = (lease, to) => {
        const { armed } = unit;
        const running = real(lease, to);
        if (armed) {
          unit.armed = { ...armed, decided: 'armed' };
          unit.fire(armed.token);
        }
        return running;
      };
    });
    expect(await wrongs(calm, deaf)).toMatch(/went back after it was confirmed/);
  });

  test('a stop that loses what was written', async () => {
    const careless: Spoilt = {
      ranch: (ranch) => {
        for (const model of ranch.hosts.values()) {
          const real = model.stop.bind(model);
          model.stop = (port, by) => {
            real(port, by);
            if (by === 'switch') for (const [, files] of model.folders()) files.get('a')?.clear();
          };
        }
      },
    };
    expect(await wrongs(calm, careless)).toMatch(/acknowledged writes are gone/);
  });

  test('0.5.1 is looked at over HTTP', async () => {
    const curious: Spoilt = {
      ranch: (ranch) => {
        for (const { tell } of ranch.hosts.values())
          tell({ kind: 'asked', port: 1337, sha: OLD, endpoint: 'toc' });
      },
    };
    expect(await wrongs(calm, curious)).toMatch(/0\.5\.1 was asked for toc/);
  });

  test.each([
    ['failed', 'changed'],
    ['reverted', 'changed'],
    ['changed', 'skipped'],
    ['changed', 'reverted'],
  ] as const)('an outcome that is told otherwise: %s as %s', async (from, to) => {
    const scenario: Scenario = {
      ...calm,
      build: from === 'changed' ? 'good' : from === 'failed' ? 'poisoned' : 'never-starts',
    };
    expect(await wrongs(scenario, telling(from, to))).toMatch(new RegExp(`was told ${to}`));
  });

  test('a scratch server that stays', async () => {
    const untidy = units((unit) => {
      unit.endScratch = () => undefined;
      const real = unit.proveBegin.bind(unit);
      unit.proveBegin = (lease, sha, _seconds, instances) => real(lease, sha, 10_000_000, instances);
    });
    expect(await wrongs({ ...calm, build: 'broken' }, untidy)).toMatch(/scratch servers run/);
  });

  test('and is made small', async () => {
    const untidy = units((unit) => {
      const real = unit.release.bind(unit);
      unit.release = (lease) => {
        real(lease);
        unit.timer ??= () => undefined;
      };
    });
    const busy: Scenario = {
      ...calm,
      hosts: [host, { ...host, zone: 'aws', from: 'other' }, host],
      faults: [
        { kind: 'late', host: 0, on: 'command', at: 3, afterMs: 0, ms: 300 },
        { kind: 'corrupt', host: 2, on: 'moment', at: 60, afterMs: 0, ms: 300 },
      ],
      events: [{ kind: 'pause', controller: 0, at: 40, ms: 0 }],
    };
    const small = await shrink(busy, untidy);
    expect(small.wrong.join('\n')).toMatch(/a timer runs/);
    expect(small.scenario).toMatchObject({ faults: [], events: [] });
    expect(small.scenario.hosts).toHaveLength(1);
  });
});
