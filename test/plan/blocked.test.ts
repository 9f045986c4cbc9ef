import { expect, test } from 'vitest';
import { planExit } from '../../src/app/exit-codes.ts';
import { type ReachedObservation, UNREADABLE } from '../../src/domain/observation.ts';
import { binary, host, NEW, NEWER, OLD, ranchOf, reached, rollout, server, stopped, v } from './given.ts';

const odd = { kind: 'unsupported', reason: 'it runs in a container' } as const;
const onTarget = server({ running: { sha256: NEW }, supervisor: odd });
const newer = server({ running: { sha256: NEWER, version: v('0.5.6') } });

test.each<readonly [string, number, Partial<ReachedObservation>]>([
  ['may not be replaced', 1, { uid: 1000, binaries: [binary(OLD, { writable: false })] }],
  ['cannot be restarted', 1, { servers: [server({ supervisor: odd })] }],
  ['cannot be read', 1, { servers: [server({ running: UNREADABLE })] }],
  ['shares its binary with such a one', 1, { servers: [server(), server({ port: 1339, supervisor: odd })] }],
  ['is on the target, however it is kept', 0, { servers: [onTarget], binaries: [binary(NEW)] }],
  ['is newer', 0, { servers: [newer], binaries: [binary(NEWER)] }],
  ['does not run', 0, { servers: [], stopped: [stopped()] }],
])('a rollout that leaves alone a server that %s ends with %i', (_name, code, seen) => {
  const plan = rollout({ ranch: ranchOf([host('a', { instances: [] })]), seen: { a: reached('a', seen) } });
  expect(plan.waves).toEqual([]);
  expect(planExit(plan)).toBe(code);
});
