import type { ModelHost } from '../execute/model-host.ts';
import type { Fault, ModelRanch } from '../execute/model-ranch.ts';
import type { Chronicle } from './chronicle.ts';
import { nameOf } from './inventory.ts';
import type { HostFault, Scenario } from './scenario.ts';

/** A service that died is started again after systemd's usual RestartSec. */
const RESTART_SEC_MS = 100;
/** A fault of a command's way: an answer later than this is none (`COMMAND_DEADLINE_MS`). */
const LATEST_MS = 90_000;

/** Brings a scenario's faults over its hosts, each once: as commands arrive, or as time passes. */
export class Fate {
  readonly #ranch: ModelRanch;
  readonly #chronicle: Chronicle;
  readonly #waiting: Map<string, HostFault[]>;
  readonly #arrived = new Map<string, number>();
  /** How many of each kind came to pass. */
  readonly injected = new Map<string, number>();
  /** Ends of what lasts: all of them are brought about when the run is to come to rest. */
  readonly #ends = new Set<() => void>();
  #over = false;

  constructor(scenario: Scenario, ranch: ModelRanch, chronicle: Chronicle) {
    this.#ranch = ranch;
    this.#chronicle = chronicle;
    const of = (host: number, on: HostFault['on']) =>
      scenario.faults.filter((fault) => fault.host === host && fault.on === on);
    this.#waiting = new Map(scenario.hosts.map((_, at) => [nameOf(at), [...of(at, 'command')]]));
    for (const [at] of scenario.hosts.entries()) {
      for (const fault of of(at, 'moment')) {
        ranch.clock.after(fault.at * 1000 + fault.afterMs, () => this.#apply(ranch.host(nameOf(at)), fault));
      }
    }
  }

  count(kind: string): void {
    this.injected.set(kind, (this.injected.get(kind) ?? 0) + 1);
  }

  /** What becomes of a command that arrives now. */
  of(host: ModelHost): Fault | undefined {
    if (this.#over) return undefined;
    const number = this.#arrived.get(host.name) ?? 0;
    this.#arrived.set(host.name, number + 1);
    const waiting = this.#waiting.get(host.name) ?? [];
    const at = waiting.findIndex((fault) => fault.at === number);
    const [found] = at < 0 ? [] : waiting.splice(at, 1);
    if (!found) return undefined;
    const way = this.#onTheWay(host, found);
    if (way) return way;
    if (found.afterMs === 0) this.#apply(host, found);
    else this.#ranch.clock.after(found.afterMs, () => this.#apply(host, found));
    return undefined;
  }

  #onTheWay(host: ModelHost, { kind, ms }: HostFault): Fault | undefined {
    const base = { host: host.name, command: '' };
    const fault = (more: Partial<Fault>): Fault => {
      this.count(kind);
      this.#chronicle.note(`${host.name}: ${kind}`);
      return { ...base, ...more };
    };
    switch (kind) {
      case 'lost-before':
        return fault({ lost: 'before' });
      case 'lost-midway':
        return fault({ lost: 'midway' });
      case 'lost-after':
        return fault({ lost: 'after' });
      case 'late':
        return fault({ delayMs: Math.min(ms, LATEST_MS) });
      default:
        return undefined;
    }
  }

  #apply(host: ModelHost, fault: HostFault): void {
    if (this.#over || !host.powered) return;
    const { kind, ms } = fault;
    this.#chronicle.note(`${host.name}: ${kind} for ${ms} ms`);
    this.count(kind);
    switch (kind) {
      case 'power':
        host.powerOff();
        this.#until(ms, () => host.powerOn());
        return;
      case 'link':
        host.goAway(ms);
        host.tell({ kind: 'link', up: false });
        this.#until(ms, () => {
          host.downUntil = Math.min(host.downUntil, this.#ranch.clock.monotonic());
          host.tell({ kind: 'link', up: true });
        });
        return;
      case 'disk-full':
        host.diskFull = true;
        host.tell({ kind: 'disk', full: true });
        this.#until(ms, () => {
          host.diskFull = false;
          host.tell({ kind: 'disk', full: false });
        });
        return;
      case 'corrupt':
        host.corrupts = true;
        this.#until(ms, () => {
          host.corrupts = false;
        });
        return;
      case 'sq-crash':
      case 'sq-restart': {
        const [port] = host.processes.keys();
        if (port === undefined) return;
        if (kind === 'sq-crash') host.crash(port, RESTART_SEC_MS);
        else host.restart(port);
        return;
      }
      default:
        return;
    }
  }

  #until(ms: number, end: () => void): void {
    const once = (): void => {
      if (this.#ends.delete(once)) end();
    };
    this.#ends.add(once);
    this.#ranch.clock.after(ms, once);
  }

  /** No more of it, and what lasts is over. */
  end(): void {
    this.#over = true;
    for (const once of [...this.#ends]) once();
  }
}
