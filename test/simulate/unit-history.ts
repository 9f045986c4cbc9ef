import type { Sha256 } from '../../src/domain/brand.ts';
import type { HostFact } from '../execute/host-fact.ts';

/** An arming, and what the host decided. */
export interface Arming {
  readonly holder: string;
  readonly token: number;
  readonly to: Sha256;
  readonly from: Sha256 | undefined;
  /** When its timer fires, milliseconds. */
  readonly deadline: number;
  switched: boolean;
  decided: 'confirmed' | 'reverting' | undefined;
  /** Power went, or another arming took its place, before it was decided. */
  overtaken: boolean;
}

/** One unit as its host's own account tells it, up to one moment. */
export interface UnitHistory {
  readonly unit: string;
  live: Sha256 | undefined;
  /** By port. */
  readonly running: Map<number, Sha256>;
  lease: { readonly holder: string; readonly token: number; readonly untilMs: number } | undefined;
  highestToken: number;
  arming: Arming | undefined;
  readonly armings: Arming[];
  /** Releases known to serve here: what ran at first, and what was confirmed. */
  readonly known: Set<Sha256>;
  /** Under the present lease: what each instance's scratch servers have shown of which release. */
  readonly shown: Set<string>;
  /** The release that was confirmed last, by whomever. */
  confirmed: Sha256 | undefined;
  /** For each holder: the release that it confirmed and did not take back. */
  readonly confirmedBy: Map<string, Sha256>;
  /** How the unit stood when each holder let go of it for the last time, or another took it after its lease ran out. */
  readonly leftBy: Map<string, { readonly live: Sha256 | undefined; readonly running: readonly Sha256[] }>;
}

/** A unit before anybody came. */
export function begin(unit: string, live: Sha256 | undefined, ports: readonly number[]): UnitHistory {
  return {
    unit,
    live,
    running: new Map(live === undefined ? [] : ports.map((port) => [port, live])),
    lease: undefined,
    highestToken: 0,
    arming: undefined,
    armings: [],
    known: new Set(live === undefined ? [] : [live]),
    shown: new Set(),
    confirmed: undefined,
    confirmedBy: new Map(),
    leftBy: new Map(),
  };
}

/** What one request to a scratch server shows, as a key of `shown`. */
export function shownKey(sha: Sha256, port: number, role: string, endpoint: string): string {
  return `${sha} ${port} ${role} ${endpoint}`;
}

type Fact<K extends HostFact['kind']> = Extract<HostFact, { readonly kind: K }>;

function leave(history: UnitHistory, holder: string): void {
  history.leftBy.set(holder, { live: history.live, running: [...history.running.values()] });
}

function lease(history: UnitHistory, { holder, token, until }: Fact<'leased'>): void {
  if (history.lease && history.lease.holder !== holder) leave(history, history.lease.holder);
  if (history.lease?.token !== token) history.shown.clear();
  history.lease = { holder, token, untilMs: until * 1000 };
  history.highestToken = Math.max(history.highestToken, token);
}

function arm(history: UnitHistory, { holder, token, to, from, until }: Fact<'armed'>): void {
  if (history.arming && history.arming.decided === undefined) history.arming.overtaken = true;
  const deadline = until * 1000;
  history.arming = {
    holder,
    token,
    to,
    from,
    deadline,
    switched: false,
    decided: undefined,
    overtaken: false,
  };
  history.armings.push(history.arming);
}

/** Adds what happened next. What concerns the whole host goes to each of its units. */
export function follow(history: UnitHistory, fact: HostFact): void {
  switch (fact.kind) {
    case 'leased':
      lease(history, fact);
      break;
    case 'released':
      history.lease = undefined;
      leave(history, fact.holder);
      break;
    case 'scratch-asked':
      if (fact.status === 200) history.shown.add(shownKey(fact.sha, fact.port, fact.role, fact.endpoint));
      break;
    case 'armed':
      arm(history, fact);
      break;
    case 'switching':
      if (history.arming) history.arming.switched = true;
      break;
    case 'confirmed':
      if (history.arming) history.arming.decided ??= 'confirmed';
      history.known.add(fact.to);
      history.confirmed = fact.to;
      history.confirmedBy.set(fact.holder, fact.to);
      break;
    case 'reverting':
      if (history.arming) history.arming.decided ??= 'reverting';
      break;
    case 'placed':
      history.live = fact.sha;
      break;
    case 'stopped':
      history.running.delete(fact.port);
      break;
    case 'started':
      history.running.set(fact.port, fact.sha);
      break;
    case 'power':
      if (fact.on) break;
      history.lease = undefined;
      history.shown.clear();
      if (history.arming && history.arming.decided === undefined) history.arming.overtaken = true;
      break;
    default:
      break;
  }
}
