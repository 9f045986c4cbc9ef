import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { HostName, Sha256, Version } from '../../src/domain/brand.ts';
import { RanchError } from '../../src/domain/errors.ts';
import { UNREADABLE } from '../../src/domain/observation.ts';
import type { HostSpec } from '../../src/domain/ranch.ts';
import { parseObservation } from '../../src/host/parse-observation.ts';

const OLD = '5a44ce76d09d771ad270eb7e2fd3b3b0cea7424a635f48a2d8444c773dffc0bf' as Sha256;
const NEW = '803e6bf89f5edb04d41e6a651e135e0c99acdaec2fb8070a91525e8001349202' as Sha256;
const SPEC: HostSpec = {
  name: 'h1' as HostName,
  address: 'h1',
  jump: [],
  tags: [],
  zone: 'lan',
  expect: 'present',
  after: [],
  instances: [],
};
const TIMING = { at: 1_795_533_719_120, tookMs: 200 };

/** As a host with a systemd unit printed it, with what ranch leaves during a rollout added. */
const ANSWER = [
  'host|Linux|x86_64|gnu|"Debian GNU/Linux 12 (bookworm)"|6.1|291199fe|1653.12|0|root|0|/root|1|1795533719.520',
  'server|104|115412|/usr/local/bin/sq|/proc/104/exe|1|1|/var/lib/sq|0|root|1337|/var/lib/sq|systemd-system|sq.service|1|552|1|3|S|1337',
  'args|104|host|1337|--key|[redacted]',
  'server|105|115500|/home/x/sq||0|0||1500|x|1400||bare||1|552|1|0|S|1400',
  'args|105|host|1400',
  'unit|systemd-system|sq.service|/usr/local/bin/sq|1337|/var/lib/sq|0',
  'unit|systemd-system|sq2.service|/usr/local/bin/sq|1339|/var/lib/sq2|0',
  'path|/usr/bin/sq|/usr/local/bin/sq',
  'binary|/usr/local/bin/sq|1',
  `sha|${OLD}|/proc/104/exe`,
  `sha|${NEW}|/usr/local/bin/sq`,
  `version|${NEW}|0.5.2`,
  `version|${OLD}|Usage: sq <command>`,
  'datadir|/var/lib/sq|1',
  'stat|729112|1795533293|755|root|/usr/local/bin/sq',
  'stat|4194139|1795533200|644|root|/var/lib/sq/choose-your-own-adventure.phext',
  'df|1|1000',
  'df|2|2000',
  'folder|/usr/local/bin',
  'folder|/var/lib/sq',
  `ranch|/usr/local/bin|${OLD}||1|2|${OLD} ${NEW}|${NEW}|${OLD}`,
  'lease|/usr/local/bin|r-abc 7 1700 291199fe|1',
  'end',
];

function bytes(lines: readonly string[]): Uint8Array {
  return new TextEncoder().encode(`${lines.join('\n').replaceAll('|', '\t')}\n`);
}

function parse(lines: readonly string[]) {
  return parseObservation(SPEC, bytes(lines), TIMING, new Map());
}

describe('parseObservation', () => {
  const seen = parse(ANSWER);

  test('reads the platform and places the clock in the middle of the round trip', () => {
    expect(seen.platform).toMatchObject({
      key: 'linux-x86_64-gnu',
      release: 'Debian GNU/Linux 12 (bookworm)',
    });
    expect(seen.clockSkewMs).toBe(500);
    expect(seen.systemd).toBe(true);
  });

  test('tells what runs from what lies at the path', () => {
    expect(seen.servers[0]).toMatchObject({
      pid: 104,
      running: { sha256: OLD },
      replaced: true,
      hasKey: true,
      args: ['host', '1337', '--key', '[redacted]'],
      port: 1337,
      supervisor: { kind: 'systemd-system', unit: 'sq.service' },
      uptimeSeconds: 499,
      rssBytes: 552 * 4096,
    });
    expect(seen.servers[0]?.running).not.toHaveProperty('version');
    expect(seen.binaries[0]).toMatchObject({
      path: '/usr/bin/sq',
      realPath: '/usr/local/bin/sq',
      identity: { sha256: NEW, version: '0.5.2' as Version },
      freeBytes: 1000 * 1024,
    });
  });

  test("shows another user's server that cannot be read as what it is", () => {
    expect(seen.servers[1]).toMatchObject({ pid: 105, port: 1400, running: UNREADABLE, user: 'x' });
  });

  test('a unit whose server runs is not stopped, another one is', () => {
    expect(seen.stopped.map(({ port }) => port)).toEqual([1339]);
  });

  test('reads phexts, free space and what ranch left', () => {
    expect(seen.dataDirs).toEqual([
      {
        path: '/var/lib/sq',
        writable: true,
        freeBytes: 2000 * 1024,
        phexts: [{ name: 'choose-your-own-adventure', bytes: 4_194_139, mtime: 1_795_533_200 }],
      },
    ]);
    expect(seen.ranch).toEqual([
      {
        binDir: '/usr/local/bin',
        releases: [OLD, NEW],
        confirmed: OLD,
        armed: true,
        arming: { to: NEW, from: OLD },
        leftovers: 2,
        lease: { holder: 'r-abc', token: 7, remainingSeconds: 47, switching: true },
      },
    ]);
  });

  test('a lease of an earlier boot has no time left', () => {
    const lines = ANSWER.map((line) => line.replace('1700 291199fe', '1700 00000000'));
    expect(parse(lines).ranch[0]?.lease?.remainingSeconds).toBe(0);
  });

  test('another system is told as unsupported', () => {
    const mac = ['host|Darwin|arm64|unknown||||0|0|me||/Users/me|0|1795533719', 'end'];
    expect(parse(mac).unsupported).toContain('darwin');
  });

  test('an answer that was cut short is no answer', () => {
    expect(() => parse(ANSWER.slice(0, -1))).toThrow(RanchError);
    expect(() => parse(ANSWER.slice(0, 2).concat('end').slice(1))).toThrow(RanchError);
  });

  test('whatever a host says, it is an observation or a RanchError', () => {
    const line = fc.constantFrom(...ANSWER);
    const mangled = fc
      .tuple(line, fc.string({ unit: 'binary', maxLength: 8 }), fc.nat(60))
      .map(([text, junk, at]) => text.slice(0, at) + junk + text.slice(at));
    fc.assert(
      fc.property(fc.array(fc.oneof(line, mangled), { maxLength: 20 }), fc.boolean(), (lines, whole) => {
        const all = whole ? [ANSWER[0] ?? '', ...lines, 'end'] : lines;
        try {
          expect(parse(all).kind).toBe('reached');
        } catch (error) {
          expect(error).toBeInstanceOf(RanchError);
        }
      }),
      { numRuns: 500 },
    );
  });
});
