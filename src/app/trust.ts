import { join } from 'node:path';
import pLimit from 'p-limit';
import type { HostName } from '../domain/brand.ts';
import { type Trouble, troubleOf } from '../domain/errors.ts';
import type { HostSpec } from '../domain/ranch.ts';
import { recordKeys } from '../ssh/record-keys.ts';
import type { HostKey } from '../ssh/scan.ts';
import type { Workspace } from './workspace.ts';

const SCAN_DEADLINE_MS = 20_000;
const SCANS_AT_ONCE = 32;

/** The key a host showed. */
export interface Seen {
  readonly host: HostName;
  readonly key: HostKey;
}

export interface Trusting {
  readonly seen: readonly Seen[];
  readonly troubles: readonly Trouble[];
  /** Hosts whose way leads through a host with a key that is not known yet: to be asked once that is recorded. */
  readonly behind: readonly HostSpec[];
  /** Where `record` writes. */
  readonly file: string;
  /** Records what was seen; the user has compared the fingerprints. */
  record(): Promise<void>;
}

/** True where it is the key of another of these hosts that is not known: a jump host's, which is asked for as well. */
function seesOther(trouble: Trouble, spec: HostSpec, hosts: readonly HostSpec[]): boolean {
  return trouble.place !== spec.name && hosts.some(({ name }) => name === trouble.place);
}

/** Asks hosts for their keys, without logging in. Hosts that are expected to be absent are no trouble. */
export async function trustHosts(workspace: Workspace, hosts: readonly HostSpec[]): Promise<Trusting> {
  const transport = await workspace.transport();
  const limit = pLimit(SCANS_AT_ONCE);
  const seen: Seen[] = [];
  const troubles: Trouble[] = [];
  const behind: HostSpec[] = [];
  await Promise.all(
    hosts.map((spec) =>
      limit(async () => {
        try {
          seen.push({
            host: spec.name,
            key: await transport.scanHostKey(spec, { deadlineMs: SCAN_DEADLINE_MS }),
          });
        } catch (error) {
          const trouble = troubleOf(error, spec.name);
          if (trouble.code === 'internal') throw error;
          if (trouble.code === 'host-key-unknown' && seesOther(trouble, spec, hosts)) behind.push(spec);
          else if (spec.expect === 'present') troubles.push(trouble);
        }
      }),
    ),
  );
  const file = join(workspace.stateDir, 'known_hosts');
  const order = new Map(hosts.map(({ name }, at) => [name, at]));
  seen.sort((a, b) => (order.get(a.host) ?? 0) - (order.get(b.host) ?? 0));
  return {
    seen,
    troubles,
    behind,
    file,
    record: () =>
      recordKeys(
        file,
        seen.map(({ key }) => key.line),
      ),
  };
}
