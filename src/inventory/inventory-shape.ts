import * as z from 'zod';
import {
  address,
  hop,
  hostName,
  label,
  listOf,
  localPath,
  oneOf,
  oneOrMore,
  phext,
  port,
  publicAddress,
  remotePath,
  share,
  title,
  user,
  version,
  zoneOrHost,
} from './words.ts';

/** SSH counts connections through each jump; beyond a few, something else is meant. */
const MAX_JUMPS = 8;
const MAX_TAGS = 64;
const MAX_AFTER = 256;

/** What listens on one host. Far more than any host has ports for SQ in use. */
const MAX_INSTANCES = 64;

const jump = oneOrMore(
  hop,
  MAX_JUMPS,
  `a host of the inventory or [user@]address[:port], or a list of up to ${MAX_JUMPS} of them`,
);

const tags = listOf(label, MAX_TAGS, `a list of up to ${MAX_TAGS} tags, like [canary]`);

/** Fields that `defaults` may give to every host. */
const shared = {
  port: port.describe('SSH port; what ~/.ssh/config says where none is given, else 22').optional(),
  user: user.describe('SSH user; what ~/.ssh/config says where none is given').optional(),
  identityFile: localPath.describe('Private key on this machine, for SSH').optional(),
  jump: jump.describe('Jump hosts in the order of travel; an empty list for none').optional(),
  become: oneOf(['sudo', 'none']).describe('How to become root where that is needed').optional(),
  tags: tags.optional(),
  zone: label.describe('The zone the host is in; "lan" where none is given').optional(),
  expect: oneOf(['present', 'absent'])
    .describe('"absent": being unreachable is expected and is no failure')
    .optional(),
};

const instance = z
  .strictObject(
    {
      port: port.describe('The port this SQ server listens on'),
      phext: phext.describe('The phext it holds in memory, without ".phext"').optional(),
      dataDir: remotePath.describe('Where its phext files lie on the host').optional(),
      binary: remotePath.describe('The SQ program on the host').optional(),
      keyFile: remotePath.describe('A file on the host that holds its key; never the key itself').optional(),
    },
    { error: 'an instance, like { port: 1337 }' },
  )
  .describe('One SQ server');

const host = z
  .strictObject(
    {
      address: address.describe('What to connect to; the name of the host where none is given').optional(),
      ...shared,
      sentinel: title.describe('Who lives there, for people').optional(),
      after: oneOrMore(zoneOrHost, MAX_AFTER, 'a zone or host, or a list of them, like [lan]')
        .describe('Zones or hosts that must be done before this one')
        .optional(),
      public: publicAddress.describe('The public address behind which this host serves').optional(),
      instances: listOf(instance, MAX_INSTANCES, 'a list of instances, like [{ port: 1337 }]')
        .describe('SQ servers on this host; found out on the host where none are given')
        .optional(),
    },
    { error: 'the fields of a host, or nothing' },
  )
  .nullable()
  .describe('A machine reached over SSH');

const zone = z
  .strictObject(
    {
      quorum: share.describe('How much of the zone must stay up during a rollout').optional(),
      after: oneOrMore(label, MAX_AFTER, 'a zone, or a list of them, like [lan]')
        .describe('Zones that must be done before this one')
        .optional(),
    },
    { error: 'quorum and after, or nothing' },
  )
  .nullable()
  .describe('Hosts that must not all be down at once');

/** An inventory as it is written. The one source of what is accepted and of the JSON Schema. */
export const inventoryShape = z
  .strictObject(
    {
      ranch: title.describe('The name of the ranch'),
      target: z
        .strictObject({ version }, { error: 'the version that every host should run: { version: 0.5.2 }' })
        .describe('What every host should run')
        .optional(),
      defaults: z
        .strictObject(
          {
            ...shared,
            quorum: share
              .describe('How much of a zone must stay up during a rollout; 50% where none is given')
              .optional(),
          },
          { error: 'fields for every host, like user' },
        )
        .nullable()
        .describe('Fields for every host that does not give its own; tags are added to its own')
        .optional(),
      zones: z
        .record(label, zone, { error: 'zones by name' })
        .nullable()
        .describe('Zones by name; one that is not described here has the default quorum')
        .optional(),
      hosts: z.record(hostName, host, { error: 'hosts by name, at least one' }).describe('Hosts by name'),
    },
    { error: 'an inventory: ranch, target, defaults, zones, hosts' },
  )
  .describe('A ranch of hosts that run SQ');

/** The hosts of an inventory alone: a part of many of them. */
export const hostsShape = inventoryShape.pick({ hosts: true });

/** A checked inventory, before defaults are applied. */
export type InventoryData = z.output<typeof inventoryShape>;
export type HostData = NonNullable<InventoryData['hosts'][string]>;

/** JSON Schema (draft 7, which editors know best) of an inventory file. */
export function inventoryJsonSchema(): Readonly<Record<string, unknown>> {
  return { ...z.toJSONSchema(inventoryShape, { target: 'draft-7', io: 'input' }), title: 'ranch inventory' };
}
