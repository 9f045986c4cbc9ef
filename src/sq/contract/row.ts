import type { Severity } from '../../domain/finding.ts';
import type { Target } from '../requests.ts';
import type { Bench, Shape } from './bench.ts';
import type { Build } from './build.ts';
import { outcome, raw } from './talk.ts';

/** The chapters of the contract, in the order of the page. */
export type Area =
  | 'scrolls'
  | 'whole phext'
  | 'http'
  | 'access'
  | 'cors'
  | 'coordinates'
  | 'memory'
  | 'limits';

/** What a row means for who runs SQ, where it is not as it should be. */
export interface Defect {
  readonly severity: Exclude<Severity, 'info'>;
  /** What to do about it while running a version that has it. */
  readonly advice: string;
  /** Which builds have it; all that the row is about when not given. */
  readonly of?: (build: Build) => boolean;
}

/** One line of the contract: something to ask, and what each build answers. */
export interface Row {
  /** Short and unique, for findings: `ghost-file`. */
  readonly name: string;
  readonly area: Area;
  /** What SQ does, in a sentence that holds for the builds it is about. */
  readonly what: string;
  /**
   * The requests: `METHOD PATH BODY`, with `$p` for the row's phext. They are sent as they stand where there is no
   * `attempt`, each on a connection of its own, and the row gives `STATUS BODY` for each.
   */
  readonly asks: readonly string[];
  readonly attempt?: (sq: Bench, at: Target) => Promise<unknown>;
  /** What it gives, the same for all builds or by build. Objects name their parts. */
  readonly gives: unknown | ((build: Build) => unknown);
  /** Differs from a server with a key and `--data-dir`. */
  readonly server?: Partial<Shape>;
  /** True for what a server does not survive, or what must be its first request: it is started anew for it. */
  readonly fresh?: boolean;
  /** True for what takes long or much: the contract suite alone asks it. */
  readonly heavy?: boolean;
  /** Which builds it is about; all when not given. */
  readonly only?: (build: Build) => boolean;
  readonly defect?: Defect;
}

/** How a row's server runs. */
export function shapeOf({ server, fresh }: Row): Shape {
  return {
    access: 'keyed',
    folder: 'held',
    flags: 'plain',
    memory: fresh === true ? 'bounded' : 'free',
    ...server,
  };
}

export function applies({ only }: Row, build: Build): boolean {
  return only?.(build) ?? true;
}

/** What the table expects of a build. */
export function wanted({ gives }: Row, build: Build): unknown {
  return typeof gives === 'function' ? gives(build) : gives;
}

/** What is wrong with it in that build; undefined where nothing is. */
export function defectOf({ defect, ...row }: Row, build: Build): Defect | undefined {
  return defect && applies(row, build) && (defect.of?.(build) ?? true) ? defect : undefined;
}

/** Asks what the row asks. */
export async function attempted(row: Row, sq: Bench, at: Target): Promise<unknown> {
  if (row.attempt) return await row.attempt(sq, at);
  const given: string[] = [];
  for (const asked of row.asks) {
    const [method = '', path = '', ...body] = asked.replaceAll('$p', at.phext).split(' ');
    given.push(outcome(sq, await raw(sq, `${method} ${path}`, { body: body.join(' ') })));
  }
  return given;
}

/** What a row gives, in words: `status 200, body "x"`. */
export function told(value: unknown): string {
  if (Array.isArray(value)) return value.map(told).join(' · ') || 'nothing';
  if (typeof value === 'string') return value === '' ? '(empty)' : value;
  if (typeof value !== 'object' || value === null) return value === undefined ? 'none' : String(value);
  return Object.entries(value)
    .map(([name, each]) => `${name}: ${told(each)}`)
    .join(', ');
}
