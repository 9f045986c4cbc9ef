import { readFile, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { beforeAll, expect, test, vi } from 'vitest';
import { toldIn } from '../checks/told.ts';
import { REAL } from '../real-sq/binaries.ts';
import { type Controller, PHEXT } from './controller.ts';
import { DATA } from './fleet.ts';
import { fleet, ready, useFleet } from './rollout-world.ts';
import { sqBinary } from './sq-binary.ts';
import { lostWrites, startWriters } from './writers.ts';

/** A unit with the target, the other build of it, the old version by hand, and the target by hand on busybox. */
const HOSTS = { h1: 'user: root', h2: 'user: root', h3: 'user: ranch', h4: 'user: ranch' } as const;

/** 0.5.2 as its author's lock file has it. */
function locked(): string {
  const found = REAL.find(({ known }) => known.version === '0.5.2' && known.libphext === '0.3.0');
  if (!found) throw new Error('no 0.5.2 with libphext 0.3.0');
  return found.binary();
}

/** A limit for what hangs: four hosts are asked some four hundred requests each. */
vi.setConfig({ testTimeout: 900_000 });

useFleet(4);
beforeAll(async () => {
  await fleet.serve('h1', 'unit', sqBinary('0.5.2'));
  await fleet.serve('h2', 'unit', locked());
  await fleet.serve('h3', 'bare', sqBinary('0.5.1'));
  await fleet.serve('h4', 'bare', sqBinary('0.5.2'));
});

async function validate(controller: Controller, ...args: readonly string[]) {
  const ran = await controller.ranch('validate', '--json', ...args);
  const told = toldIn(ran.stdout);
  const of = (host: string) => told.filter((each) => each.host === host);
  return {
    ran,
    told,
    bad: (host: string) => of(host).flatMap(({ ok, check }) => (ok ? [] : [check])),
    hazards: (host: string) =>
      of(host).flatMap(({ ok, severity, check }) =>
        ok && severity !== 'info' ? [check.replace('validate ', '')] : [],
      ),
  };
}

/** Reads a writer's scroll over a connection of its own: SQ closes each without a word, which a kept one cannot bear. */
function read(host: string): Promise<string> {
  const path = `/api/v2/select?p=${PHEXT}&c=1.1.1/1.1.1/1.2.1`;
  return new Promise((resolve) => {
    const asked = request({ host: fleet.rig.address(host), port: 1337, path, agent: false }, (reply) => {
      let body = '';
      reply.setEncoding('utf8').on('data', (piece: string) => {
        body += piece;
      });
      reply.on('end', () => resolve(`${reply.statusCode} ${body}`));
    });
    asked.setTimeout(30_000, () => asked.destroy(new Error('no answer in 30 s')));
    asked.on('error', (error) => resolve(String(error)));
    asked.end();
  });
}

/** A client that reads all the while, one request after the other. */
function startReader(host: string) {
  const failed: string[] = [];
  let answered = 0;
  let stopped = false;
  const reads = (async () => {
    while (!stopped) {
      const got = await read(host);
      if (/^200 write \d+ $/.test(got)) answered++;
      else failed.push(got);
    }
  })();
  return {
    stop: async () => {
      stopped = true;
      await reads;
      return { answered, failed };
    },
  };
}

/** What is left of scratch servers: processes and folders. */
const LEFT =
  'ls -d /usr/local/bin/.ranch/scratch /home/ranch/SQ/.ranch/scratch 2>/dev/null; pgrep -fa "[.]ranch/scratch/sq [h]ost" || true';

test('on real hosts, under a reader and writers: every hazard is found, no request fails, nothing is lost or left', async () => {
  const controller = await ready(HOSTS);
  const writers = startWriters(fleet.rig.address('h1'), 1337, PHEXT, 2);
  await writers.going;
  const reader = startReader('h1');
  const { ran, told, bad, hazards } = await validate(controller);
  const { answered, failed } = await reader.stop();
  const written = await writers.stop();
  expect(told.length, ran.stderr).toBeGreaterThan(100);

  // What the inventory's hosts can be blamed for, and nothing else.
  expect(bad('h1')).toEqual(['validate key']);
  // The real CYOA, where it is there, is content that ends this build.
  expect(
    bad('h2')
      .filter((check) => check !== 'validate content')
      .toSorted(),
  ).toEqual(['validate build', 'validate key']);
  expect(bad('h3').toSorted()).toEqual(['validate data-dir', 'validate key']);
  expect(bad('h4').toSorted()).toEqual(['validate data-dir', 'validate key']);
  expect(ran.exitCode).toBe(1);

  const common = ['garbage', 'part-0', 'delimiter', 'traversal', 'write-in-place', 'failed-write', 'evicted'];
  const stable = [
    ...common,
    'endless-loop',
    'poison-utf-8',
    'poison-get',
    'poison-get-gone',
    'load-spoilt',
    'load-gone',
    'poison-name',
    'ghost-file',
    'slow-loris',
    'http-1.0',
  ];
  expect(hazards('h1')).toEqual(expect.arrayContaining(stable));
  expect(hazards('h2')).toEqual(expect.arrayContaining([...stable, 'poison-toc']));
  expect(hazards('h1')).not.toContain('poison-toc');
  expect(hazards('h3')).toEqual(expect.arrayContaining([...common, 'ghost-write', 'scan-ends-it']));
  expect(hazards('h4')).toEqual(hazards('h1').filter((name) => name !== 'user'));

  expect(failed).toEqual([]);
  expect(answered).toBeGreaterThan(100);
  expect(written.map((one) => one.failed)).toEqual([0, 0]);
  expect(lostWrites(await fleet.onDisk('h1', `${DATA.unit}/${PHEXT}.phext`), written)).toEqual([]);
  for (const host of Object.keys(HOSTS)) expect(await fleet.rig.run(host, LEFT)).toBe('');
});

/** The most memory that a scratch server had, in kB, until the file `done` is there. */
const SAMPLE = `rm -f /tmp/done; most=0
while [ ! -e /tmp/done ]; do
  for p in $(pgrep -f '[.]ranch/scratch/sq host'); do
    kb=$(sed -n 's/^VmRSS:[^0-9]*\\([0-9]*\\).*/\\1/p' /proc/$p/status 2>/dev/null)
    [ "\${kb:-0}" -le $most ] || most=$kb
  done
  sleep 0.05
done
echo $most`;

test('a scratch server that loops is killed before it takes much of the host', async () => {
  const controller = await ready({ h1: 'user: root' });
  const sampled = fleet.rig.run('h1', SAMPLE);
  const { told } = await validate(controller, 'h1');
  await fleet.rig.run('h1', 'touch /tmp/done');
  const loop = told.find(({ check }) => check === 'validate endless-loop');
  expect(loop).toMatchObject({ ok: true, severity: 'critical', got: 'reply: no answer, after: no answer' });
  const most = Number(await sampled);
  expect(most).toBeGreaterThan(1_000);
  expect(most).toBeLessThan(500_000);
});

test('an SQ that answers otherwise than its version does is told as high, at the very questions', async () => {
  const controller = await ready({ h1: 'user: root' });
  const changed = join(controller.folder, 'sq');
  const program = await readFile(sqBinary('0.5.2'), 'latin1');
  await writeFile(changed, program.replaceAll('Not Found', 'Not Fount'), { encoding: 'latin1', mode: 0o755 });
  await fleet.serve('h1', 'unit', changed);
  const { ran, bad, told } = await validate(controller, 'h1');
  expect(ran.exitCode).toBe(1);
  expect(bad('h1').filter((check) => check !== 'validate key')).toEqual([
    'validate post-only-writes',
    'validate get-where',
    'validate unknown-paths',
    'validate seed-read-write-list',
  ]);
  const differing = told.filter(({ ok, got }) => !ok && got.includes('Not Fount'));
  expect(differing.map(({ severity }) => severity)).toEqual(['high', 'high', 'high', 'high']);
});
