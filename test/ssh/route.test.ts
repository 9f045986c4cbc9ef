import { writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { HostSpec } from '../../src/domain/ranch.ts';
import type { Hop } from '../../src/ssh/hop.ts';
import { knownName } from '../../src/ssh/hop.ts';
import { parseJump, routeTo } from '../../src/ssh/route.ts';
import { settingsResolver } from '../../src/ssh/settings.ts';
import { clock, hostSpec, ranchOf, random, temporaryFolder } from './world.ts';

/** A host that leaves everything to ssh_config. */
function bare(name: string, more: Partial<HostSpec> = {}): HostSpec {
  const { user: _, ...rest } = hostSpec(name, { address: name, ...more });
  return { ...rest, ...(more.user !== undefined && { user: more.user }) };
}

async function route(
  config: string | undefined,
  host: HostSpec,
  ...others: readonly HostSpec[]
): Promise<readonly Hop[]> {
  const folder = await temporaryFolder();
  const file = join(folder, 'config');
  if (config !== undefined) await writeFile(file, config);
  const sshConfigFile = config === undefined ? 'none' : file;
  const options = { ranch: ranchOf(host, ...others), knownHosts: [], clock, random, sshConfigFile };
  return routeTo(host, settingsResolver(sshConfigFile), options);
}

const shown = (hops: readonly Hop[]): readonly string[] =>
  hops.map((hop) => `${hop.user}@${hop.address}:${hop.port}`);

describe('the way to a host', () => {
  test('without configuration: the name, port 22, the usual keys', async () => {
    const [hop] = await route(undefined, bare('aurora', { user: 'wbic16' }));
    expect(hop).toMatchObject({ address: 'aurora', port: 22, user: 'wbic16', identitiesOnly: false });
    expect(hop?.identityFiles).toContain(join(homedir(), '.ssh', 'id_ed25519'));
  });

  test('takes what ssh_config says, and the inventory before that', async () => {
    const config = [
      'Host aurora',
      '  HostName 10.0.0.5',
      '  User someone',
      '  Port 2200',
      '  IdentityFile ~/.ssh/special',
      '  HostKeyAlias aurora-key',
      '  UserKnownHostsFile /k/one /k/two',
      '  ConnectTimeout 3',
    ].join('\n');
    const [hop] = await route(config, bare('aurora', { port: 2222 }));
    expect(hop).toMatchObject({ address: '10.0.0.5', port: 2222, user: 'someone', connectTimeoutMs: 3000 });
    expect(hop?.identityFiles).toEqual([join(homedir(), '.ssh', 'special')]);
    expect(hop?.knownHosts).toEqual(expect.arrayContaining(['/k/one', '/k/two']));
    expect(hop && knownName(hop)).toBe('aurora-key');
  });

  test('a key that the inventory names stands alone', async () => {
    const [hop] = await route('Host *\n  IdentityFile /other\n', bare('aurora', { identityFile: '~/k' }));
    expect(hop).toMatchObject({ identityFiles: [join(homedir(), 'k')], identitiesOnly: true });
  });

  test('hosts that no line tells apart share one answer, each with its own name', async () => {
    const folder = await temporaryFolder();
    const file = join(folder, 'config');
    await writeFile(file, 'Host *\n  User everybody\n  Port 2200\n');
    const settingsOf = settingsResolver(file);
    const answers = await Promise.all(['a', 'b', 'c'].map((address) => settingsOf({ address })));
    expect(answers.map((answer) => answer.get('hostname'))).toEqual([['a'], ['b'], ['c']]);
    expect(answers.map((answer) => answer.get('user'))).toEqual([
      ['everybody'],
      ['everybody'],
      ['everybody'],
    ]);
  });

  test('tokens and Match are ssh’s to understand', async () => {
    const config = 'Match host halcyon\n  User matched\nHost *\n  HostName %h.lan\n';
    expect(shown(await route(config, bare('halcyon')))).toEqual(['matched@halcyon.lan:22']);
  });

  test('a configuration that ssh refuses is told', async () => {
    await expect(route('Host *\n  Port nonsense\n', bare('aurora'))).rejects.toMatchObject({
      code: 'usage',
      remedy: expect.stringContaining('ssh -G aurora'),
    });
  });
});

describe('jump hosts', () => {
  test('of ssh_config, each resolved in turn', async () => {
    const config = [
      'Host inner',
      '  ProxyJump admin@outer:2022',
      '  HostName 10.0.0.1',
      'Host outer',
      '  HostName gate.example',
      'Host *',
      '  User me',
    ].join('\n');
    expect(shown(await route(config, bare('aurora', { jump: ['inner'] })))).toEqual([
      'admin@gate.example:2022',
      'me@10.0.0.1:22',
      'me@aurora:22',
    ]);
  });

  test('named in the inventory, with all that it says of them', async () => {
    const gate = bare('gate', { address: '10.0.0.9', user: 'root', port: 2022 });
    const hops = await route(
      undefined,
      bare('aurora', { user: 'u', jump: ['gate', 'x@[fe80::1]:23'] }),
      gate,
    );
    expect(shown(hops)).toEqual(['root@10.0.0.9:2022', 'x@fe80::1:23', 'u@aurora:22']);
  });

  test('a jump through itself is no jump', async () => {
    const config = 'Host *\n  ProxyJump gate\n  User me\n';
    expect(shown(await route(config, bare('aurora')))).toEqual(['me@gate:22', 'me@aurora:22']);
  });

  test('two that name each other come to an end', async () => {
    const config = 'Host a\n  ProxyJump b\nHost b\n  ProxyJump a\nHost *\n  User me\n';
    expect(shown(await route(config, bare('a')))).toEqual(['me@b:22', 'me@a:22']);
  });

  test('a ProxyCommand is refused with a word', async () => {
    await expect(route('Host *\n  ProxyCommand nc %h %p\n', bare('aurora'))).rejects.toMatchObject({
      message: expect.stringContaining('ProxyCommand'),
    });
  });

  test.each(['-oProxyCommand=x', 'a b', '', 'a@', 'host:99999999'])('%j is refused', (text) => {
    expect(parseJump(text)).toBeUndefined();
  });
});
