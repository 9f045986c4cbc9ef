import type { Sha256 } from '../../src/domain/brand.ts';
import { type ErrorCode, RanchError } from '../../src/domain/errors.ts';
import type { PlannedInstance, UnitPlan } from '../../src/domain/plan.ts';
import { Secret } from '../../src/domain/secret.ts';
import type {
  ArmedRecord,
  Inspection,
  Lease,
  Proof,
  Running,
  ScratchServer,
  Switched,
} from '../../src/host/unit-host.ts';
import type { ModelHost } from './model-host.ts';
import { copyFiles, type Files, SqServer } from './sq-responder.ts';

interface HeldLease extends Lease {
  expires: number;
  readonly boot: number;
}

interface Armed {
  readonly holder: string;
  readonly token: number;
  readonly boot: number;
  readonly deadline: number;
  readonly to: Sha256;
  readonly from: Sha256 | undefined;
  readonly instances: readonly PlannedInstance[];
  /** Which of the three names the file has. */
  decided: 'armed' | 'reverting' | 'confirmed';
}

/** The seconds that must be left of the dead man's time for a switch to begin. */
const LEAST_SECONDS = 5;

/** One binary on a model host, with what lies beside it: the semantics of the scripts in `src/host/unit`. */
export class ModelUnit {
  readonly #host: ModelHost;
  readonly #original: Sha256 | undefined;
  readonly binary: string;
  live: Sha256 | undefined;
  confirmed: Sha256 | undefined;
  previous: Sha256 | undefined;
  outcome: string | undefined;
  readonly releases = new Set<Sha256>();
  heldLease: HeldLease | undefined;
  armed: Armed | undefined;
  /** Ends the dead man's timer; undefined when none runs. */
  timer: (() => void) | undefined;
  /** Scratch servers by port, and what their copies hold. */
  readonly scratch = new Map<number, { readonly server: SqServer; readonly end: () => void }>();
  #copies = new Map<string, Files>();
  #tokens = 0;
  #spare = 20_000;
  /** How often the live server was brought to another binary by a switch, and by a revert. */
  switches = 0;
  reverts = 0;

  constructor(host: ModelHost, unit: UnitPlan) {
    this.#host = host;
    this.binary = unit.binary;
    this.live = unit.from?.sha256;
    this.#original = this.live;
  }

