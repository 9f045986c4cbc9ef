import { expect, test } from 'vitest';
import type { PlannedInstance } from '../../src/domain/plan.ts';
import { withCurrentProcesses } from '../../src/execute/current-instances.ts';
import { plannedUnits, withSpecs } from '../../src/execute/execution.ts';
import type { Inspection } from '../../src/host/unit-host.ts';
import { OLD } from '../plan/given.ts';
import { Controller } from './controller.ts';
import { ModelRanch } from './model-ranch.ts';
import { builds, hostPlan, planOf, unit } from './plans.ts';

const NOTHING: Inspection = { switching: false, running: [], stopped: [1337] };

/** What is left of the process of one instance, by what the host shows now. */
function processOf(more: Partial<PlannedInstance>, now: Partial<Inspection>): number | undefined {
  const [first] = unit().instances;
  if (first === undefined) throw new Error('the plan has no instance');
  const instance: PlannedInstance = {
    ...first,
    pid: 7,
    startTicks: 70,
    supervisor: { kind: 'bare' },
    ...more,
  };
  const plan = planOf({ waves: [[hostPlan('h1', { units: [unit({ instances: [instance] })] })]] });
  const [run] = withSpecs(plannedUnits(new Controller(new ModelRanch(plan, builds()), plan).execution()));
  if (run === undefined) throw new Error('the plan has no unit');
  return withCurrentProcesses(run, { ...NOTHING, ...now }).unit.instances[0]?.pid;
}

test('a process that runs now is the one that is meant', () => {
  const running = [{ port: 1337, pid: 9, startTicks: 90, sha256: OLD }];
  expect(processOf({}, { running, stopped: [] })).toBe(9);
});

test('a service that is down is started; a bare process that ended by itself is not', () => {
  expect(processOf({ supervisor: { kind: 'systemd-system', unit: 'sq.service' } }, {})).toBeUndefined();
  expect(processOf({}, {})).toBe(7);
});

test('a bare process that went down with its host is started: as was kept of it, else as the plan has it', () => {
  expect(processOf({ keyed: true }, { startable: [1337] })).toBeUndefined();
  expect(processOf({}, { boot: 'another' })).toBeUndefined();
  expect(processOf({ keyed: true, keyFile: '~/key' }, { boot: 'another' })).toBeUndefined();
});

test('one that had a key is never started without', () => {
  expect(processOf({ keyed: true }, { boot: 'another' })).toBe(7);
});
