import { startInstance } from './furnish-host.ts';
import type { HostPlace, LabInstance } from './lab-layout.ts';
import { LAB_MARK, type MarkedProcess, markedProcesses, SCOPE_MARK } from './marked-processes.ts';
import type { SshHost } from './ssh-host.ts';

/** A host of a running lab: where its things are, and switches for what can go wrong with it. */
export class LabMember {
  readonly place: HostPlace;
  readonly #ssh: SshHost | undefined;

  /** `ssh` is undefined for a host that is absent. */
  constructor(place: HostPlace, ssh: SshHost | undefined) {
    this.place = place;
    this.#ssh = ssh;
  }

  get name(): string {
    return this.place.spec.name;
  }
  get address(): string {
    return this.place.address;
  }
  /** The SSH port. */
  get port(): number {
    return this.place.port;
  }
  get home(): string {
    return this.place.home;
  }
  /** The SQ program's path; undefined where nothing is installed. */
  get binary(): string | undefined {
    return this.place.binary;
  }
  get instances(): readonly LabInstance[] {
    return this.place.instances;
  }

  /** TCP connections that were let in, and commands that were asked for, since the lab came up. */
  get counts(): { readonly connections: number; readonly commands: number } {
    return { connections: this.#ssh?.connections ?? 0, commands: this.#ssh?.commands ?? 0 };
  }

  /** The live processes of this host: servers, shells, timers. */
  processes(): readonly MarkedProcess[] {
    const scope = this.place.env[SCOPE_MARK];
    return markedProcesses(this.place.env[LAB_MARK] ?? '').filter((found) => found.scope === scope);
  }

  /** Starts an instance as people do by hand: its pid, once it listens. Throws `sq-error`. */
  async start(instance: LabInstance): Promise<number> {
    return await startInstance(this.place, instance);
  }

  /** Cuts the line: every connection is reset, new ones are refused. What runs on the host lives on. */
  cut(): void {
    this.#ssh?.cut();
  }

  /** Mends the line and ends all other faults but a changed host key. */
  async heal(): Promise<void> {
    await this.#ssh?.heal();
  }

  /** While on, who logs in is sent away without a word, as by a host that is still booting. */
  booting(on: boolean): void {
    this.#ssh?.booting(on);
  }

  /** Every new connection and every command waits this long first; 0 ends it. */
  slow(ms: number): void {
    this.#ssh?.slow(ms);
  }

  /** From now on the host shows a key that no known_hosts has. */
  changeHostKey(): void {
    this.#ssh?.changeHostKey();
  }
}
