import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readCandidate } from '../../src/app/content/candidate.ts';
import { carryOutContent } from '../../src/app/content/deploy.ts';
import { type ContentOrder, previewContent } from '../../src/app/content/preview.ts';
import type { MaintainContext } from '../../src/app/maintain/context.ts';
import type { ContentOutcome } from '../../src/domain/content.ts';
import { parseCoordinate } from '../../src/sq/coordinate.ts';
import { implode, scrollsOf } from '../../src/sq/phext.ts';
import {
  content,
  contextFor,
  DATA,
  folder,
  hostOf,
  onDisk,
  PHEXT,
  phext as phextFile,
  rig,
  select,
  sha,
  useRig,
} from './maintain-world.ts';
import { sqBinary } from './sq-binary.ts';
import { lostWrites, startWriters } from './writers.ts';

useRig();

/** What hosts serve before: one scroll of the content is another, one is gone, one is new. */
function earlier(): Uint8Array {
  const [first, second, ...rest] = scrollsOf(content);
  if (!first || !second) throw new Error('the content has scrolls');
  const extra = { coordinate: parseCoordinate('777.7.7/7.7.7/7.7.7'), bytes: Buffer.from('only before') };
  return implode([{ ...first, bytes: Buffer.from('an earlier beginning') }, ...rest, extra]);
}

async function order(file = phextFile, phext = PHEXT): Promise<ContentOrder> {
  return { phext, ports: [], source: { kind: 'file', candidate: await readCandidate(file) } };
}

const back: ContentOrder = { phext: PHEXT, ports: [], source: { kind: 'kept' } };

async function deploy(context: MaintainContext, wanted: ContentOrder): Promise<readonly ContentOutcome[]> {
  return carryOutContent(context, await previewContent(context, context.ranch.hosts, wanted), wanted);
}

/** A host that serves the earlier content. */
async function before(
  host: string,
  way: 'unit' | 'user' | 'bare',
  version: '0.5.1' | '0.5.2',
): Promise<MaintainContext> {
  await writeFile(join(folder, 'earlier.phext'), earlier());
  await rig.reset(host);
  await rig.putContent(host, join(folder, 'earlier.phext'), PHEXT, way);
  await rig.startSq(way, host, sqBinary(version));
  return contextFor(hostOf(host, way === 'unit' ? 'root' : 'ranch', {}));
}

describe('content deploy', () => {
  test.each([
    ['h1', 'unit'],
    ['h3', 'bare'],
    ['h4', 'bare'],
  ] as const)(
    'under writers on %s (%s): every scroll is served, no write is lost, and it can go back',
    async (host, way) => {
      const context = await before(host, way, '0.5.2');
      const writers = startWriters(rig.address(host), 1337, PHEXT);
      await writers.going;
      const [outcome] = await deploy(context, await order());
      const written = await writers.stop();
      expect(outcome).toMatchObject({
        outcome: 'changed',
        verified: { kind: 'written-since', scrolls: expect.any(Number) },
      });
      const live = await onDisk(host, `${DATA[way]}/${PHEXT}.phext`);
      const kept = await onDisk(host, `${outcome?.kept}/${PHEXT}.phext`);
      // acknowledged before the stop: in what is kept; after the start: in what is live
      expect(lostWrites(live, written)).toEqual([]);
      const old = lostWrites(
        kept,
        written.map((one) => ({ ...one, acknowledged: 1 })),
      );
      expect(old).toEqual([]);
      const [first] = scrollsOf(content);
      expect(await select(host, first?.coordinate ?? '')).toBe(Buffer.from(first?.bytes ?? []).toString());
      expect(await select(host, '777.7.7/7.7.7/7.7.7')).toBe('');

      const [again] = await deploy(context, back);
      expect(again).toMatchObject({ outcome: 'changed', verified: { kind: 'served' } });
      expect(sha(await onDisk(host, `${DATA[way]}/${PHEXT}.phext`))).toBe(sha(kept));
      expect(await select(host, '777.7.7/7.7.7/7.7.7')).toBe('only before');
      const left = await rig.run(host, `ls -A ${DATA[way]}/.ranch`);
      expect(left.split('\n').filter((name) => /restore|snapshots|tmp/.test(name))).toEqual([]);
    },
  );
});
