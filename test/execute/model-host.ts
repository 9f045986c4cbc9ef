import type { HostName, Sha256 } from '../../src/domain/brand.ts';
import type { HostPlan, PlannedInstance, UnitPlan } from '../../src/domain/plan.ts';
import type { Running } from '../../src/host/unit-host.ts';
import type { By, HostFact } from './host-fact.ts';
import { ModelUnit } from './model-unit.ts';
import { type Build, type Files, SqServer } from './sq-responder.ts';
import type { VirtualClock } from './virtual-clock.ts';

interface Process {
  readonly pid: number;
  readonly startTicks: number;
  readonly sha: Sha256;
  readonly instance: PlannedInstance;
  readonly unit: string;
  readonly server: SqServer;
}

/** What each build does, by its sha256. */
export type Builds = ReadonlyMap<Sha256, Build>;

/** A host in memory: processes, files, units with what lies beside them, and a boot that can happen again. */
export class ModelHost {
  readonly name: HostName;
  readonly units: ReadonlyMap<string, ModelUnit>;
  readonly processes = new Map<number, Process>();
  readonly keys = new Map<number, string>();
  /** Phexts that a switch finds to be gone. */
  missing: readonly string[] = [];
  /** Until when nobody can connect, by the clock. */
  downUntil = 0;
  boot = 1;
  powered = true;
  /** Counts what breaks every connection that is open. */
  breaks = 0;
  diskFull = false;
  /** Bits flip on the way to its disk. */
  corrupts = false;
  /** Ends what a user left running when that user's connection ends: no timer outlives it. */
  endsTimersAtLogout = false;
  /** What each stop and start within a switch or a revert takes; 0 for all at once. */
  paceMs = 0;
  /** Told of everything that happens here, as it happens. */
  tell: (fact: HostFact) => void = () => undefined;
  readonly #clock: VirtualClock;
  readonly #builds: Builds;
  readonly #data = new Map<string, Files>();
  readonly #plans: readonly UnitPlan[];
  /** Instances that ever ran: a boot starts those that are services. */
  readonly #known = new Map<number, PlannedInstance>();
  #pid = 5000;

  constructor(plan: HostPlan, clock: VirtualClock, builds: Builds) {
    this.name = plan.host;
    this.#clock = clock;
    this.#builds = builds;
    this.#plans = plan.units;
    this.units = new Map(plan.units.map((unit) => [unit.binary, new ModelUnit(this, unit)]));
    for (const unit of plan.units) {
      for (const instance of unit.instances) {
        const name = instance.phext ?? 'a';
        this.#data.set(instance.dataDir, new Map([[name, new Map([['1.1.1/1.1.1/1.1.2', 'Emi']])]]));
        if (unit.from && instance.pid !== undefined)
          this.#run(instance, unit.binary, unit.from.sha256, instance.pid, instance.startTicks ?? 0);
      }
    }
  }

