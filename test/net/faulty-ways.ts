import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { openWorkspace, type Workspace } from '../../src/app/workspace.ts';
import type { Herd } from '../cli/herd.ts';
import { type FaultPlan, type FaultProxy, startFaultProxy } from './fault-proxy.ts';
import { type Hurry, hurried, type Timing } from './hurried.ts';

const INVENTORY = z.looseObject({ hosts: z.record(z.string(), z.looseObject({})) });

/** A host of the inventory that is a lab host seen through a proxy of its own. */
export interface FaultyWay {
  /** The name in the inventory. */
  readonly name: string;
  /** The lab host behind it. */
  readonly behind: string;
  readonly plan?: FaultPlan;
}

async function inventoryOf(herd: Herd): Promise<z.infer<typeof INVENTORY>> {
  return INVENTORY.parse(parse(await readFile(herd.lab.ranchFile, 'utf8')));
}

async function writeInventory(herd: Herd, inventory: z.infer<typeof INVENTORY>): Promise<void> {
  await writeFile(herd.lab.ranchFile, stringify(inventory, { aliasDuplicateObjects: false }));
}

/** Puts more hosts on 127.0.0.1 into the inventory, their keys known. They let the lab's client key in. */
export async function addHosts(
  herd: Herd,
  hosts: ReadonlyMap<string, { readonly port: number; readonly line: string }>,
): Promise<void> {
  const inventory = await inventoryOf(herd);
  for (const [name, { port, line }] of hosts) {
    inventory.hosts[name] = { address: '127.0.0.1', port };
    await appendFile(join(herd.lab.stateDir, 'known_hosts'), `${line}\n`);
  }
  await writeInventory(herd, inventory);
}

/** Puts a proxy before lab hosts, and the proxies into the inventory in place of them. */
export async function throughProxies(
  herd: Herd,
  ways: readonly FaultyWay[],
): Promise<ReadonlyMap<string, FaultProxy>> {
  const { lab } = herd;
  const inventory = await inventoryOf(herd);
  const known = await readFile(lab.knownHosts, 'utf8');
  const entries = new Map(Object.entries(inventory.hosts));
  const proxies = new Map<string, FaultProxy>();
  for (const { behind } of ways) entries.delete(behind);
  for (const { name, behind, plan } of ways) {
    const { address, port } = lab.host(behind);
    const proxy = await startFaultProxy({ host: address, port }, plan);
    proxies.set(name, proxy);
    const place = { address: proxy.address, port: proxy.port };
    entries.set(name, { ...inventory.hosts[behind], ...place });
    const line = known.split('\n').find((one) => one.startsWith(`[${address}]:${port} `)) ?? '';
    const own = line.replace(/^\S+/, `[${proxy.address}]:${proxy.port}`);
    await appendFile(join(lab.stateDir, 'known_hosts'), `${own}\n`);
  }
  await writeInventory(herd, { ...inventory, hosts: Object.fromEntries(entries) });
  return proxies;
}

/** The program's own workspace, in a hurry. */
export async function hurriedWorkspace(
  herd: Herd,
  hurry: (host: { readonly name: string }) => Hurry,
  record: (timing: Timing) => void,
): Promise<Workspace> {
  const sshConfig = join(herd.dir, 'ssh_config_in_a_hurry');
  await writeFile(sshConfig, 'Host *\n  ConnectTimeout 4\n  IdentityAgent none\n');
  const { ranchFile, stateDir } = herd.lab;
  const workspace = await openWorkspace({ inventory: ranchFile, stateDir, asking: {}, sshConfig });
  return {
    ...workspace,
    transport: async () => hurried(await workspace.transport(), hurry, record),
  };
}
