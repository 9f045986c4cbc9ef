import { describe, expect, test } from 'vitest';
import { carryOutContent, contentExit } from '../../../src/app/content/deploy.ts';
import type { ContentOrder, Previewed } from '../../../src/app/content/preview.ts';
import type { ContentOutcome } from '../../../src/domain/content.ts';
import type { ErrorCode } from '../../../src/domain/errors.ts';
import { RanchError } from '../../../src/domain/errors.ts';
import type { Transport } from '../../../src/domain/ports.ts';
import { clock, hostSpec, ranchOf, random } from '../../ssh/world.ts';

const order: ContentOrder = { phext: 'relay', ports: [], source: { kind: 'kept' } };

function bad(outcome: 'reverted' | 'failed' | 'inconclusive' | 'unreachable' | 'skipped', code: ErrorCode) {
  const trouble = { code, place: 'a', message: 'm', remedy: 'r' };
  return { host: hostSpec('a').name, outcome, trouble } satisfies ContentOutcome;
}

const good: ContentOutcome = {
  host: hostSpec('a').name,
  outcome: 'changed',
  verified: { kind: 'not-asked', why: '' },
  downMs: 0,
};

describe('the exit code of a deploy', () => {
  test.each([
    [[], 0],
    [[good], 0],
    [[good, bad('reverted', 'verify-failed')], 6],
    [[bad('unreachable', 'unreachable'), good], 3],
    [[bad('skipped', 'unsaved'), bad('inconclusive', 'connection-lost')], 7],
    [[bad('failed', 'host-locked')], 4],
    [[bad('failed', 'disk-full'), bad('reverted', 'verify-failed')], 1],
    [[bad('skipped', 'interrupted'), good], 130],
    // not begun for another's sake
    [[bad('reverted', 'verify-failed'), bad('skipped', 'verify-failed')], 6],
  ] as const)('%#', (outcomes, code) => {
    expect(contentExit(outcomes)).toBe(code);
  });
});

test('the canary alone first; who cannot be reached stops nobody, who fails stops all that would be changed', async () => {
  const specs = [hostSpec('a'), hostSpec('b', { tags: ['canary'] }), hostSpec('c')];
  const visited: string[] = [];
  let code: ErrorCode = 'connection-refused';
  const transport: Transport = {
    withShell: async (host) => {
      visited.push(host.name);
      throw new RanchError({ code, place: host.name, message: 'no', remedy: 'r' });
    },
    close: async () => undefined,
  };
  const context = { ranch: ranchOf(...specs), transport, clock, random, stateDir: '', known: new Map() };
  const previews: readonly Previewed[] = specs.map((spec) => ({
    spec,
    coming: { candidate: undefined, folder: 'x' },
    preview: { kind: 'change', host: spec.name, port: 1337, differences: [], notes: [] },
  }));
  const names = (outcomes: readonly ContentOutcome[]) =>
    outcomes.map(({ host, outcome }) => `${host} ${outcome}`);
  const unreachable = await carryOutContent(context, previews, order);
  expect(names(unreachable)).toEqual(['b unreachable', 'a unreachable', 'c unreachable']);
  expect(contentExit(unreachable)).toBe(3);

  code = 'never-quiet';
  visited.length = 0;
  const failed = await carryOutContent(context, previews, order);
  expect(names(failed)).toEqual(['b failed', 'a skipped', 'c skipped']);
  expect({ visited, exit: contentExit(failed) }).toEqual({ visited: ['b'], exit: 1 });

  visited.length = 0;
  const told = await carryOutContent(context, previews, order, { stopAsked: () => true });
  expect(names(told)).toEqual(['b skipped', 'a skipped', 'c skipped']);
  expect({ visited, exit: contentExit(told) }).toEqual({ visited: [], exit: 130 });
});
