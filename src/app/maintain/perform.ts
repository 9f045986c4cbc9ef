import type { MaintainVerb } from '../../host/maintain-host.ts';
import { actUnderLease, underLease } from './act.ts';
import { byBinary } from './choose.ts';
import { hostNamed, type InstanceChoice, type MaintainContext, visit } from './context.ts';
import { type Found, findInstances } from './find.ts';
import type { InstanceOutcome, MaintainOutcome } from './outcome.ts';
import { isSaved, type Saved } from './saved.ts';
import { rememberPlace } from './stopped-places.ts';
import { mustBeSaved, mustHaveKeyFile } from './unsaved.ts';

/** How a stop, start or restart is to be done. */
export interface Performance extends InstanceChoice {
  /** Stops a bare process though no key file holds its key. */
  readonly forgetKey?: boolean;
  /** Stops SQ though its memory holds what its disk does not. */
  readonly allowUnsaved?: boolean;
}

/** One act on the instances of one host, unit after unit; all is checked before the first is touched. */
export async function perform(
  context: MaintainContext,
  hostName: string,
  verb: Exclude<MaintainVerb, 'restore' | 'deploy' | 'undeploy'>,
  wish: Performance,
  check: (found: Found) => void,
): Promise<MaintainOutcome> {
  const spec = hostNamed(context.ranch, hostName);
  const { forgetKey = false, allowUnsaved = false } = wish;
  return await visit(context, spec, async (shell) => {
    const found = await findInstances(context, shell, spec, wish);
    check(found);
    const saved = new Map<number, Saved>();
    for (const each of verb === 'start' ? [] : found.chosen) {
      if (verb === 'stop') mustHaveKeyFile(spec, each, forgetKey);
      const verdict = await isSaved(context, shell, spec, each, found.observation);
      mustBeSaved(spec, each, verdict, allowUnsaved);
      if (each.running) saved.set(each.instance.port, verdict);
    }
    const instances: InstanceOutcome[] = [];
    for (const [binary, group] of byBinary(found.chosen)) {
      if (verb === 'stop') await rememberPlace(context.stateDir, spec.name, binary);
      const act = { verb, instances: group.map(({ instance }) => instance), forgetKey, allowUnsaved };
      const acted = await underLease(context, shell, spec, binary, (lease) =>
        actUnderLease(context, shell, spec, lease, act),
      );
      for (const one of acted) {
        const verdict = saved.get(one.port);
        instances.push({ ...one, binary, ...(verdict ? { saved: verdict } : {}) });
      }
    }
    return { host: spec.name, instances };
  });
}
