import ssh2 from 'ssh2';

/** A key pair in OpenSSH's formats. */
export interface KeyPair {
  /** The private key, as `ssh-keygen` writes it, without a passphrase. */
  readonly private: string;
  /** `ssh-ed25519 AAAA...`, without a comment. */
  readonly public: string;
}

/**
 * A new ed25519 key pair. ssh2 1.17 writes about one pair in 130 that it cannot read back (a leading zero is lost),
 * so each pair is tried before it is given out.
 */
export function newKeyPair(): KeyPair {
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync('ed25519');
    if (works(pair)) return { private: pair.private, public: pair.public.trim() };
  }
}

function works(pair: KeyPair): boolean {
  const mine = ssh2.utils.parseKey(pair.private);
  const theirs = ssh2.utils.parseKey(pair.public);
  if (mine instanceof Error || theirs instanceof Error) return false;
  const probe = Buffer.from('probe');
  return theirs.verify(probe, mine.sign(probe)) === true;
}

/** A line of a known_hosts file for a host on a port of its own. */
export function knownHostLine(address: string, port: number, publicKey: string): string {
  return `[${address}]:${port} ${publicKey}\n`;
}
