import { smoke } from '../../checks/smoke/smoke.ts';
import { type CheckPorts, type Subject, targetOf } from '../../checks/subject.ts';
import type { Finding } from '../../domain/finding.ts';
import type { HostSpec, Ranch } from '../../domain/ranch.ts';
import { capabilities } from '../../sq/capabilities.ts';
import { asCoordinate, type Coordinate } from '../../sq/coordinate.ts';
import { keyScrollsOf } from '../content/key-scrolls.ts';
import type { Workspace } from '../workspace.ts';
import { type Checked, type CheckedHost, type CheckOptions, checkHosts } from './check-hosts.ts';

/** What stands behind a host's public address: the first of its instances, as the inventory has them. */
function shownOf({ spec, subjects }: CheckedHost): Subject | undefined {
  const [first] = spec.instances;
  return first ? subjects.find(({ instance }) => instance.port === first.port) : subjects[0];
}

/** The customer's view of a host that has one. */
async function throughTheFront(host: CheckedHost, ports: CheckPorts): Promise<readonly Finding[]> {
  const base = host.spec.public;
  const subject = shownOf(host);
  if (base === undefined || !subject || !capabilities(subject.version).probeOverHttp) return [];
  const target = await targetOf(subject);
  if (!target) return []; // told by the smoke test itself
  const [{ publicSmoke }, { askPublic }] = await Promise.all([
    import('../../checks/smoke/public-smoke.ts'),
    import('./ask-public.ts'),
  ]);
  return await publicSmoke(subject, target, base, ports, askPublic);
}

/** The first scroll that a playbook says the primary phext holds. */
async function keyScrollOf(ranch: Ranch, { primary }: Subject): Promise<Coordinate | undefined> {
  if (primary === undefined) return undefined;
  const [first] = await keyScrollsOf(ranch, primary);
  return first && asCoordinate(first.coordinate);
}

/** The smoke test of every running instance of the given hosts, and of what their customers see. */
export async function smokeHosts(
  workspace: Workspace,
  hosts: readonly HostSpec[],
  options: CheckOptions = {},
): Promise<Checked> {
  const artifacts = await workspace.artifacts();

  return await checkHosts(
    workspace,
    hosts,
    async (host, ports) => {
      const found = await Promise.all(
        host.subjects.map(async (subject) => {
          const scroll = await keyScrollOf(workspace.ranch, subject);
          return await smoke(subject, { artifacts, ...(scroll ? { scroll } : {}) }, ports);
        }),
      );
      return [...found.flat(), ...(await throughTheFront(host, ports))];
    },
    options,
  );
}
