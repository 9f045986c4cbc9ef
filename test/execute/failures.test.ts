import { describe, expect, test } from 'vitest';
import type { Plan } from '../../src/domain/plan.ts';
import { NEW, OLD } from '../plan/given.ts';
import { Controller } from './controller.ts';
import { MemoryJournal } from './memory-journal.ts';
import type { ModelHost } from './model-host.ts';
import { type Fault, ModelRanch } from './model-ranch.ts';
import { builds, planOf } from './plans.ts';
import type { Build } from './sq-responder.ts';
import { leftovers, outcomes } from './told.ts';

const plan = planOf({ waves: [['h1'], ['h2', 'h3']], options: { maxParallel: 1 } });

async function play(faults: readonly Fault[], what: Plan = plan, build: Build = {}) {
  const ranch = new ModelRanch(what, builds(build));
  ranch.breaks(...faults);
  const journal = new MemoryJournal();
  const end = await new Controller(ranch, what, journal).run();
  return { ranch, end, ended: outcomes(journal), left: leftovers(ranch) };
}

/** A failure of one command, and how its unit ends. */
interface Case {
  readonly what: string;
  readonly fault: Omit<Fault, 'host'>;
  /** The outcome and its code. */
  readonly outcome: string;
  /** 1 where SQ had been switched. */
  readonly reverts?: number;
}

const CASES: readonly Case[] = [
  c('no way to the host', { command: 'connect', code: 'unreachable' }, 'unreachable unreachable'),
  c('a changed host key', { command: 'connect', code: 'host-key-changed' }, 'unreachable host-key-changed'),
  c('a lease of another', { command: 'lease', code: 'host-locked' }, 'failed host-locked'),
  c('no right to write', { command: 'lease', code: 'permission-denied' }, 'failed permission-denied'),
  c('lost before the lease', { command: 'lease', lost: 'before' }, 'unreachable connection-lost'),
  c('lost after the lease', { command: 'lease', lost: 'after' }, 'unreachable connection-lost'),
  c('a full disk', { command: 'stage', code: 'disk-full' }, 'failed disk-full'),
  c('a spoilt upload', { command: 'stage', skip: 1, code: 'upload-corrupt' }, 'failed upload-corrupt'),
  c('an upload cut in two', { command: 'stage', skip: 1, lost: 'midway' }, 'unreachable connection-lost'),
  c('lost after the upload', { command: 'stage', skip: 1, lost: 'after' }, 'unreachable connection-lost'),
  c('another process', { command: 'prove-begin', code: 'host-moved' }, 'failed host-moved'),
  c('SQ that writes all the time', { command: 'prove-begin', code: 'never-quiet' }, 'failed never-quiet'),
  c('lost in the proof', { command: 'http toc', lost: 'after' }, 'unreachable connection-lost'),
  c('a candidate that hangs', { command: 'http toc', code: 'deadline' }, 'failed proof-failed'),
  c('a candidate that ends', { command: 'http select', code: 'connection-refused' }, 'failed proof-failed'),
  c('no proof', { command: 'prove-again', code: 'proof-impossible' }, 'inconclusive proof-impossible'),
  c('no timer', { command: 'arm', code: 'timer-failed' }, 'failed timer-failed'),
  c('lost before the arming', { command: 'arm', lost: 'before' }, 'unreachable connection-lost'),
  c('lost after the arming', { command: 'arm', lost: 'after' }, 'unreachable connection-lost'),
  c('a timer that ended', { command: 'switch', code: 'timer-failed' }, 'reverted timer-failed'),
  c('a switch that is refused', { command: 'switch', code: 'never-quiet' }, 'reverted never-quiet'),
  c('a new SQ that is silent', { command: 'http version', code: 'deadline' }, 'reverted verify-failed', 1),
  c(
    'a new SQ that is gone',
    { command: 'http version', code: 'connection-refused' },
    'reverted verify-failed',
    1,
  ),
  c('phexts that are gone', { command: 'switch', before: losesPhexts }, 'reverted verify-failed', 1),
  c('a new SQ that dies', { command: 'confirm', before: dies }, 'reverted verify-failed'),
];

