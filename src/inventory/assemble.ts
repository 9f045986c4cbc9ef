import type { HostName } from '../domain/brand.ts';
import type { HostSpec, InstanceSpec, Ranch, ZoneSpec } from '../domain/ranch.ts';
import type { Share } from '../domain/share.ts';
import type { HostData, InventoryData } from './inventory-shape.ts';
import { isHostName } from './names.ts';

/** Where a host is when neither it nor `defaults` names a zone. */
export const DEFAULT_ZONE = 'lan';

/** Half of a zone stays up: a zone of two is never down as a whole, and a rollout still gets on. */
export const DEFAULT_QUORUM: Share = { kind: 'percent', percent: 50 };

type Defaults = NonNullable<InventoryData['defaults']>;

/** An object without its undefined fields, as `exactOptionalPropertyTypes` wants it. */
type Given<T> = { [K in keyof T]: Exclude<T[K], undefined> };

function given<T extends object>(fields: T): Partial<Given<T>> {
  const kept: Partial<Given<T>> = {};
  for (const key in fields) {
    const value = fields[key];
    if (value !== undefined) Reflect.set(kept, key, value);
  }
  return kept;
}

/**
 * Jump hosts of a host. Its own stand before the default; a host that the default itself travels through is reached
 * without it, or no path would ever begin.
 */
function jumpOf(name: HostName, host: HostData, defaults: Defaults): readonly string[] {
  if (host.jump) return host.jump;
  const byDefault = defaults.jump ?? [];
  return byDefault.includes(name) ? byDefault.slice(0, byDefault.indexOf(name)) : byDefault;
}

function instanceOf(data: NonNullable<HostData['instances']>[number]): InstanceSpec {
  const { port, phext, dataDir, binary, keyFile } = data;
  return { port, ...given({ phext, dataDir, binary, keyFile }) };
}

function hostOf(name: HostName, host: HostData, defaults: Defaults): HostSpec {
  const become = host.become ?? defaults.become;
  return {
    name,
    address: host.address ?? name,
    ...given({
      port: host.port ?? defaults.port,
      user: host.user ?? defaults.user,
      identityFile: host.identityFile ?? defaults.identityFile,
      become: become === 'sudo' ? become : undefined,
      sentinel: host.sentinel,
      public: host.public,
    }),
    jump: jumpOf(name, host, defaults),
    tags: [...new Set([...(defaults.tags ?? []), ...(host.tags ?? [])])],
    zone: host.zone ?? defaults.zone ?? DEFAULT_ZONE,
    expect: host.expect ?? defaults.expect ?? 'present',
    after: host.after ?? [],
    instances: (host.instances ?? []).map(instanceOf),
  };
}

function zonesOf(data: InventoryData, hosts: readonly HostSpec[]): readonly ZoneSpec[] {
  const described = data.zones ?? {};
  const names = new Set([...Object.keys(described), ...hosts.map((host) => host.zone)]);
  return [...names].map((name) => ({
    name,
    quorum: described[name]?.quorum ?? data.defaults?.quorum ?? DEFAULT_QUORUM,
    after: described[name]?.after ?? [],
  }));
}

/** A checked inventory with its defaults applied. Hosts keep the order of the file; zones that are described come first. */
export function assemble(data: InventoryData, file: string): Ranch {
  const defaults = data.defaults ?? {};
  const hosts = Object.entries(data.hosts).flatMap(([name, host]) =>
    isHostName(name) ? [hostOf(name, host ?? {}, defaults)] : [],
  );
  return {
    name: data.ranch,
    ...given({ target: data.target }),
    hosts,
    zones: zonesOf(data, hosts),
    file,
  };
}
