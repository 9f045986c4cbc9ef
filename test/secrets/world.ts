import { execFile } from 'node:child_process';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Herd, makeHerd, oldHost } from '../cli/herd.ts';
import { type Canary, canary } from './find-secret.ts';

const run = promisify(execFile);

/** What is typed at the prompts; each with what only an encoding could hide. */
export const PASSPHRASE = 'pass+phrase/canary é 51';
export const SUDO_PASSWORD = 'sudo&canary=% w7/+';
export const WRONG = 'wrong?canary + typed/9';
export const WRONG_SUDO = 'wrong#canary + sudo/3';
/** A variable of a bare process. */
const ENVIRONMENT = 'env canary+value/0b77 &x=y';
/** What somebody wrote where a password that sudo does not ask for would go. */
export const UNASKED = 'unasked/canary+4 d';

/** Behaves as sudo: `-n` refuses where a password is wanted, `-S` reads it after its prompt. */
const sudo = (answer: string): string => `#!/bin/sh
prompt=; ask=
while [ $# -gt 0 ]; do
  case $1 in -n) ask=no ;; -S) ask=yes ;; -p) prompt=$2; shift ;; --) shift; break ;; esac
  shift
done
want=$(cat "$0.answer")
[ -z "$want" ] && exec "$@"
[ $ask = no ] && { echo 'sudo: a password is required' >&2; exit 1; }
printf %s "$prompt" >&2
IFS= read -r word || exit 1
[ "$word" = "$want" ] && exec "$@"
echo 'Sorry, try again.' >&2
exit 1
# ${answer === '' ? 'NOPASSWD' : 'asks'}
`;

const ID = '#!/bin/sh\n[ "$*" = -u ] && echo 1000 || exec /usr/bin/id "$@"\n';

/** Makes a host one where we are not root and get there by sudo, with a password or without. */
async function withSudo(herd: Herd, name: string, answer: string): Promise<void> {
  const bin = join(herd.lab.host(name).place.folder, 'bin');
  await writeFile(join(bin, 'sudo'), sudo(answer), { mode: 0o755 });
  await writeFile(join(bin, 'sudo.answer'), answer);
  await writeFile(join(bin, 'id'), ID, { mode: 0o755 });
  const text = await readFile(herd.lab.ranchFile, 'utf8');
  await writeFile(herd.lab.ranchFile, text.replace(`  ${name}:\n`, `  ${name}:\n    become: sudo\n`));
}

/** As 0.5.1 logs the headers of requests, and as people write keys into logs. */
const LOGGED: readonly ((key: string) => string)[] = [
  (key) => `Authorization: Bearer ${key}`,
  (key) => `["GET /api/v2/toc HTTP/1.1", "authorization: Bearer ${key}", "Host: x"]`,
  (key) => `{"authorization": "Bearer ${key}"}`,
  (key) => `started: sq host 1337 --key ${key} --data-dir /x`,
  (key) => `started: ["sq", "host", "1337", "--key", "${key}"]`,
];

/** A lab with secrets planted wherever one can be. */
export interface SecretWorld {
  readonly herd: Herd;
  readonly canaries: readonly Canary[];
}

async function encrypted(herd: Herd): Promise<readonly Canary[]> {
  const { clientKey } = herd.lab;
  const before = await readFile(clientKey, 'utf8');
  await run('ssh-keygen', ['-q', '-p', '-a', '1', '-P', '', '-N', PASSPHRASE, '-f', clientKey]);
  const after = await readFile(clientKey, 'utf8');
  const body = (text: string): Buffer => Buffer.from(text.replace(/-----[A-Z ]+-----|\s/g, ''), 'base64');
  // The public half stands at the end of the first and the private one behind it: of both the last third is secret.
  const piece = (bytes: Buffer): Buffer => bytes.subarray(bytes.length - 70, bytes.length - 38);
  return [
    { name: 'private key', value: piece(body(before)) },
    { name: 'encrypted private key', value: piece(body(after)) },
  ];
}

/** Brings the lab up. Hosts: a keyed one (the canary), a bare process with a variable, sudo with a password, sudo without. */
export async function secretWorld(): Promise<SecretWorld> {
  const cwd = { kind: 'cwd', name: 'bare' } as const;
  const folder = { kind: 'folder', name: 'sq' } as const;
  const keyed = { phext: 'relay', bytes: 4_000, key: true };
  const herd = await makeHerd([
    oldHost('aurora-continuum', { tags: ['canary'], instances: [{ ...keyed, data: folder }] }),
    oldHost('halcyon-vector', {
      env: { SQ_TOKEN_OF_SOMEBODY: ENVIRONMENT },
      instances: [{ ...keyed, data: cwd }],
    }),
    oldHost('lilly'),
    oldHost('logos-prime'),
  ]);
  await withSudo(herd, 'lilly', SUDO_PASSWORD);
  await withSudo(herd, 'logos-prime', '');
  const keys: Canary[] = [];
  for (const member of herd.lab.hosts) {
    for (const { keyFile, log } of member.instances) {
      if (keyFile === undefined) continue;
      const key = (await readFile(keyFile, 'utf8')).trim();
      keys.push(canary(`key of ${member.name}`, key));
      await appendFile(log, `${LOGGED.map((line) => line(key)).join('\n')}\n`);
    }
  }
  const canaries = [
    ...(await encrypted(herd)),
    ...keys,
    canary('passphrase', PASSPHRASE),
    canary('sudo password', SUDO_PASSWORD),
    canary('wrong passphrase', WRONG),
    canary('wrong sudo password', WRONG_SUDO),
    canary('password nobody asked for', UNASKED),
    canary('environment', ENVIRONMENT),
  ];
  return { herd, canaries };
}
