import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RanchError } from '../../domain/errors.ts';
import type { ReachedObservation } from '../../domain/observation.ts';
import type { Shell } from '../../domain/ports.ts';
import type { HostSpec } from '../../domain/ranch.ts';
import { capabilities } from '../../sq/capabilities.ts';
import { explode } from '../../sq/phext.ts';
import { RACING_SCROLLS } from '../../sq/racing-scrolls.ts';
import { parseChecksum, parsePhext } from '../../sq/replies.ts';
import { checksumRequest, getRequest } from '../../sq/requests.ts';
import type { Chosen } from './choose.ts';
import type { MaintainContext } from './context.ts';
import type { ProvenBackup } from './find-backup.ts';
import type { InstanceOutcome } from './outcome.ts';
import { asker, runningVersion, targetOf } from './saved.ts';

/**
 * What was shown of a restore beyond the sha256 of each file on the host's disk. `checksum`: SQ serves exactly that
 * content. `written-since`: all scrolls are there, and clients have written since. `not-asked`: and why.
 */
export type Verified =
  | { readonly kind: 'checksum' | 'written-since' }
  | { readonly kind: 'not-asked'; readonly why: string };

function failed(spec: HostSpec, instance: InstanceOutcome, message: string): RanchError {
  return new RanchError({
    code: 'verify-failed',
    place: `${spec.name}:${instance.port}`,
    message,
    remedy: `The files as they were before lie in ${instance.snapshot ?? 'the last snapshot'} on the host.`,
  });
}

/** Throws `verify-failed` when the disk or SQ holds something else than the backup. */
export async function verifyRestored(
  context: MaintainContext,
  shell: Shell,
  spec: HostSpec,
  chosen: Chosen,
  observation: ReachedObservation,
  { folder, manifest }: ProvenBackup,
  instance: InstanceOutcome,
): Promise<Verified> {
  for (const { name, sha256 } of manifest.phexts) {
    const there = instance.restored.find((each) => each.name === name);
    if (there?.sha256 !== sha256)
      throw failed(spec, instance, `${name} on the disk is not the one of the backup`);
  }
  if (instance.pid === undefined) return { kind: 'not-asked', why: 'it does not run' };
  const version = runningVersion(context, chosen);
  if (!capabilities(version).probeOverHttp) {
    return { kind: 'not-asked', why: `${version ?? 'a version without a name'} is not asked` };
  }
  const target = await targetOf(context, shell, spec, chosen, observation);
  const phext = manifest.phexts.find(({ name }) => name === target?.phext);
  if (!target || !phext) return { kind: 'not-asked', why: 'the backup does not hold the primary phext' };
  const ask = asker(context, shell, chosen);
  const place = `${spec.name}:${instance.port}`;
  if (parseChecksum(await ask(checksumRequest(target)), place) === phext.checksum)
    return { kind: 'checksum' };
  // the file, not the `toc`: that ends some builds of 0.5.2
  const live = explode(parsePhext(await ask(getRequest(target)), place));
  const held = new Set<string>(live.map(({ coordinate }) => coordinate));
  const scrolls = explode(await readFile(join(folder, `${phext.name}.phext`)));
  const lacking = scrolls.filter(({ coordinate }) => !held.has(coordinate)).length;
  if (lacking <= RACING_SCROLLS) return { kind: 'written-since' };
  throw failed(spec, instance, `SQ lacks ${lacking} of ${scrolls.length} scrolls of ${phext.name}`);
}
