import { expect, test } from 'vitest';
import { byBinary, chooseInstances, type KeptAt } from '../../../src/app/maintain/choose.ts';
import type { Sha256 } from '../../../src/domain/brand.ts';
import type { ReachedObservation, Server, StoppedService } from '../../../src/domain/observation.ts';
import { hostSpec } from '../../ssh/world.ts';

const SHA = 'a'.repeat(64) as Sha256;

function server(port: number, more: Partial<Server> = {}): Server {
  return {
    pid: port,
    startTicks: 1,
    binary: '/opt/sq',
    running: { sha256: SHA },
    replaced: false,
    args: ['host', String(port)],
    hasKey: false,
    cwd: '/srv',
    uid: 1000,
    user: 'someone',
    port,
    dataDir: '/srv',
    supervisor: { kind: 'bare' },
    uptimeSeconds: 1,
    rssBytes: 1,
    threads: 1,
    openFiles: 1,
    state: 'S',
    ...more,
  };
}

function seen(servers: readonly Server[], stopped: readonly StoppedService[] = []): ReachedObservation {
  return {
    kind: 'reached',
    host: hostSpec('h1').name,
    at: 0,
    tookMs: 0,
    platform: { os: 'linux', arch: 'x86_64', libc: 'gnu', wsl: false, key: 'linux-x86_64-gnu', release: '' },
    bootId: 'boot',
    uptimeSeconds: 1,
    clockSkewMs: 0,
    user: 'someone',
    uid: 1000,
    home: '/home/someone',
    systemd: true,
    servers,
    binaries: [],
    dataDirs: [],
    stopped,
    ranch: [],
  };
}

const KEPT: KeptAt = {
  binary: '/opt/sq',
  port: 1339,
  supervisor: { kind: 'bare' },
  user: 'someone',
  dataDir: '/srv/other',
  keyed: true,
  keyFile: '/keys/old',
};

const portsOf = (chosen: readonly { readonly instance: { readonly port: number } }[]) =>
  chosen.map(({ instance }) => instance.port);

test('without instances in the inventory all that is found is meant: running, by a unit, stopped by ranch', () => {
  const unit: StoppedService = {
    supervisor: { kind: 'systemd-system', unit: 'sq.service' },
    binary: '/usr/local/bin/sq',
    args: [],
    port: 1338,
    dataDir: '/var/lib/sq',
  };
  const { chosen, unknown } = chooseInstances(hostSpec('h1'), seen([server(1337)], [unit]), [KEPT], {});
  expect(portsOf(chosen)).toEqual([1337, 1338, 1339]);
  expect(unknown).toEqual([]);
  expect([...byBinary(chosen).keys()]).toEqual(['/opt/sq', '/usr/local/bin/sq']);
});

test('with instances in the inventory only those are meant, unless ports are named', () => {
  const spec = hostSpec('h1', { instances: [{ port: 1337, phext: 'p' }] });
  const observation = seen([server(1337), server(4000)]);
  expect(portsOf(chooseInstances(spec, observation, [], {}).chosen)).toEqual([1337]);
  expect(portsOf(chooseInstances(spec, observation, [], { ports: [4000] }).chosen)).toEqual([4000]);
});

test('what runs counts more than what was kept when it was stopped', () => {
  const { chosen } = chooseInstances(hostSpec('h1'), seen([server(1339)]), [KEPT], { ports: [1339] });
  expect(chosen[0]?.instance.pid).toBe(1339);
});

test('a kept instance has the key file of the inventory before the one that was kept', () => {
  const spec = hostSpec('h1', { instances: [{ port: 1339, keyFile: '/keys/new' }] });
  const [now] = chooseInstances(spec, seen([]), [KEPT], {}).chosen;
  expect(now).toMatchObject({ hasKey: true, instance: { keyFile: '/keys/new', dataDir: '/srv/other' } });
  expect(chooseInstances(hostSpec('h1'), seen([]), [KEPT], {}).chosen[0]?.instance.keyFile).toBe('/keys/old');
});

test('of what nobody knows how to start is told, and nothing is guessed', () => {
  const spec = hostSpec('h1', { instances: [{ port: 1337 }] });
  expect(chooseInstances(spec, seen([]), [], {})).toEqual({
    chosen: [],
    unknown: [{ port: 1337, why: expect.stringContaining('ranch did not stop it') }],
  });
});

test('a server in a shell loop is refused', () => {
  const kept = server(1337, {
    supervisor: { kind: 'unsupported', reason: 'is started by a shell script (pid 7)' },
  });
  expect(() => chooseInstances(hostSpec('h1'), seen([kept]), [], {})).toThrow(
    expect.objectContaining({ code: 'host-unsupported', place: 'h1:1337' }),
  );
});
