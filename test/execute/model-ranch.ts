import type { HostName } from '../../src/domain/brand.ts';
import { type ErrorCode, RanchError } from '../../src/domain/errors.ts';
import type { Plan } from '../../src/domain/plan.ts';
import { Secret } from '../../src/domain/secret.ts';
import type { HostAccess, HostLink } from '../../src/host/access.ts';
import type { UnitHost } from '../../src/host/unit-host.ts';
import { type Builds, ModelHost } from './model-host.ts';
import { VirtualClock } from './virtual-clock.ts';

/** What happens to one command, the first that it fits. */
export interface Fault {
  readonly host: string;
  /** A command's name; `http toc`, `connect` and so on; a prefix does. */
  readonly command: string;
  /** Commands that it lets pass first. */
  readonly skip?: number;
  /** How often it happens; once unless told. */
  readonly times?: number;
  /** Runs before the command. */
  readonly before?: (host: ModelHost) => void;
  /** Runs after the command took effect. */
  readonly after?: (host: ModelHost) => void;
  /** Refused, without effect. */
  readonly code?: ErrorCode;
  /** The connection breaks before the command arrives, in its middle, or after it took effect. */
  readonly lost?: 'before' | 'midway' | 'after';
  /** What is answered in place of the truth. */
  readonly answer?: unknown;
  /** The answer takes this long; beyond a minute it is a `deadline`. */
  readonly delayMs?: number;
}

/** Who acts on the ranch: a controller that may be stopped or may die. */
export interface Life {
  readonly signal: AbortSignal;
  readonly dead: boolean;
  /** Told at every place where a controller may be cut off; at a command before and after its effect. */
  point(what: string): void;
  /** Resolves when it runs: at once, but for a controller that is stopped for a while. */
  awake?(): Promise<void>;
}

/** Milliseconds of a connection and of each way of a command. */
const CONNECT_MS = 40;
const WAY_MS = 5;
/** `COMMAND_DEADLINE_MS` of src/host/unit-shell.ts. */
const DEADLINE_MS = 60_000;

function fault(code: ErrorCode, place: string, message = code): RanchError {
  return new RanchError({ code, place, message, remedy: 'look' });
}

/** Nothing follows the death of a controller. */
function never<T>(): Promise<T> {
  return new Promise(() => undefined);
}

/** All hosts of a plan in memory, and the ways to them. */
export class ModelRanch {
  readonly clock = new VirtualClock();
  readonly hosts: ReadonlyMap<HostName, ModelHost>;
  readonly #faults: { fault: Fault; skip: number; times: number }[] = [];
  /** Every command that arrived, with its host. */
  readonly log: string[] = [];
  /** What else happens to a command: asked for each, before the faults that `breaks` names. */
  fate: (host: ModelHost, command: string) => Fault | undefined = () => undefined;
  /** What each way of a command takes on top, milliseconds. */
  lag: (host: ModelHost) => number = () => 0;

  constructor(plan: Plan, builds: Builds) {
    const plans = plan.waves.flatMap(({ hosts }) => hosts);
    this.hosts = new Map(plans.map((each) => [each.host, new ModelHost(each, this.clock, builds)]));
  }

  host(name: string): ModelHost {
    const found = this.hosts.get(name as HostName);
    if (!found) throw new Error(`no host ${name}`);
    return found;
  }

  breaks(...faults: readonly Fault[]): void {
    for (const each of faults)
      this.#faults.push({ fault: each, skip: each.skip ?? 0, times: each.times ?? 1 });
  }

  #faultFor(host: string, command: string): Fault | undefined {
    for (const armed of this.#faults) {
      if (armed.fault.host !== host || !command.startsWith(armed.fault.command)) continue;
      if (armed.skip > 0) {
        armed.skip -= 1;
        continue;
      }
      if (armed.times <= 0) continue;
      armed.times -= 1;
      return armed.fault;
    }
    return undefined;
  }

  /** The hosts as one controller reaches them. */
  access(life: Life): HostAccess {
    return {
      withHost: async (spec, use) => {
        const host = this.host(spec.name);
        const faultFor = (command: string) => this.fate(host, command) ?? this.#faultFor(spec.name, command);
        const link = new Link(this, host, life, faultFor);
        await link.command('connect', () => undefined);
        try {
          return await use(linkOf(link, host));
        } finally {
          link.broken = true;
          if (host.endsTimersAtLogout) for (const unit of host.units.values()) unit.loggedOut();
        }
      },
    };
  }
}

/** One connection: every command goes there, takes effect and comes back, and may be cut off on each way. */
class Link {
  broken = false;
  #breaks = 0;
  readonly #ranch: ModelRanch;
  readonly #host: ModelHost;
  readonly #life: Life;
  readonly #faultFor: (command: string) => Fault | undefined;

  constructor(
    ranch: ModelRanch,
    host: ModelHost,
    life: Life,
    faultFor: (command: string) => Fault | undefined,
  ) {
    this.#ranch = ranch;
    this.#host = host;
    this.#life = life;
    this.#faultFor = faultFor;
  }

