import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import type { MaintainContext } from '../../src/app/maintain/context.ts';
import type { HostSpec, InstanceSpec } from '../../src/domain/ranch.ts';
import { parseCoordinate } from '../../src/sq/coordinate.ts';
import { implode, scrollsOf } from '../../src/sq/phext.ts';
import { type SshTransport, sshTransport } from '../../src/ssh/transport.ts';
import { CYOA } from '../real-sq/cyoa.ts';
import { clock, hostSpec, ranchOf, random } from '../ssh/world.ts';
import { openRig, type Rig, type RigEnvironment, type SqWay } from './rig.ts';
import { sqBinary } from './sq-binary.ts';

/** Where an SQ that was started in each way keeps its data, and its binary. */
export const DATA: Readonly<Record<SqWay, string>> = {
  unit: '/var/lib/sq',
  user: '/home/ranch/.sq/data',
  bare: '/home/ranch/SQ',
};
export const BINARY: Readonly<Record<SqWay, string>> = {
  unit: '/usr/local/bin/sq',
  user: '/home/ranch/.local/bin/sq',
  bare: '/home/ranch/SQ/sq',
};
export const PHEXT = 'content';
/** Stops of each of four kinds under writers; a stop takes some three seconds. `npm run nightly -- stops` makes more. */
export const STOPS = Number(process.env['RANCH_STOPS'] ?? 8);

export let rig: Rig;
export let environment: RigEnvironment;
export let folder: string;
export let phext: string;
export let content: Buffer;
export let transport: SshTransport;

/** The real CYOA where it is there, else a phext of the same size. */
async function someContent(): Promise<Buffer> {
  if (CYOA !== undefined) return readFile(CYOA);
  const scrolls = Array.from({ length: 200 }, (_, at) => ({
    coordinate: parseCoordinate(`1.1.1/1.1.${Math.floor(at / 20) + 3}/1.1.${(at % 20) + 1}`),
    bytes: Buffer.alloc(20_000, `scroll ${at} `),
  }));
  return Buffer.from(implode(scrolls));
}

/** Four hosts, and a folder of its own for each test; the hosts are left clean. */
export function useRig(): void {
  beforeAll(async () => {
    rig = await openRig(4, { h3: 'minimal', h4: 'busybox' });
    environment = await rig.environment();
    content = await someContent();
  });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ranch-maintain-'));
    phext = join(folder, 'content.phext');
    await writeFile(phext, content);
  });

  afterEach(async () => {
    await transport?.close();
    await rm(folder, { recursive: true, force: true });
  });

  afterAll(async () => {
    for (const host of ['h1', 'h2', 'h3', 'h4']) await rig.reset(host);
  });
}

export function hostOf(
  name: string,
  user: string,
  instance: Partial<InstanceSpec>,
  more: Partial<HostSpec> = {},
): HostSpec {
  const instances = [{ port: 1337, phext: PHEXT, ...instance }];
  return hostSpec(name, {
    address: rig.address(name),
    user,
    identityFile: environment.key,
    instances,
    ...more,
  });
}

export function contextFor(...hosts: readonly HostSpec[]): MaintainContext {
  const ranch = ranchOf(...hosts);
  transport = sshTransport({
    ranch,
    knownHosts: [environment.knownHosts],
    clock,
    random,
    sshConfigFile: 'none',
    agent: 'none',
  });
  return { ranch, transport, clock, random, stateDir: join(folder, 'state'), known: new Map() };
}

/** A fresh host with SQ on the content, and what acts on it. */
export async function serving(
  host: string,
  way: SqWay,
  version: '0.5.1' | '0.5.2',
  instance: Partial<InstanceSpec> = {},
): Promise<MaintainContext> {
  await rig.reset(host);
  await rig.putContent(host, phext, PHEXT, way);
  await rig.startSq(way, host, sqBinary(version));
  return contextFor(hostOf(host, way === 'unit' ? 'root' : 'ranch', instance));
}

/** A file of a host, read from outside. */
export function onDisk(host: string, path: string): Promise<Buffer> {
  return readFile(join(environment.dir, host, 'root', path));
}

export const sha = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
export const listens = (host: string) => rig.run(host, "ss -Hltn 'sport = :1337' | wc -l");
export const pidOf = (host: string) => rig.run(host, 'pgrep -x sq || echo none');

/** What a file lacks of the content; empty when it is whole. */
export function torn(file: Buffer): readonly string[] {
  if (!isUtf8(file)) return ['not UTF-8'];
  const there = new Map(scrollsOf(file).map(({ coordinate, bytes }) => [coordinate, sha(bytes)]));
  return scrollsOf(content)
    .filter(({ coordinate, bytes }) => there.get(coordinate) !== sha(bytes))
    .map(({ coordinate }) => `${coordinate} is gone or another`)
    .filter((text) => !text.startsWith('1.1.1/1.1.1/1.2.'));
}

export async function select(
  host: string,
  coordinate: string,
  headers: Record<string, string> = {},
): Promise<string> {
  const url = `http://${rig.address(host)}:1337/api/v2/select?p=${PHEXT}&c=${coordinate}`;
  return (await fetch(url, { headers, signal: AbortSignal.timeout(60_000) })).text();
}
