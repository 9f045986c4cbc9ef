import type { Source } from '../app/asked-rollout.ts';
import { RanchError } from '../domain/errors.ts';

/** A command that did not get the one thing it needs, or several. */
export function oneOfThem(command: string, what: string): RanchError {
  return new RanchError({
    code: 'usage',
    place: command,
    message: `takes ${what}, one of them`,
    remedy: `For example: ${command} v0.5.2, or ${command} --playbook playbooks/rollout.yaml`,
  });
}

/** The version or the playbook that was given. Throws `usage` for neither and for both. */
export function rolloutSource(
  command: string,
  what: string,
  version: string | undefined,
  playbook: string | undefined,
): Source {
  if (version !== undefined && playbook === undefined) return { version };
  if (version === undefined && playbook !== undefined) return { playbook };
  throw oneOfThem(command, what);
}
