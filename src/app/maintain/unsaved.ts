import { RanchError } from '../../domain/errors.ts';
import type { HostSpec } from '../../domain/ranch.ts';
import type { Chosen } from './choose.ts';
import type { Saved } from './saved.ts';

/** Throws `unsaved` for an instance whose memory would be lost. */
export function mustBeSaved(spec: HostSpec, { instance }: Chosen, saved: Saved, allowed: boolean): void {
  if (saved.kind !== 'unsaved' || allowed) return;
  throw new RanchError({
    code: 'unsaved',
    place: `${spec.name}:${instance.port}`,
    message: saved.why,
    remedy:
      'Nothing was touched. Free space and write any scroll, so that SQ writes the file anew; if the file is the right one, `load` it.',
  });
}

/** Throws `acknowledgement-missing` for a bare process whose key nobody could give at its next start. */
export function mustHaveKeyFile(spec: HostSpec, { instance, hasKey }: Chosen, forgetKey: boolean): void {
  const { supervisor, keyFile, pid, port } = instance;
  if (pid === undefined || supervisor.kind !== 'bare' || !hasKey || keyFile !== undefined || forgetKey)
    return;
  throw new RanchError({
    code: 'acknowledgement-missing',
    place: `${spec.name}:${port}`,
    message: 'SQ runs with a key among its arguments, which ranch does not keep',
    remedy:
      'Nothing was touched. Put the key in a file on the host and name it as `keyFile`; or stop it all the same with `--forget-key` and name the file before the next start.',
  });
}
