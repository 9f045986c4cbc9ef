import type { CompressionAlgorithm, KexAlgorithm } from 'ssh2';

/**
 * Key exchanges that ranch takes, the quickest first. None in which the host chooses the group: to look at a prime of
 * 8192 bits that it does not know keeps OpenSSL, and with it every other host, busy for half a minute. Each OpenSSH
 * since 6.5 speaks the first.
 */
export const KEY_EXCHANGES: KexAlgorithm[] = [
  'curve25519-sha256@libssh.org',
  'curve25519-sha256',
  'ecdh-sha2-nistp256',
  'ecdh-sha2-nistp384',
  'ecdh-sha2-nistp521',
  'diffie-hellman-group14-sha256',
  'diffie-hellman-group16-sha512',
  'diffie-hellman-group18-sha512',
];

/** No compression: a packet of 35 kB could unfold to a thousand times as much, before anybody is logged in. */
export const COMPRESSIONS: CompressionAlgorithm[] = ['none'];
