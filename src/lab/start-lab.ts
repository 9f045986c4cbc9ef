import { resolve } from 'node:path';
import pLimit from 'p-limit';
import { RanchError } from '../domain/errors.ts';
import type { Random } from '../domain/ports.ts';
import { furnishHost, startInstance } from './furnish-host.ts';
import { type KeyPair, newKeyPair } from './keys.ts';
import { assembleLab, type Lab, type LabHold, letGo } from './lab.ts';
import { claimLab } from './lab-claim.ts';
import { writeLabFiles } from './lab-files.ts';
import { type HostPlace, labIdOf, labUser, layOut } from './lab-layout.ts';
import { LabMember } from './lab-member.ts';
import type { LabHostSpec } from './lab-spec.ts';
import { FreePorts } from './ports.ts';
import { installSq, type SqPrograms } from './sq-program.ts';
import { SshHost } from './ssh-host.ts';

/** What a lab is started with. */
export interface LabOptions extends SqPrograms {
  /** An empty folder, one that a lab has made before, or one that does not exist yet. */
  readonly dir: string;
  readonly hosts: readonly LabHostSpec[];
  readonly random: Random;
  /** The version the inventory names; 0.5.2 where none is given. */
  readonly target?: string;
}

const DEFAULT_TARGET = '0.5.2';

/** Servers started at once: each is a program that starts up, and small machines have two cores. */
const STARTS_AT_ONCE = 4;

/**
 * Brings up an embedded ranch: SSH hosts on loopback with homes, binaries, content and running SQ servers, and the
 * files that point the ordinary program at them. Nothing is left running when it fails. Throws `state-locked` or
 * `usage` for a folder that cannot be had, `artifact-missing`, `no-such-version`, `no-such-host` (a jump), `sq-error`.
 */
export async function startLab(options: LabOptions): Promise<Lab> {
  const id = labIdOf(resolve(options.dir), options.random.hex(16));
  checkJumps(options.hosts);
  const claim = await claimLab(options.dir, id);
  const hold: LabHold = { id, claim, ports: new FreePorts(options.random), servers: [] };
  try {
    return await bringUp(options, hold);
  } catch (error) {
    await letGo(hold);
    throw error;
  }
}

async function bringUp(options: LabOptions, hold: LabHold): Promise<Lab> {
  const { id, claim, servers } = hold;
  const target = options.target ?? DEFAULT_TARGET;
  const places = await layOutAll(options, id, claim.dir, hold.ports);
  const hostKeys = hostKeysFor(options.hosts);
  const hostKey = (name: string): KeyPair => hostKeys.get(name) ?? newKeyPair();
  const clientKey = newKeyPair();
  const real = places.filter(({ spec }) => !spec.canned);
  const artifacts = await installArtifacts(options, target, claim.dir);
  for (const place of real) await furnishHost(place, hostKey(place.spec.name), options, options.random);
  const members: LabMember[] = [];
  for (const place of places) {
    const server =
      place.spec.expect === 'absent'
        ? undefined
        : createHost(place, places, hostKey(place.spec.name), clientKey);
    if (server) {
      servers.push(server);
      await server.listen();
    }
    members.push(new LabMember(place, server));
  }
  await startServers(real);
  const files = await writeLabFiles({
    dir: claim.dir,
    target,
    places,
    clientKey,
    hostKey: (name) => hostKey(name).public,
  });
  return assembleLab({ hold, files, members, artifacts });
}

/** Addresses and ports for all hosts. */
async function layOutAll(
  options: LabOptions,
  id: string,
  dir: string,
  free: FreePorts,
): Promise<readonly HostPlace[]> {
  const places: HostPlace[] = [];
  // Hosts that run nothing are told apart by their addresses alone and share one port.
  const shared = options.hosts.some(({ canned }) => canned) ? await free.take() : 0;
  for (const [index, spec] of options.hosts.entries()) {
    const ports: number[] = [];
    for (const { port } of spec.instances) ports.push(port ?? (await free.take()));
    places.push(layOut(dir, id, spec, { index, port: spec.canned ? shared : await free.take(), ports }));
  }
  return places;
}

/** A key for each host; those that run nothing share one, since a thousand keys take a second. */
function hostKeysFor(hosts: readonly LabHostSpec[]): ReadonlyMap<string, KeyPair> {
  const shared = newKeyPair();
  return new Map(hosts.map((spec) => [spec.name, spec.canned ? shared : newKeyPair()]));
}

function createHost(
  place: HostPlace,
  places: readonly HostPlace[],
  hostKey: KeyPair,
  client: KeyPair,
): SshHost {
  const { spec } = place;
  const jump = places.find((other) => other.spec.name === spec.jump);
  return new SshHost({
    address: place.address,
    port: place.port,
    user: labUser(),
    hostKey,
    clientKey: client.public,
    world: { cwd: place.home, env: place.env, ...(spec.logout && { logout: spec.logout }) },
    forwarding: spec.forwarding !== false,
    ...(jump && { onlyFrom: jump.address }),
    ...(spec.canned && { canned: spec.canned }),
  });
}

async function startServers(places: readonly HostPlace[]): Promise<void> {
  const limit = pLimit(STARTS_AT_ONCE);
  const starts = places
    .filter(({ spec, binary }) => spec.expect !== 'absent' && binary !== undefined)
    .flatMap((place) =>
      place.instances
        .filter(({ spec }) => spec.started !== false)
        .map((instance) => limit(() => startInstance(place, instance))),
    );
  // All are waited for, so that a failure leaves none on its way up.
  const ends = await Promise.allSettled(starts);
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}

/** A pristine program of every version that a host has, and of the target. */
async function installArtifacts(
  options: LabOptions,
  target: string,
  dir: string,
): Promise<ReadonlyMap<string, string>> {
  const real = options.hosts.filter(({ canned, version }) => !canned && version !== undefined);
  if (real.length === 0) return new Map();
  const versions = new Set([target, ...real.flatMap(({ version }) => version ?? [])]);
  const artifacts = new Map<string, string>();
  for (const version of versions) {
    const path = resolve(dir, 'artifacts', version, 'sq');
    await installSq(version, path, options);
    artifacts.set(version, path);
  }
  return artifacts;
}

function checkJumps(hosts: readonly LabHostSpec[]): void {
  const names = new Set(hosts.map(({ name }) => name));
  for (const { name, jump } of hosts) {
    if (jump === undefined || names.has(jump)) continue;
    throw new RanchError({
      code: 'no-such-host',
      place: name,
      message: `its jump host ${jump} is not in the lab`,
      remedy: 'Add that host to the lab, or leave the jump out.',
    });
  }
}
