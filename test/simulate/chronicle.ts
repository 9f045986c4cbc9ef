import type { RolloutEvent } from '../../src/domain/rollout.ts';
import type { HostFact } from '../execute/host-fact.ts';

/** One thing that happened, in the order in which it did; `at` in virtual milliseconds. */
export type Entry =
  | { readonly at: number; readonly kind: 'host'; readonly host: string; readonly fact: HostFact }
  | { readonly at: number; readonly kind: 'journal'; readonly rollout: string; readonly event: RolloutEvent }
  | { readonly at: number; readonly kind: 'note'; readonly text: string };

/** Everything that happened in a run, by the hosts' own account and by the journals: evidence, and the trace. */
export class Chronicle {
  readonly entries: Entry[] = [];
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  host(host: string, fact: HostFact): void {
    this.entries.push({ at: this.#now(), kind: 'host', host, fact });
  }

  journal(rollout: string, event: RolloutEvent): void {
    this.entries.push({ at: this.#now(), kind: 'journal', rollout, event });
  }

  note(text: string): void {
    this.entries.push({ at: this.#now(), kind: 'note', text });
  }

  /** One line for each entry; the same for the same seed, byte for byte. */
  trace(): string {
    return this.entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
  }
}
