import type { HostName } from '../domain/brand.ts';
import type { Acknowledgement } from '../domain/plan.ts';
import type { BinaryGroup } from './groups.ts';

/** What a switch means for servers of the same binary that the inventory does not name: the user has to agree. */
export function sharedBinary(host: HostName, group: BinaryGroup): readonly Acknowledgement[] {
  return group.unmanaged.map(({ seen }) => {
    const who = seen.port === undefined ? `process ${seen.server.pid}` : `the server on port ${seen.port}`;
    const text = `${host}: ${who} shares ${group.binary} and is not in the inventory: it is left running, and runs the new binary from its own next start on`;
    return { id: `shared-binary:${host}:${seen.port ?? seen.server.pid}`, text };
  });
}
