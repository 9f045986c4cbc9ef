import { whyNotAsked } from '../../checks/content/server.ts';
import { RanchError } from '../../domain/errors.ts';
import type { PhextFile, ReachedObservation } from '../../domain/observation.ts';
import type { Shell } from '../../domain/ports.ts';
import type { HostSpec } from '../../domain/ranch.ts';
import { primaryPhext } from '../../plan/primary-phext.ts';
import type { Chosen } from '../maintain/choose.ts';
import type { MaintainContext } from '../maintain/context.ts';
import { type Found, findInstances, mustBeKnown } from '../maintain/find.ts';
import { isSaved, runningVersion } from '../maintain/saved.ts';
import { mustBeSaved } from '../maintain/unsaved.ts';

/** The one instance of a host whose phext is meant, and what may be asked of it. */
export interface ContentPlace {
  readonly chosen: Chosen;
  readonly observation: ReachedObservation;
  /** Phext files in its data directory. */
  readonly phexts: readonly PhextFile[];
  /** The phext that SQ is there for; undefined where that cannot be told. */
  readonly primary: string | undefined;
  /** Why SQ is not asked; undefined where it is. */
  readonly notAsked: string | undefined;
}

function filesOf(observation: ReachedObservation, { instance }: Chosen): readonly PhextFile[] {
  const folder = observation.dataDirs.find(({ path }) => path === instance.dataDir);
  return (folder?.phexts ?? []).filter(({ name }) => !name.startsWith('ranch-'));
}

/** The only one that fits: the only instance, the only one there for this phext, the only one that has its file. */
function pick(spec: HostSpec, { chosen, observation }: Found, phext: string): Chosen {
  const fits: readonly ((one: Chosen) => boolean)[] = [
    () => true,
    ({ instance }) => instance.phext === phext,
    (one) => filesOf(observation, one).some(({ name }) => name === phext),
  ];
  for (const fit of fits) {
    const [only, ...more] = chosen.filter(fit);
    if (only && more.length === 0) return only;
  }
  const ports = chosen.map(({ instance }) => instance.port).join(', ');
  throw new RanchError({
    code: 'usage',
    place: spec.name,
    message: `SQ is there on ports ${ports}, and which of them ${phext} is for is not known`,
    remedy: 'Name the port with `--port`, or its phext in the inventory.',
  });
}

/** Another SQ on the same files would write its own memory over whatever is put there. */
function mustBeAlone(spec: HostSpec, { instance }: Chosen, observation: ReachedObservation): void {
  const other = observation.servers.find(
    ({ pid, dataDir }) => dataDir === instance.dataDir && pid !== instance.pid,
  );
  if (!other) return;
  throw new RanchError({
    code: 'host-unsupported',
    place: `${spec.name}:${instance.port}`,
    message: `SQ with pid ${other.pid} (port ${other.port ?? 'unknown'}) works on the same files`,
    remedy: 'Give each SQ a data directory of its own; two of them overwrite each other.',
  });
}

function primaryOf({ instance }: Chosen, phexts: readonly PhextFile[], phext: string): string | undefined {
  const names = phexts.map(({ name }) => name);
  return primaryPhext(instance, names.length === 0 ? [phext] : names);
}

/**
 * Finds the instance that a phext is for. Throws `host-unsupported`, `usage` where several could be meant, `unsaved`
 * where it would lose what only its memory holds.
 */
export async function findPlace(
  context: MaintainContext,
  shell: Shell,
  spec: HostSpec,
  phext: string,
  ports: readonly number[],
): Promise<ContentPlace> {
  const found = await findInstances(context, shell, spec, ports.length > 0 ? { ports } : {});
  mustBeKnown(spec, found);
  const chosen = pick(spec, found, phext);
  const { observation } = found;
  mustBeAlone(spec, chosen, observation);
  const phexts = filesOf(observation, chosen);
  const primary = primaryOf(chosen, phexts, phext);
  const version = runningVersion(context, chosen);
  const notAsked = chosen.running ? whyNotAsked({ version, primary }) : 'it does not run';
  // A primary without a file has nothing in memory, and to ask for it would make an empty one.
  if (notAsked === undefined && phexts.some(({ name }) => name === primary)) {
    mustBeSaved(spec, chosen, await isSaved(context, shell, spec, chosen, observation), false);
  }
  return { chosen, observation, phexts, primary, notAsked };
}

/** Throws where a further phext would hide which one the instance is there for. */
export function mustKnowPrimary(
  spec: HostSpec,
  { chosen, primary, phexts }: ContentPlace,
  phext: string,
): void {
  const { port, phext: given } = chosen.instance;
  if (given !== undefined) return;
  const alone = phexts.every(({ name }) => name === phext);
  if (primary !== undefined && alone) return;
  throw new RanchError({
    code: 'host-unsupported',
    place: `${spec.name}:${port}`,
    message: `which phext this SQ is there for would not be known with ${phext} beside the others`,
    remedy: 'Name it in the inventory: `instances: [{ port, phext }]`.',
  });
}
