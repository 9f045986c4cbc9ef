import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect, onTestFinished, test, vi } from 'vitest';
import { Secret } from '../../src/domain/secret.ts';
import { BOUNDS, LIMITS, type Setting, setting } from './setting.ts';
import { script, temporaryFolder } from './world.ts';

/** Behaves as sudo does with -n and with -S -p: asks three times, on standard error, and reads not a byte too much. */
const SUDO = `#!/bin/sh
prompt=; ask=
while [ $# -gt 0 ]; do
  case $1 in -n) ask=no ;; -S) ask=yes ;; -p) prompt=$2; shift ;; --) shift; break ;; esac
  shift
done
[ "$SUDO_ANSWER" = NOPASSWD ] && exec "$@"
[ $ask = no ] && { echo 'sudo: a password is required' >&2; exit 1; }
for i in 1 2 3; do
  printf %s "$prompt" >&2
  IFS= read -r word || exit 1
  [ "$word" = "$SUDO_ANSWER" ] && exec "$@"
  echo 'Sorry, try again.' >&2
done
exit 1
`;

/** A host where we are not root, with a stand-in for sudo that wants \`password\`. */
async function withSudo(
  password: string,
  ask?: () => Promise<Secret | undefined>,
  become: { readonly become?: 'sudo' } = { become: 'sudo' },
): Promise<Setting> {
  const bin = await temporaryFolder();
  await writeFile(join(bin, 'sudo'), SUDO);
  await writeFile(join(bin, 'id'), '#!/bin/sh\necho 1000\n');
  for (const name of ['sudo', 'id']) await chmod(join(bin, name), 0o755);
  return setting(
    { env: { PATH: `${bin}:/usr/bin:/bin`, SUDO_ANSWER: password } },
    { host: become, ...(ask && { options: { sudoPassword: ask } }) },
  );
}

const WORK = script('echo "as root: $1"; cat', {
  become: true,
  args: ['x y'],
  stdin: () => Readable.from(['the payload\n']),
});

function run({ transport, host }: Setting, what = WORK): Promise<string> {
  return transport.withShell(
    host,
    async (shell) => (await shell.run(what, LIMITS)).stdout.toString(),
    BOUNDS,
  );
}

test('without a password nobody is asked', async () => {
  let asked = 0;
  const place = await withSudo('NOPASSWD', async () => {
    asked += 1;
    return new Secret('never');
  });
  expect(await run(place)).toBe('as root: x y\nthe payload\n');
  expect(asked).toBe(0);
});

test('the password goes to sudo, the payload to the script, and each is asked for once', async () => {
  let asked = 0;
  const place = await withSudo('sesame', async () => {
    asked += 1;
    return new Secret('sesame');
  });
  expect(await run(place)).toBe('as root: x y\nthe payload\n');
  expect(await run(place, script('echo again; cat', { become: true }))).toBe('again\n');
  expect(asked).toBe(1);
});

test('a wrong password is refused at once, and not tried again', async () => {
  let asked = 0;
  const place = await withSudo('sesame', async () => {
    asked += 1;
    return new Secret('wrong');
  });
  await expect(run(place)).rejects.toMatchObject({
    code: 'sudo-refused',
    message: expect.stringContaining('wrong'),
    remedy: expect.stringMatching(/^Run the command again/),
  });
  await expect(run(place)).rejects.toMatchObject({ code: 'sudo-refused' });
  expect(asked).toBe(1);
});

test('where nobody can be asked, sudo’s own words are told', async () => {
  const place = await withSudo('sesame');
  await expect(run(place)).rejects.toMatchObject({
    code: 'sudo-refused',
    message: expect.stringContaining('a password is required'),
  });
});

test('a person who takes their time does not use up the deadline', async () => {
  const place = await withSudo('sesame', async () => {
    await new Promise((resolve) => setImmediate(resolve));
    vi.advanceTimersByTime(10 * LIMITS.deadlineMs);
    return new Secret('sesame');
  });
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  onTestFinished(() => void vi.useRealTimers());
  const done = place.transport.withShell(place.host, (shell) => shell.run(WORK, LIMITS), BOUNDS);
  expect((await done).exitCode).toBe(0);
});

test('no become in the inventory, no sudo', async () => {
  const place = await withSudo('sesame', undefined, {});
  expect(await run(place)).toBe('as root: x y\nthe payload\n');
});

test('the password is nowhere in what the script sees or an error says', async () => {
  const place = await withSudo('s3cret', async () => new Secret('s3cret'));
  const seen = await run(
    place,
    script('ps -ef 2>/dev/null | grep -c s3cre[t]; cat; exit 0', { become: true }),
  );
  expect(seen).not.toContain('s3cret');
  onTestFinished(() => place.transport.close());
});
