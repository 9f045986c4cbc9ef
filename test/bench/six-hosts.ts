import { copyFile, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openRig, type Rig } from '../rig/rig.ts';

/** How many hosts the figures are told for. */
const HOSTS = 6;
/** The primary phext of every host. */
export const PHEXT = 'choose-your-own-adventure';

/** An inventory of the six hosts with a state folder of its own, in which their keys are known. */
export interface Place {
  readonly inventory: string;
  readonly stateDir: string;
}

/** Six real Debian hosts with the real SQ as a system unit, holding the real content. */
export interface SixHosts {
  readonly rig: Rig;
  readonly names: readonly string[];
  /** Private key of root on each host. */
  readonly key: string;
  /** OpenSSH file with the hosts' keys. */
  readonly knownHosts: string;
  /** A new inventory and an empty state folder. */
  readonly place: () => Promise<Place>;
  /** Makes hosts as new, with the SQ at `binary` serving the real content. */
  readonly serve: (binary: string, names?: readonly string[]) => Promise<void>;
}

/** Boots six hosts (those that run already stay) and resets them. `folder` takes what is written. */
export async function openSixHosts(folder: string, cyoa: string): Promise<SixHosts> {
  const rig = await openRig(HOSTS);
  const names = Array.from({ length: HOSTS }, (_, at) => `h${at + 1}`);
  const { key, knownHosts } = await rig.environment();
  return {
    rig,
    names,
    key,
    knownHosts,
    async place() {
      const place = await mkdtemp(join(folder, 'place-'));
      const stateDir = join(place, 'state');
      await mkdir(stateDir);
      await copyFile(knownHosts, join(stateDir, 'known_hosts'));
      const inventory = join(place, 'inventory.yaml');
      const hosts = names.map(
        (name) =>
          `  ${name}: { address: ${rig.address(name)}, instances: [{ port: 1337, phext: ${PHEXT} }] }`,
      );
      // The rivals take five of six hosts down at once: so may ranch.
      const defaults = `defaults: { user: root, identityFile: ${key}, quorum: 1 }`;
      const head = ['ranch: bench', 'target: { version: 0.5.2 }', defaults, 'hosts:'];
      await writeFile(inventory, `${[...head, ...hosts].join('\n')}\n`);
      return { inventory, stateDir };
    },
    async serve(binary, some = names) {
      await Promise.all(
        some.map(async (name) => {
          await rig.reset(name);
          await rig.putContent(name, cyoa, PHEXT);
          await rig.startSq('unit', name, binary);
        }),
      );
    },
  };
}
