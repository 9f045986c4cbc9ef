/** What can be told of a private key file without its passphrase. */
export interface KeyFacts {
  readonly encrypted: boolean;
  /** SSH encoding of the public half; only OpenSSH's own format gives it away. */
  readonly publicKey?: Buffer;
}

const MAGIC = 'openssh-key-v1\0';

/** Reads SSH strings (four bytes of length, then that many bytes) one after the other. */
function sshStrings(data: Buffer, offset: number, count: number): readonly Buffer[] | undefined {
  const found: Buffer[] = [];
  let at = offset;
  while (found.length < count) {
    if (at + 4 > data.length) return undefined;
    const end = at + 4 + data.readUInt32BE(at);
    if (end > data.length) return undefined;
    found.push(data.subarray(at + 4, end));
    at = end;
    // Between the third string (KDF options) and the first public key stands the number of keys.
    if (found.length === 3) at += 4;
  }
  return found;
}

/** Looks at a private key file: OpenSSH's format, or PEM with its `ENCRYPTED` headers. */
export function keyFacts(text: string): KeyFacts {
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]+?)-----END/.exec(text)?.[1];
  if (body === undefined) {
    return { encrypted: /^Proc-Type: 4,ENCRYPTED|BEGIN ENCRYPTED PRIVATE KEY/m.test(text) };
  }
  const data = Buffer.from(body, 'base64');
  const strings =
    data.toString('latin1', 0, MAGIC.length) === MAGIC ? sshStrings(data, MAGIC.length, 4) : undefined;
  const [cipher, , , publicKey] = strings ?? [];
  if (cipher === undefined || publicKey === undefined) return { encrypted: false };
  return { encrypted: cipher.toString('latin1') !== 'none', publicKey: Buffer.from(publicKey) };
}
