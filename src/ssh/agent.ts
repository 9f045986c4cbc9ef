import type { BaseAgent, ParsedKey } from 'ssh2';

/** The module, loaded late: `import('ssh2')` costs tens of milliseconds that `ranch --help` must not pay. */
export type Ssh2 = typeof import('ssh2');

/** The SSH encoding of a key an agent listed. */
function encodingOf(key: unknown): Buffer | undefined {
  const parsed = key as Partial<ParsedKey> | undefined;
  return typeof parsed?.getPublicSSH === 'function' ? parsed.getPublicSSH() : undefined;
}

/**
 * The agent at a socket, offering first the keys whose public halves are `wanted`: sshd hangs up after six keys
 * (MaxAuthTries), and an agent may hold more. With `only`, no others are offered.
 */
export function chosenAgent(ssh2: Ssh2, path: string, wanted: readonly Buffer[], only: boolean): BaseAgent {
  const isWanted = (key: unknown): boolean => {
    const encoding = encodingOf(key);
    return encoding !== undefined && wanted.some((one) => one.equals(encoding));
  };
  class ChosenAgent extends ssh2.OpenSSHAgent {
    override getIdentities(done: Parameters<InstanceType<Ssh2['OpenSSHAgent']>['getIdentities']>[0]): void {
      super.getIdentities((error, keys) => {
        if (error || keys === undefined) {
          done(error, keys);
          return;
        }
        const rest = only ? [] : keys.filter((key) => !isWanted(key));
        done(null, [...keys.filter(isWanted), ...rest]);
      });
    }
  }
  return new ChosenAgent(path);
}
