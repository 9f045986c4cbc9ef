import { RanchError } from '../domain/errors.ts';
import type { RemoteScript } from '../domain/ports.ts';

/** How a run ended that gave no answer. */
export interface Unanswered {
  /** Standard output without a start marker. */
  readonly noise: string;
  readonly stderr: string;
  /** The channel's exit status; null when a signal ended it or the connection went. */
  readonly status: number | null;
  /** The exit code behind the end marker, where there was one. */
  readonly exitCode: number | undefined;
  /** Whether the script itself had begun. */
  readonly started: boolean;
}

/** sshd without PAM shows /run/nologin and exits with this status in place of the command. */
const NOLOGIN_STATUS = 254;

/** The first line with something on it, bounded: what the host said. */
function said(how: Unanswered): string {
  const line = `${how.noise}\n${how.stderr}`.split('\n').find((text) => text.trim() !== '');
  return line === undefined ? 'it said nothing' : `it said ${JSON.stringify(line.trim().slice(0, 200))}`;
}

/** sudo did not let us through. */
export function sudoFault(place: string, why: string): RanchError {
  return new RanchError({
    code: 'sudo-refused',
    place,
    message: `sudo refused: ${why}`,
    remedy: 'Give the user NOPASSWD in sudoers, or let ranch ask for the password (without `--no-input`).',
  });
}

/** sudo did not take the password that a person gave. */
export function sudoPasswordFault(place: string): RanchError {
  return new RanchError({
    code: 'sudo-refused',
    place,
    message: 'sudo refused: the password is wrong',
    remedy: 'Run the command again and give the password of the user that ranch logs in as.',
  });
}

/** What it means that a script gave no (whole) answer. */
export function unansweredFault(place: string, script: RemoteScript, how: Unanswered): RanchError {
  if (how.exitCode !== undefined) return sudoFault(place, said(how));
  if (how.started) {
    return new RanchError({
      code: 'connection-lost',
      place,
      message: `${script.name} was cut off before its end; whether it did its work is not known`,
      remedy: 'Look at the host again before anything is done to it.',
    });
  }
  if (how.status === NOLOGIN_STATUS) {
    return new RanchError({
      code: 'host-booting',
      place,
      message: `the host lets nobody in yet; ${said(how)}`,
      remedy: 'Wait until the host is up. If it stays so, look for /run/nologin there.',
    });
  }
  if (how.status === null) {
    return new RanchError({
      code: 'connection-lost',
      place,
      message: `the host ended ${script.name} before it began; ${said(how)}`,
      remedy: 'Look at the host and the network, then run the command again.',
    });
  }
  return new RanchError({
    code: 'host-unsupported',
    place,
    message: `the login shell did not run a POSIX script (exit status ${how.status}); ${said(how)}`,
    remedy:
      'ranch needs a user whose login shell hands commands to /bin/sh: not Windows, no ForceCommand, no nologin.',
  });
}
