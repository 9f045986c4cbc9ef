import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { CYOA } from '../real-sq/cyoa.ts';
import { lackOf } from './needs.ts';
import type { Row } from './row.ts';
import { content } from './rows/content.ts';
import { downtime } from './rows/downtime.ts';
import { explodeRow } from './rows/explode.ts';
import { help } from './rows/help.ts';
import { meshOfFifty, meshOfSix } from './rows/mesh.ts';
import { observationCost } from './rows/observation-cost.ts';
import { restarts } from './rows/restarts.ts';
import { rolloutRow } from './rows/rollout.ts';
import { smoke } from './rows/smoke.ts';
import { sweepInProcess } from './rows/sweep-in-process.ts';
import { sweepProcess } from './rows/sweep-process.ts';
import { thousandHosts } from './rows/thousand-hosts.ts';
import { verifyContent } from './rows/verify-content.ts';
import type { Site } from './site.ts';
import { openSixHosts, type SixHosts } from './six-hosts.ts';
import { linesOf, type Outcome, reached, recordOf } from './table.ts';

/** Every row, in the order in which they are measured: what is quick and needs little comes first. */
const ROWS: readonly Row[] = [
  help,
  content,
  explodeRow,
  thousandHosts,
  sweepInProcess,
  sweepProcess,
  meshOfSix,
  meshOfFifty,
  smoke,
  observationCost,
  downtime,
  restarts,
  rolloutRow,
  verifyContent,
];

/** What is asked for. */
export interface Wish {
  /** Rows to measure; all where not given. */
  readonly rows?: readonly number[];
  /** Where to write all figures as JSON. */
  readonly json?: string;
  readonly root: string;
  /** The bundled lab-sweep. */
  readonly labSweep: string;
}

async function outcomeOf(row: Row, site: Site): Promise<Outcome> {
  const lacks = row.needs.flatMap((need) => lackOf(need, site.root) ?? []);
  if (lacks.length > 0) return { kind: 'skipped', row, why: lacks.join('; ') };
  try {
    return { kind: 'measured', row, figures: await row.run(site) };
  } catch (error) {
    return { kind: 'failed', row, why: error instanceof Error ? error.message : String(error) };
  }
}

function machine(): string {
  const load = loadavg().map((one) => one.toFixed(1));
  return `${cpus().length} cores, load ${load.join(' ')}, Node ${process.versions.node}`;
}

/** Measures, tells each row as it comes, and gives the exit code: 1 where a figure is missed or a row failed. */
export async function bench(wish: Wish): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'ranch-bench-'));
  let six: Promise<SixHosts> | undefined;
  const cyoa = CYOA ?? '';
  const site: Site = {
    root: wish.root,
    ranch: [process.execPath, join(wish.root, 'bin/ranch.cjs')],
    folder,
    labSweep: wish.labSweep,
    cyoa,
    hosts: () => {
      six ??= openSixHosts(folder, cyoa);
      return six;
    },
  };
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const before = machine();
  say(`ranch bench: ${before}`);
  const outcomes: Outcome[] = [];
  try {
    for (const row of ROWS.filter(({ id }) => wish.rows?.includes(id) ?? true)) {
      const outcome = await outcomeOf(row, site);
      outcomes.push(outcome);
      for (const line of linesOf(outcome)) say(line);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const after = machine();
  say(`at the end: ${after}`);
  if (wish.json !== undefined) {
    await writeFile(
      wish.json,
      `${JSON.stringify({ before, after, rows: outcomes.map(recordOf) }, null, 2)}\n`,
    );
  }
  const good = outcomes.every(
    (one) => one.kind === 'skipped' || (one.kind === 'measured' && one.figures.every(reached)),
  );
  return good ? 0 : 1;
}
