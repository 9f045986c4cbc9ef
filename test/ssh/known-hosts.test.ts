import { createHmac, randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { fingerprint, keyType, parseKnownHosts } from '../../src/ssh/known-hosts.ts';
import { indexKnown } from '../../src/ssh/known-index.ts';
import { judge } from '../../src/ssh/verdict.ts';

const A = 'AAAAC3NzaC1lZDI1NTE5AAAAIA';
const B = 'AAAAC3NzaC1lZDI1NTE5AAAAIB';

function hashed(name: string): string {
  const salt = randomBytes(20);
  return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`;
}

function known(text: string, name: string, key: string, portless?: string) {
  const entries = parseKnownHosts(text, 'known_hosts');
  const index = indexKnown(entries);
  return judge(
    { own: index.lines(name), portless: portless === undefined ? [] : index.lines(portless) },
    key,
  );
}

describe('lines', () => {
  test.each([
    ['plain', `aurora ssh-ed25519 ${A}`],
    ['among others, in another case', `10.0.0.1,Aurora ssh-ed25519 ${A} a comment`],
    ['a pattern', `*rora ssh-ed25519 ${A}`],
    ['a question mark', `auror? ssh-ed25519 ${A}`],
    ['hashed', `${hashed('aurora')} ssh-ed25519 ${A}`],
    ['behind comments and nonsense', `# x\n\nnonsense\naurora ssh-ed25519 ${A}`],
  ])('%s', (_, text) => {
    expect(known(text, 'aurora', A)).toEqual({ kind: 'known' });
  });

  test.each([
    ['another host', `halcyon ssh-ed25519 ${A}`],
    ['excluded', `*,!aurora ssh-ed25519 ${A}`],
    ['another host, hashed', `${hashed('halcyon')} ssh-ed25519 ${A}`],
    ['a longer name', `aurora.lan ssh-ed25519 ${A}`],
    ['a dot is no pattern', `a.rora ssh-ed25519 ${A}`],
    ['a marker nobody knows', `@future aurora ssh-ed25519 ${A}`],
    ['protocol 1', 'aurora 1024 35 1234'],
    ['another port', `[aurora]:2222 ssh-ed25519 ${A}`],
  ])('%s: unknown', (_, text) => {
    expect(known(text, 'aurora', A)).toEqual({ kind: 'unknown', authorityOnly: false });
  });

  test('an authority is no key', () => {
    expect(known(`@cert-authority * ssh-ed25519 ${A}`, 'aurora', A)).toEqual({
      kind: 'unknown',
      authorityOnly: true,
    });
  });

  test('a changed key names its line', () => {
    const verdict = known(`x ssh-ed25519 ${A}\naurora ssh-ed25519 ${A}`, 'aurora', B);
    expect(verdict).toMatchObject({ kind: 'changed', entry: { file: 'known_hosts', line: 2 } });
  });

  test('one of several keys is enough', () => {
    expect(known(`aurora ssh-ed25519 ${A}\naurora ssh-ed25519 ${B}`, 'aurora', B)).toEqual({ kind: 'known' });
  });

  test('a host known by another type of key only has changed', () => {
    expect(known(`aurora ssh-rsa ${A}`, 'aurora', B)).toMatchObject({ kind: 'changed' });
  });

  test('revoked goes before known', () => {
    const text = `aurora ssh-ed25519 ${A}\n@revoked * ssh-ed25519 ${A}`;
    expect(known(text, 'aurora', A)).toMatchObject({ kind: 'revoked', entry: { line: 2 } });
  });

  test('a line without the port proves a key on another port, but does not disprove one', () => {
    const text = `aurora ssh-ed25519 ${A}`;
    expect(known(text, '[aurora]:2222', A, 'aurora')).toEqual({ kind: 'known' });
    expect(known(text, '[aurora]:2222', B, 'aurora')).toMatchObject({ kind: 'unknown' });
  });

  test('hashed with a port', () => {
    expect(known(`${hashed('[aurora]:2222')} ssh-ed25519 ${A}`, '[aurora]:2222', A)).toEqual({
      kind: 'known',
    });
  });
});

describe('a key', () => {
  const key = Buffer.from('AAAAC3NzaC1lZDI1NTE5AAAAIOhopQH+8elzGvoWaOW7D1dAcX8DfDGZ9pk3VKvmrk70', 'base64');

  test('has the fingerprint that ssh-keygen prints', () => {
    expect(fingerprint(key)).toBe('SHA256:9ixHnrWbzpEK6Zge5E3/Iup2NBLbUG/JXUhyiqMHqKk');
  });

  test('names its type; nonsense names none', () => {
    expect(keyType(key)).toBe('ssh-ed25519');
    expect(keyType(Buffer.from([0, 0, 1, 0, 1]))).toBe('');
    expect(keyType(Buffer.alloc(0))).toBe('');
  });
});
