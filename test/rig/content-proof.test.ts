import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { type Candidate, readCandidate } from '../../src/app/content/candidate.ts';
import { carryOutContent } from '../../src/app/content/deploy.ts';
import { type ContentOrder, previewContent } from '../../src/app/content/preview.ts';
import type { MaintainContext } from '../../src/app/maintain/context.ts';
import { stopHost } from '../../src/app/maintain/stop.ts';
import type { ContentOutcome } from '../../src/domain/content.ts';
import { parseCoordinate } from '../../src/sq/coordinate.ts';
import { REAL } from '../real-sq/binaries.ts';
import { realContent } from './content.ts';
import {
  BINARY,
  contextFor,
  DATA,
  folder,
  hostOf,
  onDisk,
  PHEXT,
  phext as phextFile,
  pidOf,
  rig,
  sha,
  useRig,
} from './maintain-world.ts';
import type { SqWay } from './rig.ts';
import { sqBinary } from './sq-binary.ts';
import { lostWrites, startWriters } from './writers.ts';

// Hosts on a machine that others use as well: a limit for what hangs.
vi.setConfig({ testTimeout: 600_000 });
useRig();

const BEFORE = 'what was there\x17before';

async function deploy(context: MaintainContext, candidate: Candidate): Promise<readonly ContentOutcome[]> {
  const order: ContentOrder = { phext: PHEXT, ports: [], source: { kind: 'file', candidate } };
  return carryOutContent(context, await previewContent(context, context.ranch.hosts, order), order);
}

/** A host that serves a few words. */
async function withFew(host: string, way: SqWay, binary: string): Promise<MaintainContext> {
  await writeFile(join(folder, 'few.phext'), BEFORE);
  await rig.reset(host);
  await rig.putContent(host, join(folder, 'few.phext'), PHEXT, way);
  await rig.startSq(way, host, binary);
  return contextFor(hostOf(host, way === 'unit' ? 'root' : 'ranch', {}));
}

/** The content, said to hold a scroll more than its file does: no SQ can hold that. */
async function impossible(): Promise<Candidate> {
  const good = await readCandidate(phextFile);
  const more = [parseCoordinate('777.7.7/7.7.7/7.7.7'), Buffer.from('never there')] as const;
  return { ...good, scrolls: new Map([...good.scrolls, more]) };
}

/** What a host has of a scratch server, or of a deploy that was not carried out. */
const left = (host: string, way: SqWay) =>
  rig.run(
    host,
    `ls -d ${BINARY[way].replace(/\/sq$/, '')}/.ranch/scratch ${DATA[way]}/.ranch/* 2>/dev/null | grep -v '/\\(log\\|token\\)$'; pgrep -fa '[.]ranch/scratch/sq [h]ost' || true`,
  );

const NEVER_THERE = /a scratch SQ of the same program cannot serve it: .*1 removed \(777/;

describe('what a host cannot serve is not put there', () => {
  test('content that ends the build that runs there: its clients notice nothing', async () => {
    const locked = REAL.find(({ known }) => known.version === '0.5.2' && known.libphext === '0.3.0');
    const context = await withFew('h1', 'unit', locked?.binary() ?? '');
    const fatal = join(folder, 'fatal.phext');
    await writeFile(fatal, await realContent());
    const was = await pidOf('h1');
    const writers = startWriters(rig.address('h1'), 1337, PHEXT, 2);
    await writers.going;
    const [outcome] = await deploy(context, await readCandidate(fatal));
    const written = await writers.stop();
    expect(outcome).toMatchObject({
      outcome: 'failed',
      trouble: { code: 'proof-failed', message: expect.stringMatching(/cannot serve it: .*500/) },
    });
    expect(written.map(({ failed }) => failed)).toEqual([0, 0]);
    const live = await onDisk('h1', `${DATA.unit}/${PHEXT}.phext`);
    expect(lostWrites(live, written)).toEqual([]);
    expect(live.toString().startsWith(BEFORE)).toBe(true);
    expect(await pidOf('h1')).toBe(was);
    expect(await left('h1', 'unit')).toBe('');
  });

  test.each([
    ['h2', 'user', '0.5.2'],
    ['h3', 'bare', '0.5.1'],
    ['h4', 'bare', '0.5.2'],
  ] as const)(
    'on %s (%s, %s) it is asked beside the live one, which is left alone',
    async (host, way, version) => {
      const context = await withFew(host, way, sqBinary(version));
      const file = `${DATA[way]}/${PHEXT}.phext`;
      const state = () => rig.run(host, `stat -c %Y.%Z.%i ${file}; pgrep -x sq`);
      const before = await state();
      const [outcome] = await deploy(context, await impossible());
      expect(outcome).toMatchObject({
        outcome: 'failed',
        trouble: { code: 'proof-failed', message: expect.stringMatching(NEVER_THERE) },
      });
      expect(await state()).toBe(before);
      expect(await left(host, way)).toBe('');
    },
  );

  test('where SQ is down, by the binary on its disk', async () => {
    const context = await withFew('h4', 'bare', sqBinary('0.5.2'));
    await stopHost(context, 'h4');
    const [outcome] = await deploy(context, await impossible());
    expect(outcome).toMatchObject({
      outcome: 'failed',
      trouble: { code: 'proof-failed', message: expect.stringMatching(NEVER_THERE) },
    });
    expect(await pidOf('h4')).toBe('none');
    expect((await onDisk('h4', `${DATA.bare}/${PHEXT}.phext`)).toString()).toBe(BEFORE);
    const [well] = await deploy(context, await readCandidate(phextFile));
    expect(well).toMatchObject({ outcome: 'changed', verified: { kind: 'not-asked' } });
    expect(await pidOf('h4')).toBe('none');
  });

  test('where there is no room for the proof, nothing is changed', async () => {
    const context = await withFew('h1', 'unit', sqBinary('0.5.2'));
    const was = await pidOf('h1');
    const kept = '/usr/local/bin/.ranch';
    await rig.run('h1', `mkdir -p ${kept} && mount -t tmpfs -o size=5m none ${kept}`);
    try {
      const [outcome] = await deploy(context, await readCandidate(phextFile));
      expect(outcome).toMatchObject({
        outcome: 'failed',
        trouble: { code: 'disk-full', message: expect.stringMatching(/kB needed/) },
      });
      expect(await pidOf('h1')).toBe(was);
      expect(sha(await onDisk('h1', `${DATA.unit}/${PHEXT}.phext`))).toBe(sha(Buffer.from(BEFORE)));
    } finally {
      await rig.run('h1', `umount ${kept}`);
    }
    expect(await left('h1', 'unit')).toBe('');
  });
});
