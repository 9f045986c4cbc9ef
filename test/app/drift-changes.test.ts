import { expect, it } from 'vitest';
import { driftChanges } from '../../src/app/drift-changes.ts';
import { drift } from '../store/fixtures.ts';

it('tells hosts whose state is another one, and hosts that are new', () => {
  const before = [drift('a', 'behind'), drift('b', 'in-sync'), drift('gone', 'behind')];
  const now = [drift('c', 'absent', 2), drift('b', 'unreachable', 2), drift('a', 'behind', 2)];
  expect(driftChanges(before, now)).toEqual([
    { host: 'c', to: 'absent', reason: 'is absent at 2' },
    { host: 'b', from: 'in-sync', to: 'unreachable', reason: 'is unreachable at 2' },
  ]);
});
