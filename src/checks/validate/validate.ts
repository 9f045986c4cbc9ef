import { RanchError } from '../../domain/errors.ts';
import type { Finding } from '../../domain/finding.ts';
import { held, type Verdict } from '../../domain/verdict.ts';
import type { ProbeShape } from '../../host/probe.ts';
import type { Shape } from '../../sq/contract/bench.ts';
import { isStable, TRIED } from '../../sq/contract/build.ts';
import { CONTRACT } from '../../sq/contract/contract.ts';
import { type Area, applies, attempted, type Row, shapeOf } from '../../sq/contract/row.ts';
import { finding, unasked } from '../finding.ts';
import { type Scratch, withScratch } from '../scratch.ts';
import type { CheckPorts, Subject } from '../subject.ts';
import { buildVerdict, type Told, tellBuild } from './build.ts';
import { validateContent } from './content.ts';
import { limitsVerdict } from './limits.ts';
import { posture } from './posture.ts';
import { rowVerdict } from './row.ts';
import { ScratchBench } from './scratch-bench.ts';

/** How long a scratch server lives at most, by the host's own `timeout`. */
const SECONDS = 240;

/** What SQ itself did: the finding is about it. Anything else, a lost connection say, ends the check of the instance. */
const SQS_OWN: readonly string[] = ['sq-error', 'answer-too-large'];

interface Asked {
  readonly row: Row;
  readonly verdict: Verdict;
  readonly tookMs: number;
}

function probeShape(shape: Shape): ProbeShape {
  return { content: 'empty', ...shape };
}

/** The rows by the server that they need; those on the usual server first. */
function byShape(): readonly { readonly shape: Shape; readonly rows: readonly Row[] }[] {
  const groups = new Map<string, { shape: Shape; rows: Row[] }>();
  for (const row of CONTRACT.filter(({ heavy }) => heavy !== true)) {
    const shape = shapeOf(row);
    const name = JSON.stringify(shape);
    const group = groups.get(name) ?? { shape, rows: [] };
    groups.set(name, group);
    group.rows.push(row);
  }
  return Array.from(groups.values());
}

/** Asks one row. A server that may have been ended or poisoned by it is started anew. */
async function askRow(
  row: Row,
  bench: ScratchBench,
  told: Told,
  { clock, signal }: CheckPorts,
): Promise<Asked> {
  const started = clock.monotonic();
  const { key } = bench;
  const at = { phext: `row-${row.name}`, ...(key && row.server?.access !== 'colon' ? { key } : {}) };
  let verdict: Verdict;
  try {
    verdict = rowVerdict(row, told.build, told.tried, await attempted(row, bench, at));
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof RanchError) || !SQS_OWN.includes(error.code)) throw error;
    verdict = unasked(told.tried ? 'high' : 'low', error, bench.place);
  }
  const tookMs = clock.monotonic() - started;
  if (row.fresh === true || !verdict.ok) await bench.restart();
  return { row, verdict, tookMs };
}

async function askRows(
  rows: readonly Row[],
  bench: ScratchBench,
  told: Told,
  ports: CheckPorts,
): Promise<readonly Asked[]> {
  const asked: Asked[] = [];
  for (const row of rows) if (applies(row, told.build)) asked.push(await askRow(row, bench, told, ports));
  return asked;
}

/** One finding for all rows of a chapter that hold, one for each that does not or is a known hazard. */
function findingsOf(subject: Subject, asked: readonly Asked[]): readonly Finding[] {
  const at = { host: subject.spec.name, port: subject.instance.port };
  const isFine = ({ verdict: { ok, severity } }: Asked): boolean => ok && severity === 'info';
  const areas = new Map<Area, Asked[]>();
  for (const each of asked) areas.set(each.row.area, [...(areas.get(each.row.area) ?? []), each]);
  return Array.from(areas).flatMap(([area, all]) => {
    const fine = all.filter(isFine);
    const names = fine.map(({ row }) => row.name).join(', ');
    const took = fine.reduce((sum, { tookMs }) => sum + tookMs, 0);
    const whole = held(
      `${fine.length} of ${all.length} as they should be${names === '' ? '' : `: ${names}`}`,
    );
    return [
      finding(at, `validate ${area}`, `${all.length} questions on ${area}`, whole, took),
      ...all
        .filter((each) => !isFine(each))
        .map(({ row, verdict, tookMs }) => finding(at, `validate ${row.name}`, row.what, verdict, tookMs)),
    ];
  });
}

/** A scratch server of that shape as a bench. What it is has been told by the first of them. */
async function benchOf(subject: Subject, ports: CheckPorts, scratch: Scratch, known?: Told) {
  const [oldest] = TRIED;
  const unknown = { version: subject.version ?? oldest?.version ?? '0.5.1', libphext: '0.3.3' } as const;
  const first = new ScratchBench(subject, ports, scratch, known?.build ?? unknown);
  if (known) return { bench: first, told: known };
  const { key } = first;
  const told = await tellBuild(first, { phext: 'row-build', ...(key ? { key } : {}) });
  return { bench: new ScratchBench(subject, ports, scratch, told.build), told };
}

/**
 * The whole contract of one running instance, asked of scratch servers of the very program that runs there; the live
 * server is asked nothing. Throws for what ends the check: the host is gone, a rollout is at work there.
 */
export async function validate(subject: Subject, ports: CheckPorts): Promise<readonly Finding[]> {
  const at = { host: subject.spec.name, port: subject.instance.port };
  const asked: Asked[] = [];
  const more: Finding[] = [];
  let known: Told | undefined;
  for (const { shape, rows } of byShape()) {
    await withScratch(subject, ports, SECONDS, probeShape(shape), async (scratch) => {
      const { bench, told } = await benchOf(subject, ports, scratch, known);
      if (!known) {
        more.push(finding(at, 'validate build', 'which build runs', buildVerdict(told)));
      }
      asked.push(...(await askRows(rows, bench, told, ports)));
      if (!known && isStable(told.build)) {
        const figures = await limitsVerdict(bench, ports, 'row-limits');
        more.push(finding(at, 'validate rate-limit', 'whether clients have to be limited', figures));
      }
      known = told;
    });
  }
  const content = await validateContent(subject, ports);
  return [...posture(subject), ...more, ...content, ...findingsOf(subject, asked)];
}
