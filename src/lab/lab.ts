import { RanchError } from '../domain/errors.ts';
import type { LabClaim } from './lab-claim.ts';
import type { LabFiles } from './lab-files.ts';
import type { LabMember } from './lab-member.ts';
import { endMarked } from './marked-processes.ts';
import type { FreePorts } from './ports.ts';
import type { SshHost } from './ssh-host.ts';

/** A running embedded ranch. */
export interface Lab extends LabFiles {
  readonly id: string;
  readonly dir: string;
  readonly hosts: readonly LabMember[];
  /** A pristine program of each version the lab has, by version: what `ranch artifact add` is given. */
  readonly artifacts: ReadonlyMap<string, string>;
  /** The host of that name. Throws `no-such-host`. */
  host(name: string): LabMember;
  /** Stops all servers, ends every process that carries the lab's mark, and nothing else. May be called twice. */
  close(): Promise<void>;
}

/** What a lab holds and must let go of. */
export interface LabHold {
  readonly id: string;
  readonly claim: LabClaim;
  readonly ports: FreePorts;
  readonly servers: SshHost[];
}

/** What a lab is put together from once everything of it runs. */
export interface LabParts {
  readonly hold: LabHold;
  readonly files: LabFiles;
  readonly members: readonly LabMember[];
  readonly artifacts: ReadonlyMap<string, string>;
}

/** The lab of its parts. */
export function assembleLab(parts: LabParts): Lab {
  const members = new Map(parts.members.map((member) => [member.name, member]));
  let closing: Promise<void> | undefined;
  return {
    ...parts.files,
    id: parts.hold.id,
    dir: parts.hold.claim.dir,
    hosts: parts.members,
    artifacts: parts.artifacts,
    host: (name) => {
      const member = members.get(name);
      if (member) return member;
      throw new RanchError({
        code: 'no-such-host',
        place: name,
        message: 'the lab has no host of this name',
        remedy: `Hosts of the lab: ${[...members.keys()].slice(0, 20).join(', ')}.`,
      });
    },
    close: () => {
      closing ??= letGo(parts.hold);
      return closing;
    },
  };
}

/** Takes down what runs of a lab. The servers go first, so that nobody can start anything more. */
export async function letGo({ id, claim, ports, servers }: LabHold): Promise<void> {
  await Promise.all(servers.map((server) => server.close()));
  await endMarked(id);
  await ports.release();
  await claim.release();
}
