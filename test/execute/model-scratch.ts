import type { Sha256 } from '../../src/domain/brand.ts';
import type { PlannedInstance } from '../../src/domain/plan.ts';
import { Secret } from '../../src/domain/secret.ts';
import type { CopiedPhext, ScratchServer } from '../../src/host/unit-host.ts';
import type { ModelHost } from './model-host.ts';
import { copyFiles, type Files, SqServer } from './sq-responder.ts';

/** One scratch server: what it runs, for which instance, as what. */
export interface Scratch {
  readonly server: SqServer;
  readonly sha: Sha256;
  readonly port: number;
  readonly role: 'first' | 'again' | 'old';
  readonly end: () => void;
}

/** The scratch servers of one unit on copies of its content, each of which ends by itself. */
export class ModelScratch {
  readonly #host: ModelHost;
  readonly #unit: string;
  /** By the spare port. */
  readonly servers = new Map<number, Scratch>();
  /** How many scrolls each phext had when it was copied, by port. */
  readonly sizes = new Map<number, ReadonlyMap<string, number>>();
  #copies = new Map<number, Files>();
  #spare = 20_000;

  constructor(host: ModelHost, unit: string) {
    this.#host = host;
    this.#unit = unit;
  }

  #start(role: Scratch['role'], sha: Sha256, files: Files, port: number, seconds: number): ScratchServer {
    this.#spare += 1;
    const spare = this.#spare;
    const key = role === 'first' ? 'first' : 'second';
    const end = this.#host.after(seconds * 1000, () => this.servers.delete(spare));
    const server = new SqServer(files, this.#host.build(sha), key);
    this.servers.set(spare, { server, sha, port, role, end });
    this.#host.tell({ kind: 'scratch', unit: this.#unit, role, port, sha });
    return { port, sparePort: spare, key: new Secret(key) };
  }

  /** The servers end, the copies stay. */
  stop(): void {
    for (const { end } of this.servers.values()) end();
    this.servers.clear();
  }

  end(): void {
    this.stop();
    this.#copies.clear();
  }

  /** The candidate on a fresh copy of each instance's content. */
  begin(sha: Sha256, seconds: number, instances: readonly PlannedInstance[]) {
    this.end();
    this.sizes.clear();
    const copied: CopiedPhext[] = [];
    const candidates: ScratchServer[] = [];
    for (const { port, dataDir } of instances) {
      const files = copyFiles(this.#host.files(dataDir));
      this.#copies.set(port, files);
      this.sizes.set(port, new Map([...files].map(([name, phext]) => [name, phext.size])));
      for (const [name, phext] of files) copied.push({ port, bytes: phext.size, name });
      candidates.push(this.#start('first', sha, files, port, seconds));
    }
    return { candidates, copied };
  }

  /** The candidate on what it wrote, and the old binary on a copy of that. */
  again(sha: Sha256, old: Sha256 | undefined, seconds: number, instances: readonly PlannedInstance[]) {
    this.stop();
    const again: ScratchServer[] = [];
    const before: ScratchServer[] = [];
    for (const { port } of instances) {
      const files = this.#copies.get(port) ?? new Map();
      if (old) before.push(this.#start('old', old, copyFiles(files), port, seconds));
      again.push(this.#start('again', sha, files, port, seconds));
    }
    return { again, old: before };
  }
}
