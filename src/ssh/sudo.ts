import type { ClientChannel } from 'ssh2';
import type { Random } from '../domain/ports.ts';
import type { Secret } from '../domain/secret.ts';
import type { Become } from './command-line.ts';
import { sudoPasswordFault } from './refusals.ts';
import type { StderrTail } from './stderr.ts';

/** How a script becomes root, with the password that sudo gets when it asks. */
export type BecomeWith = Become & { readonly password?: Secret };

/** How one host's scripts become root, over all connections of a transport. */
export interface Sudo {
  become(): BecomeWith;
  /** sudo has refused: gets the password from a person, once a host. False when that is no use (any more). */
  askAgain(): Promise<boolean>;
}

/**
 * Tries `sudo -n` first: a password is asked only where sudo wants one, and is never sent where it does not, since it
 * would then end up on the command's standard input.
 */
export function createSudo(random: Random, ask: (() => Promise<Secret | undefined>) | undefined): Sudo {
  let asked: Promise<Secret | undefined> | undefined;
  let password: Secret | undefined;
  return {
    become() {
      if (password === undefined) return { kind: 'sudo' };
      return { kind: 'sudo', prompt: `[ranch ${random.hex(16)}]`, password };
    },
    async askAgain() {
      // Where there was a password, it is the password that was refused. It is not tried again: faillock counts.
      if (password !== undefined) asked = Promise.resolve(undefined);
      if (ask === undefined) return false;
      asked ??= ask();
      password = await asked;
      return password !== undefined;
    },
  };
}

/**
 * Takes standard error, and gives sudo its password when its random prompt appears, which is once: a second time
 * means that it was wrong. Nothing else that a host prints can draw the password out.
 */
export function passwordGiver(
  place: string,
  become: BecomeWith,
  channel: ClientChannel,
  stderr: StderrTail,
): (chunk: Buffer) => void {
  let given = false;
  return (chunk) => {
    stderr.take(chunk);
    if (become.kind === 'no' || become.prompt === undefined || become.password === undefined) return;
    while (stderr.cut(become.prompt)) {
      if (given) throw sudoPasswordFault(place);
      given = true;
      channel.write(`${become.password.reveal()}\n`);
    }
  };
}