  async command<T>(
    name: string,
    effect: (midway: boolean) => T | Promise<T>,
    deadlineMs = DEADLINE_MS,
  ): Promise<T> {
    if (name !== 'connect') await this.#cut(`${this.#host.name} ${name}: sent`);
    const met = this.#faultFor(name);
    await this.#travel(name === 'connect' ? CONNECT_MS : WAY_MS);
    if (name === 'connect') this.#breaks = this.#host.breaks;
    this.#reachable();
    met?.before?.(this.#host);
    if (met?.code) throw fault(met.code, this.#host.name);
    if (met?.lost === 'before') throw this.#lose();
    if (name !== 'connect') this.#ranch.log.push(`${this.#host.name} ${name}`);
    const found = await effect(met?.lost === 'midway');
    // A test that lies gives what the command's parser would give.
    const value = met?.answer === undefined ? found : (met.answer as T);
    met?.after?.(this.#host);
    if (name !== 'connect') await this.#cut(`${this.#host.name} ${name}: done`);
    if (met?.lost === 'after') throw this.#lose();
    await this.#travel(Math.min(deadlineMs, met?.delayMs ?? 0) + WAY_MS);
    await this.#life.awake?.();
    if (this.#life.dead) await never();
    if ((met?.delayMs ?? 0) > deadlineMs) throw fault('deadline', this.#host.name);
    this.#reachable();
    return value;
  }

  /** A refusal of the way itself: SQ's port, not the host. */
  refuse(port: number): RanchError {
    return fault('connection-refused', `127.0.0.1:${port}`);
  }

  #lose(): RanchError {
    this.broken = true;
    return fault('connection-lost', this.#host.name);
  }

  #reachable(): void {
    if (this.broken || this.#host.breaks !== this.#breaks) throw fault('connection-lost', this.#host.name);
    if (!this.#host.powered || this.#ranch.clock.monotonic() < this.#host.downUntil) {
      this.broken = true;
      throw fault('unreachable', this.#host.name);
    }
  }

  async #cut(what: string): Promise<void> {
    if (this.#life.dead) await never();
    this.#life.point(what);
    if (this.#life.dead) await never();
    // What was sent arrives, though whoever sent it is stopped.
    if (what.endsWith(': sent')) await this.#life.awake?.();
    this.#abortable();
  }

  #abortable(): void {
    if (this.#life.signal.aborted) throw fault('interrupted', this.#host.name);
  }

  async #travel(ms: number): Promise<void> {
    try {
      await this.#ranch.clock.sleep(ms + this.#ranch.lag(this.#host), this.#life.signal);
    } catch {
      this.#abortable();
    }
    if (this.#life.dead) await never();
  }
}

function linkOf(link: Link, host: ModelHost): HostLink {
  return {
    look: () => Promise.reject(new Error('an execution does not look')),
    unit: unitOf(link, host),
    http: (port, request, { deadlineMs }) => {
      const answer = () => {
        const server = host.serverOn(port);
        if (!server) throw link.refuse(port);
        const reply = server.answer(request);
        host.asked(port, endpoint, reply.status);
        return reply;
      };
      const endpoint = request.path.replace(/^\/api\/v2\/([a-z]+).*/, '$1');
      return link.command(`http ${endpoint} ${port}`, answer, deadlineMs);
    },
    endsWhole: () => link.command('file-end', () => true),
  };
}

function unitOf(link: Link, host: ModelHost): UnitHost {
  const on = (binary: string) => host.unit(binary);
  return {
    lease: (binary, holder, seconds, _instances, ended) =>
      link.command('lease', () => on(binary).lease(holder, seconds, ended)),
    staged: (lease, sha) => link.command('staged', () => on(lease.binary).staged(lease, sha)),
    stage: (lease, sha, bytes, content) =>
      link.command('stage', async (midway) => {
        if (midway) {
          for await (const _chunk of content()) break;
          throw fault('connection-lost', host.name);
        }
        await on(lease.binary).stage(lease, sha, bytes, content());
      }),
    proveBegin: (lease, sha, seconds, instances) =>
      link.command('prove-begin', () => on(lease.binary).proveBegin(lease, sha, seconds, instances)),
    proveAgain: (lease, sha, old, seconds, instances) =>
      link.command('prove-again', () => on(lease.binary).proveAgain(lease, sha, old, seconds, instances)),
    proveEnd: (lease) => link.command('prove-end', () => on(lease.binary).endScratch()),
    arm: (lease, to, from, seconds, instances) =>
      link.command('arm', () => on(lease.binary).arm(lease, to, from, seconds, instances)),
    switch: (lease) => link.command('switch', () => on(lease.binary).switch(lease)),
    confirm: (lease, to) => link.command('confirm', () => on(lease.binary).confirm(lease, to)),
    revert: (lease) => link.command('revert', () => on(lease.binary).revert(lease)),
    release: (lease) => link.command('release', () => on(lease.binary).release(lease)),
    full: () => link.command('full', () => []),
    inspect: (binary, instances) => link.command('inspect', () => on(binary).inspection(instances)),
    key: ({ port }) =>
      link.command('key', () => {
        const key = host.keys.get(port);
        return key === undefined ? undefined : new Secret(key);
      }),
  };
}