  #fail(code: ErrorCode, message: string): RanchError {
    return new RanchError({ code, place: this.#host.name, message, remedy: 'look' });
  }

  #check({ holder, token }: Lease): void {
    const held = this.heldLease;
    const mine = held?.holder === holder && held.token === token && held.boot === this.#host.boot;
    if (!mine) throw this.#fail('token-stale', `the lease is ${held?.holder ?? "nobody's"}`);
    if (this.#host.seconds() >= held.expires) throw this.#fail('token-stale', 'the lease ran out');
  }

  lease(holder: string, seconds: number): Lease {
    const held = this.heldLease;
    const now = this.#host.seconds();
    if (held?.holder === holder && held.boot === this.#host.boot) held.expires = now + seconds;
    else {
      if (held && held.boot === this.#host.boot && now < held.expires)
        throw this.#fail('host-locked', `${held.holder} holds the lease`);
      this.#tokens += 1;
      this.heldLease = {
        binary: this.binary,
        holder,
        token: this.#tokens,
        expires: now + seconds,
        boot: this.#host.boot,
      };
    }
    return { binary: this.binary, holder, token: this.#tokens };
  }

  staged(lease: Lease, sha: Sha256): boolean {
    this.#check(lease);
    if (this.live) this.releases.add(this.live);
    this.confirmed ??= this.live;
    return this.releases.has(sha);
  }

  async stage(lease: Lease, sha: Sha256, bytes: number, content: AsyncIterable<Uint8Array>): Promise<void> {
    this.staged(lease, sha);
    let arrived = 0;
    for await (const chunk of content) arrived += chunk.length;
    if (arrived !== bytes) throw this.#fail('upload-corrupt', `${arrived} bytes arrived`);
    this.releases.add(sha);
  }

  #start(sha: Sha256, files: Files, key: string, port: number, seconds: number): ScratchServer {
    this.#spare += 1;
    const spare = this.#spare;
    const end = this.#host.after(seconds * 1000, () => this.scratch.delete(spare));
    this.scratch.set(spare, { server: new SqServer(files, this.#host.build(sha), key), end });
    return { port, sparePort: spare, key: new Secret(key) };
  }

  #stopScratch(): void {
    for (const { end } of this.scratch.values()) end();
    this.scratch.clear();
  }

  endScratch(): void {
    this.#stopScratch();
    this.#copies.clear();
  }

  proveBegin(lease: Lease, sha: Sha256, seconds: number, instances: readonly PlannedInstance[]): Proof {
    this.#check(lease);
    if (!this.releases.has(sha)) throw this.#fail('upload-corrupt', 'the release is not on this host');
    this.endScratch();
    const copied = [];
    const candidates = [];
    for (const { port, pid, dataDir } of instances) {
      if (pid !== undefined && this.#host.processes.get(port)?.pid !== pid)
        throw this.#fail('host-moved', `SQ on port ${port} is not the process that was seen`);
      const files = copyFiles(this.#host.files(dataDir));
      this.#copies.set(String(port), files);
      for (const [name, phext] of files) copied.push({ port, bytes: phext.size, name });
      candidates.push(this.#start(sha, files, 'first', port, seconds));
    }
    const { claims, version } = this.#host.build(sha);
    return { version: claims ?? version ?? '', candidates, copied };
  }

  proveAgain(
    lease: Lease,
    sha: Sha256,
    old: Sha256 | undefined,
    seconds: number,
    instances: readonly PlannedInstance[],
  ): { readonly again: readonly ScratchServer[]; readonly old: readonly ScratchServer[] } {
    this.#check(lease);
    this.#stopScratch();
    const again = [];
    const before = [];
    for (const { port } of instances) {
      const files = this.#copies.get(String(port)) ?? new Map();
      if (old) before.push(this.#start(old, copyFiles(files), 'second', port, seconds));
      again.push(this.#start(sha, files, 'second', port, seconds));
    }
    return { again, old: before };
  }

  arm(
    lease: Lease,
    to: Sha256,
    from: Sha256 | undefined,
    seconds: number,
    instances: readonly PlannedInstance[],
  ): void {
    this.#check(lease);
    if (!this.releases.has(to)) throw this.#fail('upload-corrupt', 'the release is not on this host');
    if (from !== undefined) {
      if (!this.releases.has(from)) throw this.#fail('upload-corrupt', 'the way back is not on this host');
      if (this.live !== from && this.live !== to) throw this.#fail('host-moved', 'another binary is live');
    }
    for (const { port, pid } of instances) {
      if (pid !== undefined && this.#host.processes.get(port)?.pid !== pid)
        throw this.#fail('host-moved', `SQ on port ${port} is not the process that was seen`);
    }
    this.endScratch();
    this.timer?.();
    this.outcome = undefined;
    const { holder, token } = lease;
    const deadline = this.#host.seconds() + seconds;
    this.armed = { holder, token, boot: this.#host.boot, deadline, to, from, instances, decided: 'armed' };
    this.timer = this.#host.after(seconds * 1000, () => this.#fire(token));
  }

  #fire(token: number): void {
    if (this.armed?.decided !== 'armed' || this.armed.token !== token) return;
    this.timer = undefined;
    this.#putBack(this.armed, 'timer');
  }

  /** The words of a revert's outcome: `reverted`, or `revert-failed` and why. */
  #putBack(armed: Armed, who: string): string {
    armed.decided = 'reverting';
    this.endScratch();
    this.live = armed.from;
    let changed = false;
    let failed = '';
    for (const instance of armed.instances) {
      const running = this.#host.processes.get(instance.port);
      if (armed.from !== undefined && running?.sha === armed.from) continue;
      changed ||= running !== undefined;
      this.#host.processes.delete(instance.port);
      if (armed.from !== undefined && !this.#host.start(instance, armed.from))
        failed = ` SQ on port ${instance.port} did not start again`;
    }
    if (changed) this.reverts += 1;
    const words = failed === '' ? 'reverted' : `revert-failed${failed}`;
    this.outcome = `${words} by ${who} (token ${armed.token})`;
    if (failed === '') this.#disarm();
    return words;
  }

  #disarm(): void {
    this.timer?.();
    this.timer = undefined;
    this.armed = undefined;
    for (const files of this.#host.allFiles()) {
      for (const name of files.keys()) if (name.startsWith('ranch-smoke-')) files.delete(name);
    }
  }

  switch(lease: Lease): readonly Switched[] {
    this.#check(lease);
    const { armed } = this;
    if (armed?.decided !== 'armed' || armed.token !== lease.token)
      throw this.#fail('confirm-lost', 'it is not armed any more');
    if (this.timer === undefined)
      throw this.#fail('timer-failed', 'the timer did not outlive the connection');
    if (armed.deadline - this.#host.seconds() < LEAST_SECONDS) throw this.#fail('timer-failed', 'too late');
    const result: Switched[] = [];
    let changed = false;
    for (const instance of armed.instances) {
      const running = this.#host.processes.get(instance.port);
      const restarted = running?.sha !== armed.to;
      if (restarted) {
        changed = true;
        this.live = armed.to;
        this.#host.processes.delete(instance.port);
        if (!this.#host.start(instance, armed.to)) {
          this.#count(armed.to);
          throw this.#fail('switch-failed', `did not start (${this.#putBack(armed, 'failed switch')})`);
        }
      }
      const now = this.#host.running(instance.port);
      if (now) result.push({ ...now, tries: 1, restarted, missing: this.#host.missing });
    }
    if (changed) this.#count(armed.to);
    return result;
  }

  /** To go back to what was there before the rollout is a revert, however it is done. */
  #count(to: Sha256): void {
    if (to === this.#original) this.reverts += 1;
    else this.switches += 1;
  }

  confirm(lease: Lease, to: Sha256): readonly Running[] {
    this.#check(lease);
    const { armed } = this;
    if (armed === undefined || armed.decided === 'reverting' || armed.token !== lease.token) {
      if (armed === undefined && this.confirmed === to && this.outcome === undefined) return [];
      throw this.#fail('confirm-lost', `the host went back: ${this.outcome ?? 'it was not armed'}`);
    }
    const running = armed.instances.flatMap(({ port }) => this.#host.running(port) ?? []);
    if (armed.decided === 'armed') {
      if (running.length < armed.instances.length || running.some(({ sha256 }) => sha256 !== armed.to))
        throw this.#fail('verify-failed', 'the new SQ does not run any more');
      armed.decided = 'confirmed';
    }
    if (this.confirmed !== armed.to) {
      this.previous = this.confirmed;
      this.confirmed = armed.to;
    }
    this.#disarm();
    return running;
  }

  revert(lease: Lease): string {
    this.#check(lease);
    if (this.armed === undefined || this.armed.decided === 'confirmed')
      return this.outcome ?? 'nothing to revert';
    this.timer?.();
    this.timer = undefined;
    return this.#putBack(this.armed, lease.holder);
  }

  release({ holder, token }: Lease): void {
    if (this.heldLease?.holder !== holder || this.heldLease.token !== token) return;
    this.endScratch();
    this.heldLease = undefined;
  }

  inspection(instances: readonly PlannedInstance[]): Inspection {
    const { armed, live, confirmed, previous, outcome } = this;
    const record: ArmedRecord | undefined = armed && {
      holder: armed.holder,
      token: armed.token,
      remainingSeconds: armed.boot === this.#host.boot ? armed.deadline - this.#host.seconds() : 0,
      to: armed.to,
      ...(armed.from ? { from: armed.from } : {}),
    };
    const name = { armed: 'armed', reverting: 'reverting', confirmed: 'confirming' } as const;
    return {
      ...(live ? { onDisk: live } : {}),
      ...(confirmed ? { confirmed } : {}),
      ...(previous ? { previous } : {}),
      ...(armed && record ? { [name[armed.decided]]: record } : {}),
      switching: false,
      ...(outcome === undefined ? {} : { outcome }),
      running: instances.flatMap(({ port }) => this.#host.running(port) ?? []),
      stopped: instances.filter(({ port }) => !this.#host.running(port)).map(({ port }) => port),
    };
  }

  /** What the guard of a unit does before SQ starts after a boot. */
  atBoot(): void {
    const { armed } = this;
    this.timer?.();
    this.timer = undefined;
    this.endScratch();
    if (armed === undefined || armed.decided === 'confirmed' || armed.from === undefined) return;
    if (this.live !== armed.from) this.#count(armed.from);
    this.live = armed.from;
  }
}
