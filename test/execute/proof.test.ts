import { describe, expect, test } from 'vitest';
import type { HttpRequest, Limits } from '../../src/domain/http.ts';
import type { UnitPlan } from '../../src/domain/plan.ts';
import type { Execution } from '../../src/execute/execution.ts';
import type { HostLink } from '../../src/host/access.ts';
import { parseCoordinate } from '../../src/sq/coordinate.ts';
import { updateRequest } from '../../src/sq/requests.ts';
import { NEW, OLD, v } from '../plan/given.ts';
import { Controller } from './controller.ts';
import { MemoryJournal } from './memory-journal.ts';
import type { ModelHost } from './model-host.ts';
import { type Fault, ModelRanch } from './model-ranch.ts';
import { builds, hostPlan, instance, planOf, unit } from './plans.ts';
import type { Build } from './sq-responder.ts';
import { leftovers, outcomes } from './told.ts';

interface Scene {
  readonly units?: readonly UnitPlan[];
  readonly older?: Build;
  readonly before?: (host: ModelHost) => void;
  readonly faults?: readonly Omit<Fault, 'host'>[];
}

async function play({ units = [unit()], older = {}, before, faults = [] }: Scene) {
  const plan = planOf({ waves: [[hostPlan('h1', { units })]] });
  const ranch = new ModelRanch(plan, builds({}, older));
  ranch.breaks(...faults.map((fault) => ({ ...fault, host: 'h1' })));
  const h1 = ranch.host('h1');
  before?.(h1);
  const server = h1.processes.get(1337)?.server;
  const journal = new MemoryJournal();
  await new Controller(ranch, plan, journal).run();
  return { ranch, h1, server, journal, ended: outcomes(journal) };
}

type HostHook = (port: number, request: HttpRequest, limits: Limits) => void;

/** The hosts with some of what they do replaced. */
function altered(
  access: Execution['access'],
  alter: (host: HostLink) => Partial<HostLink>,
): Execution['access'] {
  return {
    withHost: (spec, use, options) =>
      access.withHost(spec, (host) => use({ ...host, ...alter(host) }), options),
  };
}

/** Calls `hook` before each request to an SQ. */
function hooked(access: Execution['access'], hook: HostHook): Execution['access'] {
  const http = (host: HostLink): HostLink['http'] => {
    return (port, request, limits) => {
      hook(port, request, limits);
      return host.http(port, request, limits);
    };
  };
  return altered(access, (host) => ({ http: http(host) }));
}

/** A unit that runs 0.5.2 and gets another build of it. */
const rebuilt = unit({ from: { sha256: OLD, version: v('0.5.2') } });

describe('a live server that can be asked', () => {
  const older: Build = { version: '0.5.2' };

  test('is asked for its status alone, never for what could end it', async () => {
    const { server, ended } = await play({ units: [rebuilt], older: { ...older, poisonedByToc: true } });
    expect(ended).toEqual(['h1: changed']);
    expect(server?.asked).toEqual(['status']);
    expect(server?.poisoned).toBe(false);
  });

  test('is not stopped while its memory is not on its disk', async () => {
    const { h1, ended, journal } = await play({
      units: [rebuilt],
      older,
      before: (host) => host.processes.get(1337)?.server.remember('a', 30),
    });
    expect(ended).toEqual(['h1: inconclusive unsaved']);
    expect(h1.running(1337)).toMatchObject({ pid: 1337, sha256: OLD });
    expect(h1.only.heldLease).toBeUndefined();
    const failed = journal.all.find(({ type }) => type === 'step-failed');
    expect(failed).toMatchObject({
      trouble: { place: 'h1:1337', message: 'SQ holds 31 scrolls of a, and the file on its disk has 1' },
    });
  });

  test('may get a few scrolls between the copy and the question', async () => {
    const { ended } = await play({
      units: [rebuilt],
      older,
      before: (host) => host.processes.get(1337)?.server.remember('a', 10),
    });
    expect(ended).toEqual(['h1: changed']);
  });

  test('may get any number of writes between the copy and the question', async () => {
    const scroll = (at: number) => parseCoordinate(`3.1.1/1.1.1/1.1.${at}`);
    const target = { phext: 'a' };
    const plan = planOf({ waves: [[hostPlan('h1', { units: [rebuilt] })]] });
    const ranch = new ModelRanch(plan, builds({}, older));
    const held = Array.from({ length: 30 }, (_, at): [string, string] => [scroll(at + 1), 'before']);
    for (const files of ranch.host('h1').allFiles()) files.set('a', new Map(held));
    const journal = new MemoryJournal();
    const controller = new Controller(ranch, plan, journal);
    const execution = controller.execution();
    const busy: HostHook = (port, request) => {
      if (port !== 1337 || !request.path.includes('/status')) return;
      const server = ranch.host('h1').processes.get(1337)?.server;
      for (let at = 1; at <= 31; at++) server?.answer(updateRequest(target, scroll(at), 'since then'));
    };
    await controller.run({ ...execution, access: hooked(execution.access, busy) });
    expect(outcomes(journal)).toEqual(['h1: changed']);
  });

  test('is not stopped while its file has scrolls elsewhere than its memory', async () => {
    const { h1, ended, journal } = await play({
      units: [rebuilt],
      older,
      before: (host) => {
        host.processes.get(1337)?.server.remember('a', 20);
        const elsewhere = Array.from({ length: 20 }, (_, at): [string, string] => [
          `3.1.1/1.1.1/1.1.${at + 1}`,
          'moved',
        ]);
        for (const files of host.allFiles()) if (files.has('a')) files.set('a', new Map(elsewhere));
      },
    });
    expect(ended).toEqual(['h1: inconclusive unsaved']);
    expect(h1.running(1337)).toMatchObject({ pid: 1337, sha256: OLD });
    const failed = journal.all.find(({ type }) => type === 'step-failed');
    expect(failed).toMatchObject({
      trouble: { message: "21 scrolls of a are at other coordinates on its disk than in SQ's memory" },
    });
  });

  test('is not asked for a file that a full disk cut off', async () => {
    const plan = planOf({ waves: [[hostPlan('h1', { units: [rebuilt] })]] });
    const ranch = new ModelRanch(plan, builds({}, older));
    const server = ranch.host('h1').processes.get(1337)?.server;
    server?.remember('a', 1);
    const journal = new MemoryJournal();
    const controller = new Controller(ranch, plan, journal);
    const execution = controller.execution();
    const access = altered(execution.access, () => ({ endsWhole: () => Promise.resolve(false) }));
    await controller.run({ ...execution, access });
    expect(outcomes(journal)).toEqual(['h1: inconclusive unsaved']);
    expect(server?.asked).toEqual(['status']);
  });

  test('is asked with its key, and so is the new one', async () => {
    const { ended, ranch } = await play({
      units: [rebuilt],
      older,
      before: (host) => host.lock(1337, 'lilac'),
    });
    expect(ended).toEqual(['h1: changed']);
    expect(leftovers(ranch)).toEqual([]);
  });

  test('that cannot be reached by its connection is unreachable, not unproven', async () => {
    const { ended } = await play({
      units: [rebuilt],
      older,
      faults: [{ command: 'http status', lost: 'before' }],
    });
    expect(ended).toEqual(['h1: unreachable connection-lost']);
  });
});

