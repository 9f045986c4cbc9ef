import { describe, expect, it } from 'vitest';
import { makeLog } from '../../src/daemon/log.ts';
import { RanchError } from '../../src/domain/errors.ts';
import { Secret } from '../../src/domain/secret.ts';

function logged(level: 'debug' | 'info' | 'warn', use: (log: ReturnType<typeof makeLog>) => void): string[] {
  const lines: string[] = [];
  use(makeLog(level, { now: () => Date.UTC(2026, 10, 24) }, { write: (line) => lines.push(line) }));
  return lines;
}

describe('the log', () => {
  it('is a line of JSON with time, level and event', () => {
    const [line = ''] = logged('info', (log) =>
      log.child({ run: 'r' }).info({ event: 'e', tookMs: 3 }, 'said'),
    );
    expect(line.endsWith('}\n')).toBe(true);
    expect(JSON.parse(line)).toEqual({
      level: 'info',
      time: '2026-11-24T00:00:00.000Z',
      pid: process.pid,
      run: 'r',
      event: 'e',
      tookMs: 3,
      msg: 'said',
    });
  });

  it('tells more or less by its level', () => {
    const all = (log: ReturnType<typeof makeLog>): void => {
      log.debug('d');
      log.info('i');
      log.warn('w');
      log.error('e');
    };
    expect(
      [logged('debug', all), logged('info', all), logged('warn', all)].map((lines) => lines.length),
    ).toEqual([4, 3, 2]);
  });

  it('shows no secret, whatever it stands in', () => {
    const secret = new Secret('hunter2');
    const cause = Object.assign(new Error('no'), { secret, deep: { key: secret } });
    const text = logged('info', (log) => {
      log.info({ secret, list: [secret], deep: { deeper: { deepest: secret } } }, `it is ${secret}`);
      log.error({ err: cause }, 'failed');
      log.info({ password: 'hunter2', host: { passphrase: 'hunter2', a: { token: 'hunter2' } } });
    }).join('');
    expect(text).not.toContain('hunter2');
    expect(text).toContain('it is [redacted]');
  });

  it('gives a terminal nothing to act on, and keeps what was said', () => {
    const hostile = 'a\u001b[2J\u009b31m\u202eb\nc';
    const error = new RanchError({ code: 'sq-error', place: hostile, message: hostile, remedy: '' });
    const [line = ''] = logged('info', (log) => log.error({ place: error.place }, error.message));
    expect(line.trimEnd()).toMatch(/^[\x20-\x7e]*$/);
    expect(JSON.parse(line)).toMatchObject({ place: hostile, msg: hostile });
  });
});
