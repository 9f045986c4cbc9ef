import type { Sha256 } from '../../src/domain/brand.ts';
import type { PlannedInstance, UnitPlan } from '../../src/domain/plan.ts';
import type { ArmedRecord, Inspection, Lease, Proof } from '../../src/host/unit-host.ts';
import type { ModelHost } from './model-host.ts';
import { ModelSwitch } from './model-switch.ts';

/** One binary on a model host, with what lies beside it: the semantics of the scripts in `src/host/unit`. */
export class ModelUnit extends ModelSwitch {
  constructor(host: ModelHost, unit: UnitPlan) {
    super(host, unit.binary, unit.from?.sha256);
  }

  staged(lease: Lease, sha: Sha256): boolean {
    this.check(lease);
    if (this.live && !this.releases.has(this.live)) {
      this.room();
      this.releases.add(this.live);
    }
    if (this.armed === undefined) this.confirmed ??= this.live;
    return this.releases.has(sha);
  }

  async stage(lease: Lease, sha: Sha256, bytes: number, content: AsyncIterable<Uint8Array>): Promise<void> {
    this.staged(lease, sha);
    this.room();
    let arrived = 0;
    for await (const chunk of content) arrived += chunk.length;
    this.room();
    if (arrived !== bytes || this.host.corrupts)
      throw this.fail('upload-corrupt', `${arrived} bytes arrived`);
    this.releases.add(sha);
    const { holder, token } = lease;
    this.host.tell({ kind: 'staged', unit: this.binary, holder, token, sha });
  }

  proveBegin(lease: Lease, sha: Sha256, seconds: number, instances: readonly PlannedInstance[]): Proof {
    this.check(lease);
    this.needs(sha);
    this.room();
    this.isAsSeen(instances);
    const { claims, version } = this.host.build(sha);
    return { version: claims ?? version ?? '', ...this.proofs.begin(sha, seconds, instances) };
  }

  proveAgain(
    lease: Lease,
    sha: Sha256,
    old: Sha256 | undefined,
    seconds: number,
    instances: readonly PlannedInstance[],
  ) {
    this.check(lease);
    return this.proofs.again(sha, old, seconds, instances);
  }

  inspection(instances: readonly PlannedInstance[]): Inspection {
    const { armed, live, confirmed, previous, outcome } = this;
    const record: ArmedRecord | undefined = armed && {
      holder: armed.holder,
      token: armed.token,
      remainingSeconds: armed.boot === this.host.boot ? armed.deadline - this.host.seconds() : 0,
      to: armed.to,
      ...(armed.from ? { from: armed.from } : {}),
    };
    const name = { armed: 'armed', reverting: 'reverting', confirmed: 'confirming' } as const;
    return {
      ...(live ? { onDisk: live } : {}),
      ...(confirmed ? { confirmed } : {}),
      ...(previous ? { previous } : {}),
      ...(armed && record ? { [name[armed.decided]]: record } : {}),
      switching: this.switchingNow,
      boot: `boot-${this.host.boot}`,
      ...(outcome === undefined ? {} : { outcome }),
      running: instances.flatMap(({ port }) => this.host.running(port) ?? []),
      stopped: instances.filter(({ port }) => !this.host.running(port)).map(({ port }) => port),
    };
  }
}
