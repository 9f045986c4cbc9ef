import type { Sha256 } from '../../src/domain/brand.ts';
import type { PlannedInstance } from '../../src/domain/plan.ts';
import type { Lease, Running, Switched } from '../../src/host/unit-host.ts';
import type { By } from './host-fact.ts';
import type { ModelHost } from './model-host.ts';
import { ModelLease } from './model-lease.ts';

export interface Armed {
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

/** A switch in a process of its own, which the timer or a revert may end in its middle. */
interface Work {
  readonly answer: Promise<readonly Switched[]>;
  ended: boolean;
}

/** The seconds that must be left of the dead man's time for a switch to begin. */
const LEAST_SECONDS = 5;

/** From the arming to the host's decision: `arm.sh`, `switch.sh`, `confirm.sh`, `revert.sh`. */
export class ModelSwitch extends ModelLease {
  live: Sha256 | undefined;
  confirmed: Sha256 | undefined;
  previous: Sha256 | undefined;
  outcome: string | undefined;
  armed: Armed | undefined;
  /** Ends the dead man's timer; undefined when none runs. */
  timer: (() => void) | undefined;
  /** How often the live server was brought to another binary by a switch, and by a revert. */
  switches = 0;
  reverts = 0;
  readonly #original: Sha256 | undefined;
  #confirmedBy: string | undefined;
  /** The last process that a switch or a revert started, by port. */
  readonly #started = new Map<number, number>();
  #work: Work | undefined;
  #reverting: Promise<string> | undefined;

  constructor(host: ModelHost, binary: string, live: Sha256 | undefined) {
    super(host, binary);
    this.live = live;
    this.#original = live;
  }

  protected override get isArmed(): boolean {
    return this.armed !== undefined;
  }

  protected override get switchingNow(): boolean {
    return this.#work !== undefined;
  }

  #place(sha: Sha256 | undefined): void {
    if (this.live === sha) return;
    this.live = sha;
    this.host.tell({ kind: 'placed', unit: this.binary, sha });
  }

