import ssh2 from 'ssh2';
import { expect, test } from 'vitest';
import { BOUNDS, setting } from './setting.ts';

const RSA = ssh2.utils.generateKeyPairSync('rsa', { bits: 2048 }).private;

/** What a login comes to on a host that signs with its RSA key in this way only. */
async function signedBy(algorithm: 'ssh-rsa' | 'rsa-sha2-256'): Promise<string> {
  const { transport, host } = await setting({
    hostKey: RSA,
    algorithms: { serverHostKey: [algorithm] },
  });
  return transport.withShell(host, async () => 'in', BOUNDS);
}

test('a signature that relies on SHA-1 is not taken, though the key is known; the same key with SHA-2 is', async () => {
  expect(await signedBy('rsa-sha2-256')).toBe('in');
  await expect(signedBy('ssh-rsa')).rejects.toMatchObject({ code: 'host-unsupported' });
});
