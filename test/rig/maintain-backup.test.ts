import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { backupHost } from '../../src/app/maintain/backup.ts';
import { hostLogs } from '../../src/app/maintain/logs.ts';
import { restoreHost } from '../../src/app/maintain/restore.ts';
import { startHost } from '../../src/app/maintain/start.ts';
import { stopHost } from '../../src/app/maintain/stop.ts';
import { scrollsOf } from '../../src/sq/phext.ts';
import {
  content,
  DATA,
  folder,
  onDisk,
  PHEXT,
  pidOf,
  rig,
  select,
  serving,
  sha,
  torn,
  useRig,
} from './maintain-world.ts';
import { startWriters } from './writers.ts';

useRig();

describe('backup and restore', () => {
  test('a backup under writers is whole, private and has a manifest; the host keeps no copy', async () => {
    const context = await serving('h1', 'unit', '0.5.2');
    const pid = await pidOf('h1');
    const writers = startWriters(rig.address('h1'), 1337, PHEXT);
    await writers.going;
    const { backups } = await backupHost(context, 'h1');
    await writers.stop();
    expect(backups).toHaveLength(1);
    const backup = backups[0];
    expect(backup?.damaged).toEqual([]);
    expect(backup?.manifest).toMatchObject({
      host: 'h1',
      port: 1337,
      sq: { version: '0.5.2' },
      saved: 'saved',
    });
    const path = join(backup?.folder ?? '', `${PHEXT}.phext`);
    expect(torn(await readFile(path))).toEqual([]);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(backup?.folder.startsWith(join(folder, 'state', 'backups', 'h1', '1337'))).toBe(true);
    expect(await rig.run('h1', 'ls -A /var/lib/sq | grep -v "^.sq$"')).toBe(`${PHEXT}.phext`);
    expect(await pidOf('h1')).toBe(pid);
  });

  test('a binary on a read-only file system does not keep SQ from being backed up, stopped, started and restored', async () => {
    const context = await serving('h1', 'unit', '0.5.2');
    const beside = '/usr/local/bin';
    await rig.run('h1', `mount --bind ${beside} ${beside} && mount -o remount,bind,ro ${beside}`);
    try {
      const { backups } = await backupHost(context, 'h1');
      expect(torn(await readFile(join(backups[0]?.folder ?? '', `${PHEXT}.phext`)))).toEqual([]);
      expect(await rig.run('h1', 'ls -A /var/lib/sq | grep -v "^.sq$"')).toBe(`${PHEXT}.phext`);
      expect((await stopHost(context, 'h1')).instances).toMatchObject([{ state: 'stopped' }]);
      expect((await startHost(context, 'h1')).instances).toMatchObject([{ state: 'started' }]);
      const restored = await restoreHost(context, 'h1', backups[0]?.folder ?? '');
      expect(restored.instance.state).toBe('restored');
      expect(await rig.run('h1', `ls -A ${beside}`)).toBe('sq');
      expect(
        await rig.run('h1', 'ls -A /var/lib/ranch/*/stopped; ls -d /var/lib/ranch/*/lease 2>/dev/null; true'),
      ).toBe('');
    } finally {
      await rig.run('h1', `umount -l ${beside}; rm -rf /var/lib/ranch`);
    }
  });

  test('0.5.1 under writers as well', async () => {
    const context = await serving('h4', 'bare', '0.5.1');
    const writers = startWriters(rig.address('h4'), 1337, PHEXT);
    await writers.going;
    const { backups } = await backupHost(context, 'h4', { to: join(folder, 'elsewhere') });
    await writers.stop();
    expect(torn(await readFile(join(backups[0]?.folder ?? '', `${PHEXT}.phext`)))).toEqual([]);
  });

  test('a restore brings the content back, keeps what it replaced and leaves other phexts alone', async () => {
    const context = await serving('h1', 'unit', '0.5.2');
    const { backups } = await backupHost(context, 'h1');
    await rig.run(
      'h1',
      `cd ${DATA.unit} && printf 'of another' >other.phext && chown ranch ${PHEXT}.phext && chmod 640 ${PHEXT}.phext`,
    );
    const update = await fetch(
      `http://${rig.address('h1')}:1337/api/v2/update?p=${PHEXT}&c=1.1.1/1.1.1/1.1.1`,
      { method: 'POST', body: 'overwritten' },
    );
    expect(await update.text()).toContain('Updated');
    const outcome = await restoreHost(context, 'h1', 'latest');
    expect(outcome).toMatchObject({
      backup: backups[0]?.folder,
      instance: { state: 'restored', left: ['other'], restored: [{ name: PHEXT, sha256: sha(content) }] },
      verified: { kind: 'checksum' },
    });
    expect(await select('h1', '1.1.1/1.1.1/1.1.1')).toBe(
      Buffer.from(scrollsOf(content)[0]?.bytes ?? []).toString(),
    );
    expect(
      await rig.run('h1', `stat -c '%a %U' ${DATA.unit}/${PHEXT}.phext; cat ${DATA.unit}/other.phext`),
    ).toBe('640 ranch\nof another');
    const kept = await onDisk('h1', `${outcome.instance.snapshot}/${PHEXT}.phext`);
    expect(kept.includes('overwritten')).toBe(true);
    expect(await rig.run('h1', `ls -A ${DATA.unit}/.ranch`)).toBe('snapshots');
  });

  test('a stopped instance stays stopped with the restored content', async () => {
    const context = await serving('h4', 'bare', '0.5.1');
    const { backups } = await backupHost(context, 'h4');
    await stopHost(context, 'h4');
    await rig.run('h4', `: >/home/ranch/SQ/${PHEXT}.phext`);
    const outcome = await restoreHost(context, 'h4', backups[0]?.folder ?? '');
    expect(outcome).toMatchObject({
      instance: { state: 'restored-stopped' },
      verified: { kind: 'not-asked' },
    });
    expect(await pidOf('h4')).toBe('none');
    expect(sha(await onDisk('h4', `${DATA.bare}/${PHEXT}.phext`))).toBe(sha(content));
    expect((await startHost(context, 'h4')).instances).toMatchObject([{ state: 'started' }]);
  });

  test('where SQ does not start on it, the old content comes back', async () => {
    const context = await serving('h1', 'unit', '0.5.2');
    await backupHost(context, 'h1');
    await rig.run('h1', `printf 'the-only-present' >${DATA.unit}/${PHEXT}.phext`);
    // a unit that starts on nothing but the-only-present
    await rig.run(
      'h1',
      `sed -i 's|^ExecStart=|ExecStartPre=/bin/grep -q the-only-present ${DATA.unit}/${PHEXT}.phext\\n&|' /etc/systemd/system/sq.service; systemctl daemon-reload`,
    );
    await expect(restoreHost(context, 'h1', 'latest')).rejects.toMatchObject({
      code: 'switch-failed',
      message: expect.stringContaining('the old content is back'),
    });
    expect(await rig.run('h1', `cat ${DATA.unit}/${PHEXT}.phext; systemctl is-active sq`)).toBe(
      'the-only-presentactive',
    );
  });

  test('a backup that was changed is refused before the host is touched', async () => {
    const context = await serving('h1', 'unit', '0.5.2');
    const { backups } = await backupHost(context, 'h1');
    await writeFile(join(backups[0]?.folder ?? '', `${PHEXT}.phext`), 'changed');
    const before = await pidOf('h1');
    await expect(restoreHost(context, 'h1', 'latest')).rejects.toMatchObject({
      code: 'backup-invalid',
      exitCode: 2,
    });
    await expect(restoreHost(context, 'h1', 'yesterday')).rejects.toMatchObject({ code: 'no-such-backup' });
    expect(await pidOf('h1')).toBe(before);
  });
});

describe('logs', () => {
  test('the end of a journal, of a file, and of a file whose writer is stopped', async () => {
    const unit = await serving('h1', 'unit', '0.5.2');
    expect((await hostLogs(unit, 'h1')).logs).toMatchObject([
      { port: 1337, source: 'journal', name: 'sq.service' },
    ]);
    expect((await hostLogs(unit, 'h1')).logs[0]?.lines.join('\n')).toContain('listening on port 1337');

    const bare = await serving('h4', 'bare', '0.5.1');
    await select('h4', '1.1.1/1.1.1/1.1.1', { authorization: 'Bearer a-key' });
    const [log] = (await hostLogs(bare, 'h4', { lines: 30 })).logs;
    expect(log).toMatchObject({ source: 'file', name: '/home/ranch/SQ/sq.log' });
    expect(log?.lines.join('\n')).toContain('Request: GET');
    expect(log?.lines.join('\n')).not.toContain('a-key');
    await stopHost(bare, 'h4');
    expect((await hostLogs(bare, 'h4', { lines: 1 })).logs[0]?.lines).toHaveLength(1);
  });
});