  #start(instance: PlannedInstance, sha: Sha256, by: By): boolean {
    const well = this.host.start(instance, sha, by);
    const pid = this.host.running(instance.port)?.pid;
    if (pid !== undefined) this.#started.set(instance.port, pid);
    return well;
  }

  async arm(
    lease: Lease,
    to: Sha256,
    from: Sha256 | undefined,
    seconds: number,
    instances: readonly PlannedInstance[],
  ): Promise<void> {
    this.check(lease);
    this.needs(to);
    if (from !== undefined) {
      this.needs(from);
      const undecided = this.armed !== undefined && this.live === this.armed.to;
      if (this.live !== from && this.live !== to && !undecided)
        throw this.fail('host-moved', 'another binary is live');
    }
    await this.#reverting;
    this.isAsSeen(instances);
    this.room();
    this.endScratch();
    this.timer?.();
    this.outcome = undefined;
    const { holder, token } = lease;
    const { boot } = this.host;
    const deadline = this.host.seconds() + seconds;
    for (const { port, pid } of instances) if (pid !== undefined) this.#started.set(port, pid);
    this.armed = { holder, token, boot, deadline, to, from, instances, decided: 'armed' };
    this.host.tell({ kind: 'armed', unit: this.binary, holder, token, to, from, until: deadline });
    this.timer = this.host.after(seconds * 1000, () => this.fire(token));
  }

  /** What the timer does. */
  fire(token: number): void {
    this.timer = undefined;
    if (this.armed?.decided !== 'armed' || this.armed.token !== token) return;
    // Nobody waits for it: what comes of it is looked at on the host.
    this.#putBack(this.armed, 'timer', 'timer').catch(() => undefined);
  }

  /** The words of a revert's outcome: `reverted`, or `revert-failed` and why. */
  #putBack(armed: Armed, by: 'timer' | 'switch' | 'revert', who: string): Promise<string> {
    armed.decided = 'reverting';
    if (this.#work) this.#work.ended = true;
    this.#work = undefined;
    const { binary: unit } = this;
    this.host.tell({ kind: 'reverting', unit, holder: who, token: armed.token, by });
    const going = this.#goBack(armed, by === 'timer' ? by : 'revert', who);
    this.#reverting = going;
    const over = (): void => {
      if (this.#reverting === going) this.#reverting = undefined;
    };
    going.then(over, over);
    return going;
  }

  async #goBack(armed: Armed, by: By, who: string): Promise<string> {
    const { boot } = this.host;
    this.endScratch();
    let changed = false;
    let failed = '';
    // What was there before has kept a second name: to go back is a rename, which needs no space.
    if (armed.from !== undefined) this.#place(armed.from);
    for (const instance of armed.instances) {
      const running = this.host.processes.get(instance.port);
      if (armed.from !== undefined && running?.sha === armed.from) continue;
      // What SQ wrote last may be in its memory alone: it is not ended.
      if (running !== undefined && this.host.diskFull) {
        failed = ' unsaved the disk is full';
        break;
      }
      changed ||= running !== undefined;
      this.host.stop(instance.port, by);
      if (this.host.paceMs > 0) await this.host.pause();
      if (this.host.boot !== boot) throw this.fail('connection-lost', 'the host went down');
      if (armed.from !== undefined && !this.#start(instance, armed.from, by)) {
        failed = ` SQ on port ${instance.port} did not start again`;
        break;
      }
    }
    const first = armed.from === undefined;
    if (first && failed === '') this.#place(undefined);
    if (changed) this.reverts += 1;
    const words = failed === '' ? 'reverted' : `revert-failed${failed}`;
    if (!this.host.diskFull) this.outcome = `${words} by ${who} (token ${armed.token})`;
    this.host.tell({ kind: 'reverted', unit: this.binary, holder: who, token: armed.token, words });
    if (failed === '' || first) this.#disarm();
    return words;
  }

  #disarm(): void {
    this.timer?.();
    this.timer = undefined;
    this.armed = undefined;
    this.proofs.sizes.clear();
    for (const files of this.host.allFiles()) {
      for (const name of files.keys()) if (name.startsWith('ranch-smoke-')) files.delete(name);
    }
  }

  async switch(lease: Lease): Promise<readonly Switched[]> {
    this.check(lease);
    // A second call after a lost connection: the first one goes on, and its answer is this one's.
    if (this.#work) return this.#work.answer;
    const { armed } = this;
    if (armed?.decided !== 'armed' || armed.token !== lease.token)
      throw this.fail('confirm-lost', 'it is not armed any more');
    if (this.timer === undefined) throw this.fail('timer-failed', 'the timer did not outlive the connection');
    if (armed.deadline - this.host.seconds() < LEAST_SECONDS) throw this.fail('timer-failed', 'too late');
    this.needs(armed.to);
    const { holder, token } = lease;
    this.host.tell({ kind: 'switching', unit: this.binary, holder, token, to: armed.to });
    const work = { ended: false };
    const answer = this.#switchAll(armed, work);
    const mine = Object.assign(work, { answer });
    this.#work = mine;
    try {
      return await answer;
    } finally {
      if (this.#work === mine) this.#work = undefined;
    }
  }

  async #switchAll(armed: Armed, work: { readonly ended: boolean }): Promise<readonly Switched[]> {
    const result: Switched[] = [];
    let changed = false;
    const back = async (code: 'switch-failed' | 'disk-full' | 'unsaved', why: string) =>
      this.fail(code, `${why} (${await this.#putBack(armed, 'switch', 'failed switch')})`);
    if (this.host.diskFull) throw await back('disk-full', 'no room');
    const shrunk = ({ port, dataDir }: PlannedInstance): boolean =>
      [...(this.proofs.sizes.get(port) ?? [])].some(
        ([name, was]) => (this.host.files(dataDir).get(name)?.size ?? 0) * 8 < was * 7,
      );
    for (const instance of armed.instances) {
      const restarted = this.host.processes.get(instance.port)?.sha !== armed.to;
      if (restarted) {
        if (this.host.diskFull) throw await back('disk-full', 'no room for a snapshot');
        if (shrunk(instance)) throw await back('unsaved', 'its file shrank since the proof');
        changed = true;
        this.#place(armed.to);
        this.host.stop(instance.port, 'switch');
        if (this.host.paceMs > 0) await this.host.pause();
        if (work.ended) throw this.fail('host-answer-invalid', 'the switch was ended in its middle');
        if (!this.#start(instance, armed.to, 'switch')) {
          this.#count(armed.to);
          throw await back('switch-failed', 'did not start');
        }
      }
      const now = this.host.running(instance.port);
      if (now) result.push({ ...now, tries: 1, restarted, missing: this.host.missing });
    }
    if (changed) this.#count(armed.to);
    // A way back that could not end what ran may have left the old one there.
    this.#place(armed.to);
    return result;
  }

  /** To go back to what was there before the rollout is a revert, however it is done. */
  #count(to: Sha256): void {
    if (to === this.#original) this.reverts += 1;
    else this.switches += 1;
  }

  confirm(lease: Lease, to: Sha256): readonly Running[] {
    this.check(lease);
    const { armed } = this;
    if (armed === undefined || armed.decided === 'reverting' || armed.token !== lease.token) {
      if (armed === undefined && this.confirmed === to && this.#confirmedBy === lease.holder) return [];
      throw this.fail('confirm-lost', `the host went back: ${this.outcome ?? 'it was not armed'}`);
    }
    const running = armed.instances.flatMap(({ port }) => this.host.running(port) ?? []);
    if (armed.decided === 'armed') {
      const same = running.every(({ port, pid, sha256 }) => {
        return sha256 === armed.to && this.#started.get(port) === pid;
      });
      if (running.length < armed.instances.length || !same)
        throw this.fail('verify-failed', 'the new SQ does not run any more');
      armed.decided = 'confirmed';
      const { holder, token } = lease;
      this.host.tell({ kind: 'confirmed', unit: this.binary, holder, token, to: armed.to });
    }
    // The rename needs no space; for the file that names the release the script's own copy makes room.
    if (this.confirmed !== armed.to) this.previous = this.confirmed;
    this.confirmed = armed.to;
    this.#confirmedBy = armed.holder;
    this.#disarm();
    return running;
  }

  async revert(lease: Lease): Promise<string> {
    this.check(lease);
    await this.#reverting?.catch(() => undefined);
    if (this.armed === undefined || this.armed.decided === 'confirmed')
      return this.outcome ?? 'nothing to revert';
    this.timer?.();
    this.timer = undefined;
    const words = await this.#putBack(this.armed, 'revert', lease.holder);
    return this.outcome ?? words;
  }

  /** The end of a connection, where the host ends what its user left running. */
  loggedOut(): void {
    this.timer?.();
    this.timer = undefined;
  }

  /** Power is gone: with it the timer and whatever was under way. */
  powerOff(): void {
    this.loggedOut();
    this.endScratch();
    if (this.#work) this.#work.ended = true;
    this.#work = undefined;
    this.#reverting = undefined;
  }

  /** What the guard of a service does before SQ starts after a boot. */
  atBoot(): void {
    const { armed } = this;
    if (armed === undefined || armed.decided === 'confirmed') return;
    if (armed.from !== undefined && this.live !== armed.from) this.#count(armed.from);
    this.#place(armed.from);
    // Where a bare process is to be started again the record stays, for whoever resumes.
    if (armed.instances.every(({ supervisor }) => supervisor.kind !== 'bare')) this.#disarm();
  }
}
