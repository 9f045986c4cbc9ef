import type { Sha256 } from '../../src/domain/brand.ts';
import { type ErrorCode, RanchError } from '../../src/domain/errors.ts';
import type { PlannedInstance } from '../../src/domain/plan.ts';
import type { Lease } from '../../src/host/unit-host.ts';
import type { ModelHost } from './model-host.ts';
import { ModelScratch, type Scratch } from './model-scratch.ts';

interface HeldLease extends Lease {
  expires: number;
  readonly boot: number;
}

/** A binary on a model host and who may act on it: `lease.sh`, and what every command checks first. */
export class ModelLease {
  protected readonly host: ModelHost;
  protected readonly proofs: ModelScratch;
  readonly binary: string;
  readonly releases = new Set<Sha256>();
  heldLease: HeldLease | undefined;
  #tokens = 0;

  constructor(host: ModelHost, binary: string) {
    this.host = host;
    this.binary = binary;
    this.proofs = new ModelScratch(host, binary);
  }

  /** Scratch servers by their spare port. */
  get scratch(): ReadonlyMap<number, Scratch> {
    return this.proofs.servers;
  }

  /** True while a switch is under way: then nobody takes the lease over. */
  protected get switchingNow(): boolean {
    return false;
  }

  /** True while the host has still to decide on what was armed. */
  protected get isArmed(): boolean {
    return false;
  }

  protected fail(code: ErrorCode, message: string): RanchError {
    return new RanchError({ code, place: this.host.name, message, remedy: 'look' });
  }

  protected check({ holder, token }: Lease): void {
    const held = this.heldLease;
    const mine = held?.holder === holder && held.token === token && held.boot === this.host.boot;
    if (!mine) throw this.fail('token-stale', `the lease is ${held?.holder ?? "nobody's"}`);
    if (this.host.seconds() >= held.expires) throw this.fail('token-stale', 'the lease ran out');
  }

  protected needs(sha: Sha256): void {
    if (!this.releases.has(sha)) throw this.fail('upload-corrupt', 'the release is not on this host');
  }

  protected room(): void {
    if (this.host.diskFull) throw this.fail('disk-full', 'no space');
  }

  protected isAsSeen(instances: readonly PlannedInstance[]): void {
    for (const { port, pid } of instances) {
      if (pid !== undefined && this.host.processes.get(port)?.pid !== pid)
        throw this.fail('host-moved', `SQ on port ${port} is not the process that was seen`);
    }
  }

  lease(holder: string, seconds: number, ended: readonly string[] = []): Lease {
    const held = this.heldLease;
    const { boot } = this.host;
    const until = this.host.seconds() + seconds;
    this.room();
    if (held?.holder === holder && held.boot === boot) held.expires = until;
    else {
      const over =
        held === undefined ||
        held.boot !== boot ||
        this.host.seconds() >= held.expires ||
        (ended.includes(held.holder) && !this.isArmed);
      if (!over || this.switchingNow) throw this.fail('host-locked', `${held?.holder} holds the lease`);
      this.#tokens += 1;
      this.heldLease = { binary: this.binary, holder, token: this.#tokens, expires: until, boot };
    }
    const token = this.#tokens;
    this.host.tell({ kind: 'leased', unit: this.binary, holder, token, until });
    return { binary: this.binary, holder, token };
  }

  endScratch(): void {
    this.proofs.end();
  }

  release({ holder, token }: Lease): void {
    if (this.heldLease?.holder !== holder || this.heldLease.token !== token) return;
    this.endScratch();
    this.proofs.sizes.clear();
    this.heldLease = undefined;
    this.host.tell({ kind: 'released', unit: this.binary, holder, token });
  }
}
