import { RanchError } from '../../domain/errors.ts';
import type { ReachedObservation } from '../../domain/observation.ts';
import type { Shell } from '../../domain/ports.ts';
import type { HostSpec } from '../../domain/ranch.ts';
import { maintainShell } from '../../host/maintain.ts';
import { look } from '../../host/observe.ts';
import { whyUnsupported } from '../../plan/drift.ts';
import { expandHome, portOf } from '../../plan/seen.ts';
import { type Chosen, chooseInstances, type KeptAt, type Unknown } from './choose.ts';
import type { InstanceChoice, MaintainContext } from './context.ts';
import { stoppedPlaces } from './stopped-places.ts';

/** What was found of the instances that are meant. */
export interface Found {
  readonly observation: ReachedObservation;
  readonly chosen: readonly Chosen[];
  readonly unknown: readonly Unknown[];
}

/** Records of stopped instances, from every place where one may lie. */
async function keptOn(
  context: MaintainContext,
  shell: Shell,
  spec: HostSpec,
  observation: ReachedObservation,
): Promise<readonly KeptAt[]> {
  const named = spec.instances.flatMap(({ binary }) => (binary === undefined ? [] : [binary]));
  const places = [
    ...(await stoppedPlaces(context.stateDir, spec.name)),
    ...observation.binaries.map(({ realPath }) => realPath),
    ...named.map((path) => expandHome(path, observation.home)),
  ];
  const host = maintainShell(shell, spec, context.signal);
  const kept: KeptAt[] = [];
  for (const binary of new Set(places)) {
    if (!binary.startsWith('/')) continue;
    for (const each of await host.kept(binary)) {
      if (!kept.some(({ port }) => port === each.port)) kept.push({ ...each, binary });
    }
  }
  return kept;
}

/** Looks at the host and finds the instances that are meant. Throws `host-unsupported`. */
export async function findInstances(
  context: MaintainContext,
  shell: Shell,
  spec: HostSpec,
  choice: InstanceChoice,
): Promise<Found> {
  const observation = await look(shell, spec, context.clock, context.known, context.signal);
  const why = whyUnsupported(observation);
  if (why !== undefined) {
    throw new RanchError({
      code: 'host-unsupported',
      place: spec.name,
      message: why,
      remedy: 'Do it by hand on that host.',
    });
  }
  const running = new Set(observation.servers.map(portOf));
  const wanted = choice.ports ?? spec.instances.map(({ port }) => port);
  // Records are only asked for where something that is meant does not run: each place costs a round trip.
  const allRun = wanted.length > 0 && wanted.every((port) => running.has(port));
  const kept = allRun ? [] : await keptOn(context, shell, spec, observation);
  return { observation, ...chooseInstances(spec, observation, kept, choice) };
}

/** Throws for instances of which nothing is known. */
export function mustBeKnown(spec: HostSpec, { chosen, unknown }: Found): void {
  const [first] = unknown;
  if (first) {
    throw new RanchError({
      code: 'host-unsupported',
      place: `${spec.name}:${first.port}`,
      message: first.why,
      remedy:
        'Start it by hand once, and ranch adopts it; or give its `binary` in the inventory if ranch stopped it.',
    });
  }
  if (chosen.length > 0) return;
  throw new RanchError({
    code: 'host-unsupported',
    place: spec.name,
    message: 'no SQ was found on this host',
    remedy: 'Name its `instances` in the inventory, or start SQ by hand once.',
  });
}
