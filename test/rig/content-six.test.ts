import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { parseCoordinate } from '../../src/sq/coordinate.ts';
import { implode } from '../../src/sq/phext.ts';
import { CYOA, CYOA_FACTS } from '../real-sq/cyoa.ts';
import { DATA, sha } from './maintain-world.ts';
import { ensureBuilt, type JsonRecord, startRanch } from './ranch-program.ts';
import { openRig, type Rig } from './rig.ts';
import { sqBinary } from './sq-binary.ts';

const PHEXT = 'choose-your-own-adventure';
const HOSTS = ['h1', 'h2', 'h3', 'h4', 'h5', 'h6'];
/** h3 has no systemd and h4 only busybox; there SQ is a bare process. */
const wayOf = (host: string) => (host === 'h3' || host === 'h4' ? 'bare' : 'unit');

// Six hosts on a machine that others use as well: a limit for what hangs.
vi.setConfig({ testTimeout: 900_000 });

describe.skipIf(CYOA === undefined)(
  'the real CYOA (skipped where its file is not beside the checkout)',
  () => {
    let rig: Rig;
    let folder: string;

    beforeAll(async () => {
      await ensureBuilt();
      rig = await openRig(6, { h3: 'minimal', h4: 'busybox' });
      folder = await mkdtemp(join(tmpdir(), 'ranch-six-'));
      const small = join(folder, 'small.phext');
      const scroll = { coordinate: parseCoordinate('1.1.1/1.1.1/1.1.1'), bytes: Buffer.from('a beginning') };
      await writeFile(small, implode([scroll]));
      const { key, knownHosts } = await rig.environment();
      const hosts: string[] = [];
      for (const host of HOSTS) {
        await rig.reset(host);
        await rig.putContent(host, small, PHEXT, wayOf(host));
        await rig.startSq(wayOf(host), host, sqBinary('0.5.2'));
        const user = wayOf(host) === 'unit' ? 'root' : 'ranch';
        hosts.push(
          `  ${host}: { address: ${rig.address(host)}, user: ${user}, identityFile: ${key}, instances: [{ port: 1337, phext: ${PHEXT} }] }`,
        );
      }
      await writeFile(join(folder, 'inventory.yaml'), `ranch: six\nhosts:\n${hosts.join('\n')}\n`);
      await mkdir(join(folder, 'state'));
      await copyFile(knownHosts, join(folder, 'state', 'known_hosts'));
      await mkdir(join(folder, 'playbooks'));
      const book = fileURLToPath(new URL('../../playbooks/cyoa.yaml', import.meta.url));
      await copyFile(book, join(folder, 'playbooks', 'cyoa.yaml'));
    });
    afterAll(async () => {
      for (const host of HOSTS) await rig.reset(host);
      await rm(folder, { recursive: true, force: true });
    });

    const onDisk = async (host: string): Promise<Buffer> =>
      readFile(join((await rig.environment()).dir, host, 'root', DATA[wayOf(host)], `${PHEXT}.phext`));
    const findings = (records: readonly JsonRecord[], check: string) =>
      records.filter((record) => record['type'] === 'finding' && record['check'] === check);

    test('goes to six hosts, and every scroll of it is read back from each', async () => {
      const args = ['content', 'deploy', CYOA ?? '', '--phext', PHEXT, '--yes', '--json', '--no-input'];
      const deployed = await startRanch(folder, args).ended;
      expect({ exitCode: deployed.exitCode, stderr: deployed.stderr }).toMatchObject({ exitCode: 0 });
      const outcomes = deployed.records.filter(({ type }) => type === 'content');
      expect(outcomes.map(({ host }) => host).sort()).toEqual(HOSTS);
      for (const outcome of outcomes) {
        expect(outcome).toMatchObject({
          outcome: 'changed',
          verified: { kind: 'served', scrolls: CYOA_FACTS.scrolls },
        });
      }
      const file = await readFile(CYOA ?? '');
      for (const host of HOSTS) expect(sha(await onDisk(host))).toBe(sha(file));

      const verify = ['content', 'verify', '--phext', PHEXT, '--file', CYOA ?? '', '--json'];
      const verified = await startRanch(folder, verify).ended;
      expect({ exitCode: verified.exitCode, stderr: verified.stderr }).toEqual({ exitCode: 0, stderr: '' });
      expect(findings(verified.records, 'content read').map(({ got }) => got)).toEqual(
        HOSTS.map(() => `${CYOA_FACTS.scrolls} scrolls, each as it is held`),
      );
      for (const name of ['Origin', 'Emi', 'Seren', 'Aetheris']) {
        expect(findings(verified.records, `content key ${name}`).map(({ ok }) => ok)).toEqual(
          HOSTS.map(() => true),
        );
      }

      const back = ['content', 'rollback', '--phext', PHEXT, '--yes', '--json', '--no-input'];
      const rolledBack = await startRanch(folder, back).ended;
      expect(rolledBack.exitCode).toBe(0);
      for (const host of HOSTS) expect((await onDisk(host)).toString()).toBe('a beginning');
    });
  },
);