  seconds(): number {
    return Math.floor(this.#clock.monotonic() / 1000);
  }

  after(ms: number, run: () => void): () => void {
    return this.#clock.after(ms, run);
  }

  build(sha: Sha256): Build {
    return this.#builds.get(sha) ?? {};
  }

  files(dataDir: string): Files {
    const files = this.#data.get(dataDir) ?? new Map();
    this.#data.set(dataDir, files);
    return files;
  }

  allFiles(): readonly Files[] {
    return [...this.#data.values()];
  }

  /** Its data folders, by path. */
  folders(): readonly (readonly [string, Files])[] {
    return [...this.#data];
  }

  unit(binary: string): ModelUnit {
    const unit = this.units.get(binary);
    if (!unit) throw new Error(`${this.name} has no ${binary}`);
    return unit;
  }

  /** The first unit, for hosts that have one. */
  get only(): ModelUnit {
    const [unit] = this.units.values();
    if (!unit) throw new Error(`${this.name} has no unit`);
    return unit;
  }

  /** Gives the server on a port a key, as if it had been started with it. */
  lock(port: number, key: string): void {
    this.keys.set(port, key);
    const process = this.processes.get(port);
    if (process) this.#run(process.instance, process.unit, process.sha, process.pid, process.startTicks);
  }

  #run(instance: PlannedInstance, unit: string, sha: Sha256, pid: number, startTicks: number): void {
    const { port } = instance;
    const server = new SqServer(this.files(instance.dataDir), this.build(sha), this.keys.get(port), {
      full: () => this.diskFull,
      evicted: (lost) => this.tell({ kind: 'evicted', port, lost }),
    });
    this.#known.set(port, instance);
    this.processes.set(instance.port, { pid, startTicks, sha, instance, unit, server });
  }

  /** Starts an instance; false when that build does not stay up. */
  start(instance: PlannedInstance, sha: Sha256, by: By = 'person'): boolean {
    if (this.build(sha).starts === false) return false;
    this.#pid += 1;
    const unit = this.#plans.find(({ instances }) => instances.some(({ port }) => port === instance.port));
    const binary = unit?.binary ?? '';
    this.#run(instance, binary, sha, this.#pid, this.#pid * 10);
    this.tell({ kind: 'started', unit: binary, port: instance.port, pid: this.#pid, sha, by });
    return true;
  }

  stop(port: number, by: By): void {
    const process = this.processes.get(port);
    if (!process) return;
    const { pid, sha, unit, server } = process;
    this.tell({ kind: 'stopped', unit, port, pid, sha, by, lost: server.unsaved() });
    this.processes.delete(port);
  }

  /** Somebody restarts SQ behind everyone's back; what runs then is what lies on the disk. */
  restart(port: number): void {
    const process = this.processes.get(port);
    if (!process) return;
    this.stop(port, 'person');
    this.start(process.instance, this.unit(process.unit).live ?? process.sha);
  }

  /** SQ dies; a service is started again after a while, a bare process is not. */
  crash(port: number, againAfterMs: number): void {
    const process = this.processes.get(port);
    if (!process) return;
    const { boot } = this;
    this.stop(port, 'crash');
    if (process.instance.supervisor.kind === 'bare') return;
    this.after(againAfterMs, () => {
      const { live } = this.unit(process.unit);
      if (this.boot !== boot || this.processes.has(port) || live === undefined) return;
      this.start(process.instance, live, 'service');
    });
  }

  running(port: number): Running | undefined {
    const process = this.processes.get(port);
    if (!process) return undefined;
    const { pid, startTicks, sha } = process;
    return { port, pid, startTicks, sha256: sha };
  }

  /** One step of a switch or a revert takes its time. */
  pause(): Promise<void> {
    return this.#clock.sleep(this.paceMs);
  }

  /** A request of ranch's, and its answer. */
  asked(port: number, endpoint: string, status: number): void {
    for (const unit of this.units.values()) {
      const found = unit.scratch.get(port);
      if (!found) continue;
      const { role, sha, port: instance } = found;
      this.tell({ kind: 'scratch-asked', unit: unit.binary, role, port: instance, sha, endpoint, status });
      return;
    }
    const process = this.processes.get(port);
    if (process) this.tell({ kind: 'asked', port, sha: process.sha, endpoint });
  }

  serverOn(port: number): SqServer | undefined {
    for (const unit of this.units.values()) {
      const scratch = unit.scratch.get(port);
      if (scratch) return scratch.server;
    }
    return this.processes.get(port)?.server;
  }

  /** So much time passes, with all that is due in it. */
  wait(ms: number): void {
    this.#clock.pass(ms);
  }

  get isAway(): boolean {
    return this.#clock.monotonic() < this.downUntil;
  }

  /** Nobody can connect for so long. */
  goAway(ms: number): void {
    this.downUntil = this.#clock.monotonic() + ms;
  }

  /** Power off: what runs is gone, timers with it. */
  powerOff(): void {
    this.boot += 1;
    this.breaks += 1;
    this.powered = false;
    for (const port of [...this.processes.keys()]) this.stop(port, 'power');
    for (const unit of this.units.values()) unit.powerOff();
    this.tell({ kind: 'power', on: false, boot: this.boot });
  }

  /** Power on: services come up with what lies on the disk, bare processes do not. */
  powerOn(): void {
    this.powered = true;
    this.tell({ kind: 'power', on: true, boot: this.boot });
    for (const plan of this.#plans) {
      const services = plan.instances.filter(({ port, supervisor }) => {
        return supervisor.kind !== 'bare' && this.#known.has(port);
      });
      const unit = this.unit(plan.binary);
      if (services.length > 0) unit.atBoot();
      const { live } = unit;
      if (live !== undefined) for (const each of services) this.start(each, live, 'service');
    }
  }

  /** Power off and on in no time, as seen by a connection that is made in a moment. */
  reboot(): void {
    this.powerOff();
    this.powerOn();
    this.breaks -= 1;
  }
}
