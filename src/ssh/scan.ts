import { RanchError } from '../domain/errors.ts';
import { type Attempt, connectOnce, type Network } from './connect.ts';
import { knownName } from './hop.ts';
import { fingerprint, keyType } from './known-hosts.ts';

/** The public key of a host, as it showed it. */
export interface HostKey {
  /** `ssh-ed25519`, `ecdsa-sha2-nistp256`, `ssh-rsa`. */
  readonly algorithm: string;
  /** `SHA256:` and base64. */
  readonly fingerprint: string;
  /** The line for known_hosts, without its end. */
  readonly line: string;
}

/** A key that what is on record speaks against is not for recording: the user has to take that out first. */
function isMerelyUnknown(error: unknown): boolean {
  return error instanceof RanchError && error.code === 'host-key-unknown';
}

/**
 * Connects only as far as the host's key. Its jump hosts must be known already. Throws `host-key-changed` or
 * `host-key-revoked` for a key that what is known speaks against, and the connecting codes.
 */
export async function scanKey(network: Network, attempt: Attempt): Promise<HostKey> {
  const target = attempt.route.at(-1);
  if (target === undefined) throw new Error('a route has at least one hop');
  const usual = await network.hostKeys.checkFor(target);
  let shown: Buffer | undefined;
  const stop = new RanchError({
    code: 'interrupted',
    place: target.name,
    message: 'only the key was wanted',
    remedy: 'Nothing is to be done.',
  });
  const check = (key: Buffer): never => {
    shown = Buffer.from(key);
    try {
      usual.check(key);
    } catch (error) {
      if (!isMerelyUnknown(error)) throw error;
    }
    throw stop;
  };
  try {
    const link = await connectOnce(network, { ...attempt, trust: { algorithms: usual.algorithms, check } });
    link.close();
  } catch (error) {
    if (error !== stop) throw error;
  }
  if (shown === undefined) throw new Error('a connection without a host key');
  const algorithm = keyType(shown);
  return {
    algorithm,
    fingerprint: fingerprint(shown),
    line: `${knownName(target)} ${algorithm} ${shown.toString('base64')}`,
  };
}
