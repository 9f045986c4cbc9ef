import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type HostDrift, worstDrift } from '../../src/domain/drift.ts';
import { RanchError } from '../../src/domain/errors.ts';
import type { ReachedObservation } from '../../src/domain/observation.ts';
import { parseActed, parseKept, parseLogs, parseSnapshot } from '../../src/host/maintain-answers.ts';
import { parseObservation } from '../../src/host/parse-observation.ts';
import {
  parseInspection,
  parseProof,
  parseProofAgain,
  parseRuns,
  parseSwitched,
  UnitAnswer,
} from '../../src/host/unit-answers.ts';
import { driftOf } from '../../src/plan/drift.ts';
import { DEFAULT_PLAN_OPTIONS } from '../../src/plan/options.ts';
import { planRollout } from '../../src/plan/plan.ts';
import { openStore } from '../../src/store/open.ts';
import { jsonLine } from '../../src/views/json-lines.ts';
import { statusView } from '../../src/views/status-view.ts';
import { PLAIN } from '../../src/views/style.ts';
import { host, ranchOf, TARGET } from '../plan/given.ts';
import { handClock, stateDir } from '../store/fixtures.ts';

const SHA = '5a44ce76d09d771ad270eb7e2fd3b3b0cea7424a635f48a2d8444c773dffc0bf';
const NEW = '803e6bf89f5edb04d41e6a651e135e0c99acdaec2fb8070a91525e8001349202';

/** A line that a host could print: fields apart by `|`, tabs in the answer. */
const OBSERVED = [
  'server|104|115412|/usr/local/bin/sq|/proc/104/exe|1|1|/var/lib/sq|0|root|1337|/var/lib/sq|systemd-system|sq.service|1|552|1|3|S|1337',
  'args|104|host|1337|--key|[redacted]',
  'server|105|115500|/home/x/sq||0|0||1500|x|1400||bare||1|552|1|0|S|1400',
  'unit|systemd-system|sq.service|/usr/local/bin/sq|1337|/var/lib/sq|0',
  'unit|systemd-user|sq2.service|/usr/local/bin/sq|1339|/var/lib/sq2|0',
  'path|/usr/bin/sq|/usr/local/bin/sq',
  'binary|/usr/local/bin/sq|1',
  `sha|${SHA}|/proc/104/exe`,
  `sha|${NEW}|/usr/local/bin/sq`,
  `version|${NEW}|0.5.2`,
  'datadir|/var/lib/sq|1',
  'stat|729112|1795533293|755|root|/usr/local/bin/sq',
  'stat|4194139|1795533200|644|root|/var/lib/sq/a.phext',
  'df|1|1000',
  'folder|/usr/local/bin',
  `ranch|/usr/local/bin|${SHA}||1|2|${SHA} ${NEW}|${NEW}|${SHA}`,
  'lease|/usr/local/bin|r-abc 7 1700 291199fe|1',
];
const HOST =
  'host|Linux|x86_64|gnu|"Debian GNU/Linux 12"|6.1|291199fe|1653.12|0|root|0|/root|1|1795533719.520';

const UNIT = [
  'error|disk-full|no space',
  'failed|port-taken|1337 is taken|reverted',
  'version|0.5.2',
  'scratch|1337|40001|0123456789abcdef',
  'again|1337|40001|0123456789abcdef',
  'old|1337|40002|0123456789abcdef',
  'copied|1337|42|a.phext',
  `runs|1337|104|115412|${SHA}`,
  `switched|1337|104|115412|2|0|${SHA}`,
  'missing|1337|b.phext',
  `armed|r-abc|7|30|${NEW}|${SHA}`,
  `armed.reverting|r-abc|7|30|${NEW}|`,
  `disk|${SHA}`,
  `confirmed|${SHA}`,
  'switching|1',
  'outcome|switched',
  'stopped|1337',
  'did|1',
  `acted|1337|stopped|104|115412|2|12|${SHA}`,
  `restored|1337|${SHA}|a.phext`,
  'left|1337|c.phext',
  'snapshot|1337|/var/lib/sq/.ranch/snapshots/1',
  'kept|1337|systemd-system|sq.service|root|1|/etc/key|/var/lib/sq',
  `phext|1337|42|${SHA}|1795533200|a.phext`,
  'source|file|/var/log/sq.log',
  'line|Authorization: Bearer x',
];

/** What stands where a number, a name or a path should: out of range, of another kind, or meant to do harm. */
const odd = fc.oneof(
  fc.constantFrom(
    ...[
      '',
      '-1',
      '0',
      '1.5',
      '1e9',
      '0x10',
      '99999999999999999',
      '999999999999999999',
      '-999999999999999999',
    ],
    ...[
      '65536',
      'NaN',
      '..',
      '../../etc/passwd',
      '\u001b[2J',
      '__proto__',
      'constructor',
      '$(id)',
      ' ',
      '\r',
      '\u0000',
    ],
    ...[
      '1'.repeat(19),
      'x'.repeat(5_000),
      '\ud800',
      '\u202e',
      SHA,
      SHA.toUpperCase(),
      SHA.slice(1),
      'end',
      '/',
    ],
  ),
  fc.string({ unit: 'binary', maxLength: 8 }),
);

/** An answer of lines of that kind: whole, with a field changed, one dropped, one more, or in pieces. */
function answers(lines: readonly string[]): fc.Arbitrary<readonly string[]> {
  const mangled = fc
    .tuple(fc.constantFrom(...lines), fc.nat(20), odd, fc.nat(3))
    .map(([line, at, text, how]) => {
      const fields = line.split('|');
      if (how === 0) return line;
      if (how === 1) fields.splice(at % fields.length, 1);
      else if (how === 2) fields.splice(1 + (at % fields.length), 0, text);
      else fields[at % fields.length] = text;
      return fields.join('|');
    });
  return fc.array(
    fc.oneof({ weight: 3, arbitrary: mangled }, { weight: 1, arbitrary: fc.constantFrom(...lines) }),
    {
      maxLength: 24,
    },
  );
}

