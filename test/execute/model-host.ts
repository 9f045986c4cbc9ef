import type { HostName, Sha256 } from '../../src/domain/brand.ts';
import type { HostPlan, PlannedInstance, UnitPlan } from '../../src/domain/plan.ts';
import type { Running } from '../../src/host/unit-host.ts';
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
  readonly #clock: VirtualClock;
  readonly #builds: Builds;
  readonly #data = new Map<string, Files>();
  readonly #plans: readonly UnitPlan[];
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
    const server = new SqServer(this.files(instance.dataDir), this.build(sha), this.keys.get(instance.port));
    this.processes.set(instance.port, { pid, startTicks, sha, instance, unit, server });
  }

  /** Starts an instance; false when that build does not stay up. */
  start(instance: PlannedInstance, sha: Sha256): boolean {
    if (this.build(sha).starts === false) return false;
    this.#pid += 1;
    const unit = this.#plans.find(({ instances }) => instances.some(({ port }) => port === instance.port));
    this.#run(instance, unit?.binary ?? '', sha, this.#pid, this.#pid * 10);
    return true;
  }

  /** Somebody restarts SQ behind everyone's back. */
  restart(port: number): void {
    const process = this.processes.get(port);
    if (process) this.start(process.instance, process.sha);
  }

  running(port: number): Running | undefined {
    const process = this.processes.get(port);
    if (!process) return undefined;
    const { pid, startTicks, sha } = process;
    return { port, pid, startTicks, sha256: sha };
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

  /** Nobody can connect for so long. */
  goAway(ms: number): void {
    this.downUntil = this.#clock.monotonic() + ms;
  }

  /** Power off and on: timers and bare processes are gone, services come up with what lies on the disk. */
  reboot(): void {
    this.boot += 1;
    const before = [...this.processes.values()];
    this.processes.clear();
    for (const unit of this.units.values()) unit.atBoot();
    for (const { instance, unit } of before) {
      const { live } = this.unit(unit);
      if (instance.supervisor.kind !== 'bare' && live !== undefined) this.start(instance, live);
    }
  }
}