describe('the phext to ask for', () => {
  const { phext: _phext, ...unnamed } = instance();

  test('is the only one, where the inventory names none', async () => {
    const { server, ended } = await play({
      units: [{ ...rebuilt, instances: [unnamed] }],
      older: { version: '0.5.2' },
    });
    expect(ended).toEqual(['h1: changed']);
    expect(server?.asked).toEqual(['status']);
  });

  test('is none of several: all are loaded in the copy, nothing is asked that could evict what is held', async () => {
    const { ranch, h1, server, journal, ended } = await play({
      units: [{ ...rebuilt, instances: [unnamed] }],
      older: { version: '0.5.2' },
      before: (host) => host.files(unnamed.dataDir).set('b', new Map([['1.1.1/1.1.1/1.1.2', 'Emi']])),
    });
    expect(ended).toEqual(['h1: changed']);
    const proved = journal.all.find((event) => event.type === 'step-done' && event.step === 'prove');
    expect(proved).toMatchObject({ facts: { phexts: ['1337 a', '1337 b'], scrolls: 2 } });
    expect(server?.asked).toEqual([]);
    expect(ranch.log.filter((line) => line.startsWith('h1 http toc'))).toHaveLength(3);
    expect([...h1.files(unnamed.dataDir).keys()]).toEqual(['a', 'b']);
    expect(leftovers(ranch)).toEqual([]);
  });
});

test('a target that cannot be asked over HTTP is verified by the host alone', async () => {
  const to = { sha256: NEW, version: v('0.5.1'), platform: 'linux-x86_64-gnu' };
  const { ranch, ended } = await play({ units: [unit({ to })] });
  expect(ended).toEqual(['h1: changed']);
  expect(ranch.log.filter((line) => line.endsWith(' 1337'))).toEqual([]);
});

test('a table of contents that is larger than is read was made all the same: the number of scrolls does', async () => {
  const { journal, ended } = await play({ faults: [{ command: 'http toc', code: 'answer-too-large' }] });
  expect(ended).toEqual(['h1: changed']);
  const proved = journal.all.find((event) => event.type === 'step-done' && event.step === 'prove');
  expect(proved).toMatchObject({ facts: { phexts: ['1337 a'], scrolls: 1 } });
});

test('a table of contents may be as large as its phext asks for', async () => {
  const plan = planOf({ waves: [[hostPlan('h1', { units: [unit()] })]] });
  const ranch = new ModelRanch(plan, builds());
  const controller = new Controller(ranch, plan);
  const execution = controller.execution();
  const limits: number[] = [];
  const access = hooked(execution.access, (_, { path }, { maxBytes }) => {
    if (path.includes('/toc')) limits.push(maxBytes);
  });
  await controller.run({ ...execution, access });
  // The model's phext has a byte for each scroll, which is one.
  expect(limits).toEqual([16 * 1024 * 1024 + 2]);
});

test('what a proof found is in the record', async () => {
  const { journal } = await play({});
  const proved = journal.all.find((event) => event.type === 'step-done' && event.step === 'prove');
  expect(proved).toMatchObject({ facts: { phexts: ['1337 a'], scrolls: 1 } });
});

test('a proof whose host forgets a scratch server cannot be read', async () => {
  const { ended } = await play({
    faults: [{ command: 'prove-begin', answer: { version: '0.5.2', candidates: [], copied: [] } }],
  });
  expect(ended).toEqual(['h1: failed host-answer-invalid']);
});

test('a switch that says nothing of an instance is not believed', async () => {
  const { h1, ended } = await play({ faults: [{ command: 'switch', answer: [], times: 99 }] });
  expect(ended).toEqual(['h1: reverted verify-failed']);
  expect(h1.only.live).toBe(OLD);
});

test('a switch after which another binary runs is not believed', async () => {
  const other = { port: 1337, pid: 1, startTicks: 1, sha256: OLD, tries: 1, restarted: true, missing: [] };
  const { h1, ended } = await play({ faults: [{ command: 'switch', answer: [other] }] });
  expect(ended).toEqual(['h1: reverted verify-failed']);
  expect(h1.only.live).toBe(OLD);
});
