import { describe, expect, test } from 'vitest';
import { asVersion } from '../../src/domain/brand.ts';
import type { HttpReply } from '../../src/domain/http.ts';
import { isScratchPhext, scratchPhext, smokeSteps } from '../../src/sq/smoke.ts';

const version = asVersion('0.5.2');
if (version === undefined) throw new Error('no version');
const steps = smokeSteps({
  target: { phext: 'cyoa' },
  version,
  scratch: scratchPhext('00c0ffee'),
  place: 'h:1337',
});

function reply(body: string, status = 200): HttpReply {
  return { status, headers: {}, body: Buffer.from(body), tookMs: 1 };
}

const phextOf = (path: string) => new URL(path, 'http://x').searchParams.get('p');

test('writes touch the scratch phext alone, and the primary is asked for last', () => {
  const writes = steps.filter(({ request }) => /update|insert|delete/.test(request.path));
  expect(writes.map(({ request }) => phextOf(request.path))).toEqual([
    'ranch-smoke-00c0ffee',
    'ranch-smoke-00c0ffee',
  ]);
  expect(phextOf(steps.at(-1)?.request.path ?? '')).toBe('cyoa');
});

test('what tidies up is always done', () => {
  expect(steps.filter(({ always }) => always).map(({ name }) => name)).toEqual(['delete', 'hold-again']);
});

describe('verdicts', () => {
  const verdict = (name: string, got: HttpReply) => steps.find((step) => step.name === name)?.expect(got);

  test('each step fails on a poisoned server, with what to do', () => {
    for (const step of steps) {
      const got = step.expect(reply('Internal Server Error', 500));
      expect(got).toMatchObject({ ok: false, severity: 'critical' });
      expect(got.advice).not.toBe('');
    }
  });

  test('another version', () => {
    expect(verdict('version', reply('0.4.5'))).toMatchObject({ ok: false, got: '0.4.5' });
    expect(verdict('version', reply('0.5.2'))).toMatchObject({ ok: true, advice: '' });
  });

  test('a write that was cut', () => {
    expect(verdict('write', reply('Updated 3 bytes'))).toMatchObject({ ok: false });
    expect(verdict('read-back', reply('another text'))).toMatchObject({ ok: false });
    expect(verdict('gone', reply('still here'))).toMatchObject({ ok: false });
  });

  test('an empty scroll is only a fault where one was promised', () => {
    expect(verdict('read', reply(''))).toMatchObject({ ok: true });
  });
});

test('only what a smoke test made is a scratch phext', () => {
  expect(['ranch-smoke-0a', 'ranch-smoke-0a.phext'].map(isScratchPhext)).toEqual([true, true]);
  expect(['ranch-smoke-', 'ranch-smoke-x', 'cyoa.phext', '../ranch-smoke-0a'].map(isScratchPhext)).toEqual([
    false,
    false,
    false,
    false,
  ]);
});
