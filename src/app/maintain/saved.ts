import { unsavedReason } from '../../checks/on-disk.ts';
import type { Version } from '../../domain/brand.ts';
import { ERROR_CODES, EXIT, RanchError } from '../../domain/errors.ts';
import type { HttpRequest } from '../../domain/http.ts';
import type { ReachedObservation } from '../../domain/observation.ts';
import type { Shell } from '../../domain/ports.ts';
import type { HostSpec } from '../../domain/ranch.ts';
import { endsWhole } from '../../host/file-end.ts';
import { httpOver } from '../../host/http.ts';
import { unitShell } from '../../host/unit-shell.ts';
import { primaryPhext } from '../../plan/primary-phext.ts';
import { capabilities } from '../../sq/capabilities.ts';
import type { Target } from '../../sq/requests.ts';
import type { Chosen } from './choose.ts';
import type { MaintainContext } from './context.ts';

/**
 * Whether what SQ holds in memory is on its disk. SQ on a full disk answers 200 and truncates the file: what only its
 * memory has would die with it.
 */
export type Saved =
  | { readonly kind: 'saved' }
  | { readonly kind: 'not-asked'; readonly why: string }
  | { readonly kind: 'unsaved'; readonly why: string };

function notAsked(why: string): Saved {
  return { kind: 'not-asked', why };
}

/** Asks one exchange of the instance's own loopback. */
export function asker(context: MaintainContext, shell: Shell, { instance }: Chosen) {
  const limits = { deadlineMs: 20_000, maxBytes: 2 * instance.dataBytes + 64 * 1024 * 1024 };
  return (request: HttpRequest) => httpOver(shell, context.clock, instance.port, request, limits);
}

/** The instance's primary phext and key, to ask with; undefined where the phext cannot be told. */
export async function targetOf(
  context: MaintainContext,
  shell: Shell,
  spec: HostSpec,
  { instance }: Chosen,
  observation: ReachedObservation,
): Promise<Target | undefined> {
  const folder = observation.dataDirs.find(({ path }) => path === instance.dataDir);
  const phext = primaryPhext(instance, folder?.phexts.map(({ name }) => name) ?? []);
  if (phext === undefined) return undefined;
  const key = await unitShell(shell, spec, context.signal).key(instance);
  return { phext, ...(key ? { key } : {}) };
}

/** The version that runs, by its own word or by what its binary is known to be. */
export function runningVersion({ known }: MaintainContext, { running }: Chosen): Version | undefined {
  return running && (running.version ?? known.get(running.sha256) ?? undefined);
}

async function compare(
  ask: ReturnType<typeof asker>,
  target: Target,
  place: string,
  whole: () => Promise<boolean>,
): Promise<Saved> {
  const why = await unsavedReason(ask, target, place, whole);
  return why === undefined ? { kind: 'saved' } : { kind: 'unsaved', why };
}

/**
 * Asks a running 0.5.2 or newer, and never for its `toc`, which ends some builds of 0.5.2; others are not asked, for every request rewrites their file. A server that cannot
 * answer (its lock poisoned, say) is not asked either: that is what a restart is for.
 */
export async function isSaved(
  context: MaintainContext,
  shell: Shell,
  spec: HostSpec,
  chosen: Chosen,
  observation: ReachedObservation,
): Promise<Saved> {
  const { running, instance } = chosen;
  if (!running) return notAsked('it does not run');
  const version = runningVersion(context, chosen);
  if (!capabilities(version).probeOverHttp)
    return notAsked(`${version ?? 'a version without a name'} is not asked`);
  const place = `${spec.name}:${instance.port}`;
  try {
    const target = await targetOf(context, shell, spec, chosen, observation);
    if (!target) return notAsked('its primary phext is not known: name it in the inventory');
    const whole = () => endsWhole(shell, spec, instance.dataDir, target.phext);
    return await compare(asker(context, shell, chosen), target, place, whole);
  } catch (error) {
    context.signal?.throwIfAborted();
    if (error instanceof RanchError && isSilence(error)) return notAsked(error.message);
    throw error;
  }
}

/** SQ that does not answer well, as opposed to a host that cannot be reached. */
export function isSilence({ code }: RanchError): boolean {
  return code === 'connection-refused' || code === 'deadline' || ERROR_CODES[code] === EXIT.failed;
}
