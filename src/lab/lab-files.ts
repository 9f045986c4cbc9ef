import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { type KeyPair, knownHostLine } from './keys.ts';
import { type HostPlace, type LabInstance, labUser } from './lab-layout.ts';

/** Files of a lab that the ordinary programs are pointed at. */
export interface LabFiles {
  /** The inventory: `ranch -i FILE`. */
  readonly ranchFile: string;
  /** The state folder, its known_hosts filled in: `ranch --state DIR`. */
  readonly stateDir: string;
  /** For OpenSSH: `ssh -F FILE HOST`. */
  readonly sshConfig: string;
  readonly knownHosts: string;
  /** The private key that logs in everywhere. */
  readonly clientKey: string;
}

/** What the files say. */
export interface LabFacts {
  readonly dir: string;
  readonly target: string;
  readonly places: readonly HostPlace[];
  readonly clientKey: KeyPair;
  /** The host key's public half, by host. */
  readonly hostKey: (name: string) => string;
}

/** Writes the inventory, the client key, known_hosts (also into the state folder) and an OpenSSH configuration. */
export async function writeLabFiles(facts: LabFacts): Promise<LabFiles> {
  const files: LabFiles = {
    ranchFile: join(facts.dir, 'inventory.yaml'),
    stateDir: join(facts.dir, 'state'),
    sshConfig: join(facts.dir, 'ssh_config'),
    knownHosts: join(facts.dir, 'known_hosts'),
    clientKey: join(facts.dir, 'client_key'),
  };
  const known = facts.places
    .map(({ spec, address, port }) => knownHostLine(address, port, facts.hostKey(spec.name)))
    .join('');
  await mkdir(files.stateDir, { recursive: true, mode: 0o700 });
  await writeFile(files.clientKey, facts.clientKey.private, { mode: 0o600 });
  await writeFile(`${files.clientKey}.pub`, `${facts.clientKey.public}\n`);
  await writeFile(files.knownHosts, known);
  await writeFile(join(files.stateDir, 'known_hosts'), known, { mode: 0o600 });
  await writeFile(files.sshConfig, facts.places.map((place) => sshConfigOf(place, files)).join('\n'));
  await writeFile(files.ranchFile, stringify(inventoryOf(facts, files), { lineWidth: 110 }));
  return files;
}

function inventoryOf({ places, target }: LabFacts, files: LabFiles): unknown {
  // A port that all share is written once: an inventory is bounded in size, and a lab may have a thousand hosts.
  const ports = new Set(places.map(({ port }) => port));
  const [shared] = ports.size === 1 ? ports : [];
  return {
    ranch: 'lab',
    target: { version: target },
    defaults: {
      user: labUser(),
      identityFile: files.clientKey,
      ...(shared !== undefined && { port: shared }),
    },
    hosts: Object.fromEntries(places.map((place) => [place.spec.name, inventoryHost(place, shared)])),
  };
}

function inventoryHost({ spec, address, port, instances }: HostPlace, shared: number | undefined): unknown {
  return {
    address,
    ...(port !== shared && { port }),
    ...(spec.sentinel !== undefined && { sentinel: spec.sentinel }),
    ...(spec.zone !== undefined && { zone: spec.zone }),
    ...(spec.after && { after: spec.after }),
    ...(spec.tags && { tags: spec.tags }),
    ...(spec.jump !== undefined && { jump: spec.jump }),
    ...(spec.expect === 'absent' && { expect: 'absent' }),
    ...(instances.length > 0 && { instances: instances.map(inventoryInstance) }),
  };
}

function inventoryInstance({ port, phext, keyFile }: LabInstance): unknown {
  return { port, phext, ...(keyFile !== undefined && { keyFile }) };
}

/** A host for OpenSSH, closed to everything in the user's own configuration. Paths are quoted: they may hold spaces. */
function sshConfigOf({ spec, address, port }: HostPlace, files: LabFiles): string {
  const lines = [
    `HostName ${address}`,
    `Port ${port}`,
    `User ${labUser()}`,
    `IdentityFile "${files.clientKey}"`,
    'IdentitiesOnly yes',
    'IdentityAgent none',
    `UserKnownHostsFile "${files.knownHosts}"`,
    'GlobalKnownHostsFile /dev/null',
    'StrictHostKeyChecking yes',
    'UpdateHostKeys no',
    'BatchMode yes',
    ...(spec.jump === undefined ? [] : [`ProxyJump ${spec.jump}`]),
  ];
  return `Host ${spec.name}\n${lines.map((line) => `  ${line}\n`).join('')}`;
}
