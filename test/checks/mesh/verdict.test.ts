import { expect, test } from 'vitest';
import { agreedVersion } from '../../../src/checks/mesh/agreement.ts';
import { heldAgainst, meshVerdict } from '../../../src/checks/mesh/verdict.ts';
import type { HostName, Version } from '../../../src/domain/brand.ts';
import type { MailboxTally, MeshNode, MeshPair, ReachState } from '../../../src/domain/mesh.ts';

const host = (name: string): HostName => name as HostName;
const version = (text: string): Version => text as Version;

function node(name: string, state: ReachState = 'ok', runs = '0.5.2'): MeshNode {
  return { kind: 'mesh-node', host: host(name), port: 1337, state, got: '', version: version(runs) };
}

function pair(from: string, to: string, state: ReachState = 'ok'): MeshPair {
  const answered = state === 'ok' ? { version: version('0.5.2') } : {};
  return { kind: 'mesh-pair', from: host(from), to: host(to), port: 1337, state, got: '', ...answered };
}

const NODES = [node('a'), node('b'), node('c')];
const all = (state: (from: string, to: string) => ReachState): readonly MeshPair[] =>
  ['a', 'b', 'c'].flatMap((from) =>
    ['a', 'b', 'c'].filter((to) => to !== from).map((to) => pair(from, to, state(from, to))),
  );
const mail = (read: number): MailboxTally => ({ sent: 12, read, boxes: 3, leftAlone: 0 });
const verdictOf = (...args: Parameters<typeof meshVerdict>) => meshVerdict(...args).verdict;

test('full where every way holds and every message is read', () => {
  expect(
    meshVerdict(
      NODES,
      all(() => 'ok'),
      mail(12),
    ),
  ).toEqual({ verdict: 'full', why: '' });
});

test('partial where all that is wrong is a host that cannot be reached', () => {
  const nodes = [node('a'), node('b'), node('c', 'host-down')];
  const pairs = all((from, to) => (from === 'c' || to === 'c' ? 'host-down' : 'ok'));
  expect(verdictOf(nodes, pairs, mail(12))).toBe('partial');
  // and not where anything else is wrong beside it
  const worse = all((from, to) =>
    from === 'c' || to === 'c' ? 'host-down' : from === 'a' ? 'port-closed' : 'ok',
  );
  expect(verdictOf(nodes, worse, mail(12))).toBe('degraded');
  expect(verdictOf(nodes, pairs, mail(11))).toBe('degraded');
});

test('a host that the inventory expects to be absent is no failure', () => {
  const nodes = [node('a'), node('b'), node('c', 'absent')];
  const pairs = all((from, to) => (from === 'c' || to === 'c' ? 'absent' : 'ok'));
  expect(verdictOf(nodes, pairs, mail(12))).toBe('full');
});

test.each<ReachState>([
  'port-closed',
  'no-route',
  'name-unknown',
  'forwarding-forbidden',
  'hung',
  'poisoned',
  'wrong-version',
  'not-sq',
  'unasked',
])('one way that is %s degrades it', (state) => {
  expect(
    verdictOf(
      NODES,
      all((from, to) => (from === 'a' && to === 'b' ? state : 'ok')),
      undefined,
    ),
  ).toBe('degraded');
});

test('down where nobody reaches anybody, whatever the reason', () => {
  expect(
    verdictOf(
      NODES,
      all(() => 'port-closed'),
      undefined,
    ),
  ).toBe('down');
  expect(
    verdictOf([node('a', 'host-down'), node('b', 'host-down')], [pair('a', 'b', 'host-down')], undefined),
  ).toBe('down');
});

test('one host alone is its own mesh', () => {
  expect(verdictOf([node('a')], [], undefined)).toBe('full');
  expect(verdictOf([node('a', 'hung')], [], undefined)).toBe('down');
});

test('who answers with another version than most is wrong, though it is reached', () => {
  const other = { ...pair('a', 'b'), version: version('0.5.6') };
  expect(heldAgainst(other, version('0.5.2'))).toMatchObject({ state: 'wrong-version', version: '0.5.6' });
  expect(heldAgainst(pair('a', 'b'), version('0.5.2')).state).toBe('ok');
});

test('most decide what is agreed; of two the target, else the newer', () => {
  const runs = (...versions: readonly string[]) => versions.map((one) => node(one, 'ok', one));
  expect(agreedVersion(runs('0.5.2', '0.5.2', '0.5.6'), version('0.5.6'))).toBe('0.5.2');
  expect(agreedVersion(runs('0.5.2', '0.5.6'), version('0.5.2'))).toBe('0.5.2');
  expect(agreedVersion(runs('0.5.2', '0.5.10'), undefined)).toBe('0.5.10');
  expect(agreedVersion([node('a', 'wrong-version', '0.5.1')], undefined)).toBeUndefined();
});