function c(what: string, fault: Omit<Fault, 'host'>, outcome: string, reverts = 0): Case {
  return { what, fault, outcome, reverts };
}

function losesPhexts(host: ModelHost): void {
  host.missing = ['a.phext'];
}

function dies(host: ModelHost): void {
  host.processes.delete(1337);
}

describe.each(['h1', 'h2'])('on %s', (host) => {
  test.each(CASES)('$what', async ({ fault, outcome, reverts }) => {
    const { ranch, end, ended, left } = await play([{ ...fault, host }]);
    const [word] = outcome.split(' ');
    const rest = host === 'h1' ? ['h2: skipped', 'h3: skipped'] : ['h3: skipped'];
    const first = host === 'h1' ? [] : ['h1: changed'];
    expect(ended).toEqual([...first, `${host}: ${outcome}`, ...rest]);
    expect(end).toMatchObject({ outcome: host === 'h1' && word === 'reverted' ? 'reverted' : 'failed' });
    expect(left).toEqual([]);
    expect(ranch.host(host).only).toMatchObject({ live: OLD, reverts });
    expect(ranch.host(host).running(1337)?.sha256).toBe(OLD);
    expect(ranch.host('h3').only.switches).toBe(0);
  });
});

/** Builds that a proof or a smoke test must find out. */
const BUILDS: readonly (readonly [string, Build, string])[] = [
  ['dies of toc', { poisonedByToc: true }, 'failed proof-failed'],
  ['says another version', { claims: '0.5.1' }, 'failed proof-failed'],
  ['says nothing', { claims: '' }, 'failed proof-failed'],
  ['answers 500', { broken: true }, 'failed proof-failed'],
  ['keeps nothing over a restart', { writesNothing: true }, 'failed proof-failed'],
  ['gives back another text', { garbles: true }, 'failed proof-failed'],
  ['has another checksum after a restart', { unsteady: true }, 'failed proof-failed'],
  ['does not start as the live server', { starts: false }, 'reverted switch-failed'],
  ['answers another version', { version: '0.5.3', claims: '0.5.2' }, 'reverted verify-failed'],
];

test.each(BUILDS)('a build that %s never stays', async (_what, build, outcome) => {
  const { ranch, ended, left } = await play([], plan, build);
  expect(ended).toEqual([`h1: ${outcome}`, 'h2: skipped', 'h3: skipped']);
  expect(left).toEqual([]);
  expect(ranch.host('h1').running(1337)?.sha256).toBe(OLD);
});

test('an old binary that cannot be started again is a failure that needs a person', async () => {
  const ranch = new ModelRanch(plan, builds({ starts: false }, { starts: false }));
  const journal = new MemoryJournal();
  expect(await new Controller(ranch, plan, journal).run()).toMatchObject({ outcome: 'failed' });
  expect(outcomes(journal)[0]).toBe('h1: failed revert-failed');
});

test('the new binary is kept, and nothing reverted, when only the release is lost', async () => {
  const { ranch, ended, left } = await play([{ host: 'h2', command: 'release', lost: 'after' }]);
  expect(ended).toEqual(['h1: changed', 'h2: changed', 'h3: changed']);
  expect(left).toEqual([]);
  expect(ranch.host('h2').only).toMatchObject({ live: NEW, reverts: 0 });
});

test('a release that never arrives leaves a changed host and says so', async () => {
  const { ranch, ended } = await play([{ host: 'h1', command: 'release', lost: 'before', times: 1000 }]);
  expect(ended).toEqual(['h1: changed connection-lost', 'h2: changed', 'h3: changed']);
  expect(ranch.host('h1').only).toMatchObject({ live: NEW, reverts: 0, armed: undefined });
});