function bytesOf(lines: readonly string[]): Uint8Array {
  return new TextEncoder().encode(`${lines.join('\n').replaceAll('|', '\t')}\n`);
}

/** What `run` gives; undefined where it throws a `RanchError` that is no defect of ours. Anything else goes on. */
function given<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof RanchError)) throw error;
    if (error.code === 'internal') throw error;
    return undefined;
  }
}

const SPEC = host('h1');
const RANCH = ranchOf([SPEC]);
const TIMING = { at: 1_795_533_719_120, tookMs: 200 };

function observed(stdout: Uint8Array): ReachedObservation | undefined {
  return given(() => parseObservation(SPEC, stdout, TIMING, new Map()));
}

/** All that is made of an observation before anything is done to a host. */
function driftAndPlan(observation: ReachedObservation): HostDrift {
  const drift = driftOf(SPEC, observation, TARGET);
  expect(worstDrift([drift.state])).toBe(drift.state);
  const observations = new Map([[SPEC.name, observation]]);
  given(() =>
    planRollout({
      ranch: RANCH,
      hosts: RANCH.hosts,
      observations,
      target: TARGET,
      options: DEFAULT_PLAN_OPTIONS,
      now: 2,
    }),
  );
  return drift;
}

/** Every field of every line, one after another, in an answer that is otherwise whole. */
function oneField(lines: readonly string[]): readonly (readonly [line: number, field: number])[] {
  return lines.flatMap((line, at) => line.split('|').map((_, field) => [at, field] as const));
}

const ODD_NUMBERS = [
  '1.5',
  '-1',
  '0',
  '99999999999999999',
  '999999999999999999',
  '-999999999999999999',
  '65536',
  '',
];

describe('whatever a host says', () => {
  test('in one field, what is read of it can be judged, planned on, kept and shown', async () => {
    const store = await openStore(stateDir(), { clock: handClock() });
    const whole = [HOST, ...OBSERVED, 'end'];
    for (const [at, field] of oneField(whole)) {
      for (const text of [...ODD_NUMBERS, '../x', '__proto__']) {
        const fields = whole[at]?.split('|') ?? [];
        fields[field] = text;
        const observation = observed(bytesOf(whole.with(at, fields.join('|'))));
        if (!observation) continue;
        const drift = driftAndPlan(observation);
        store.recordSweep({ id: 's', at: TIMING.at, tookMs: 1 }, [observation], [drift]);
        expect(store.latestObservations()[0]?.observation, fields.join(' ')).toEqual(observation);
      }
    }
    store.close();
  });

  test('about itself is an observation that can be judged, planned on, kept and shown, or is refused', async () => {
    const store = await openStore(stateDir(), { clock: handClock() });
    let kept = 0;
    fc.assert(
      fc.property(answers(OBSERVED), fc.option(odd, { freq: 4 }), fc.nat(12), (lines, text, at) => {
        const fields = HOST.split('|');
        if (text !== null) fields[1 + at] = text;
        const observation = observed(bytesOf([fields.join('|'), ...lines, 'end']));
        if (!observation) return;
        const drift = driftAndPlan(observation);
        store.recordSweep({ id: 's', at: TIMING.at, tookMs: 1 }, [observation], [drift]);
        const known = { ranch: RANCH, drifts: store.latestDrift(), observations: store.latestObservations() };
        const view = { style: PLAIN, width: 100, now: TIMING.at };
        for (const line of [...statusView(known, view), jsonLine(observation)]) {
          expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
        }
        kept += 1;
      }),
      { numRuns: 600 },
    );
    store.close();
    expect(kept).toBeGreaterThan(20);
  });

  test('of a step or an act is an answer or is refused', () => {
    let read = 0;
    const readers: readonly ((answer: UnitAnswer) => unknown)[] = [
      parseProof,
      parseProofAgain,
      parseRuns,
      (answer) => parseSwitched(answer, 'h1'),
      parseInspection,
      (answer) => parseActed(answer, 'h1'),
      parseKept,
      parseSnapshot,
      (answer) => parseLogs(answer, 1337),
    ];
    fc.assert(
      fc.property(answers(UNIT.slice(2)), answers(UNIT.slice(0, 2)), fc.nat(9), (lines, errors, many) => {
        for (const reader of readers) {
          const all = [...lines, ...(many === 0 ? errors : []), 'end'];
          const answer = given(() => new UnitAnswer('h1', 'inspect', bytesOf(all)));
          const result = answer && given(() => reader(answer));
          if (result !== undefined) read += 1;
        }
      }),
      { numRuns: 1_500 },
    );
    expect(read).toBeGreaterThan(500);
  });

  test('with bytes flipped, cut or put in is never a crash', () => {
    const whole = bytesOf([HOST, ...OBSERVED, 'end']);
    const change = fc.record({
      at: fc.nat(whole.length),
      cut: fc.nat(40),
      put: fc.uint8Array({ maxLength: 6 }),
    });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const bytes = changes.reduce(
          (kept, { at, cut, put }) => Buffer.concat([kept.subarray(0, at), put, kept.subarray(at + cut)]),
          Buffer.from(whole),
        );
        const observation = observed(bytes);
        if (observation) driftAndPlan(observation);
        const answer = given(() => new UnitAnswer('h1', 'inspect', bytes));
        if (answer) given(() => parseInspection(answer));
      }),
      { numRuns: 800 },
    );
  });
});
