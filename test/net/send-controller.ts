import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import type { HostName } from '../../src/domain/brand.ts';
import { type Behaviour, startServer, USER_KEY } from '../ssh/server.ts';
import { temporaryFolder } from '../ssh/world.ts';
import type { Orders, Report } from './orders.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** A controller that hangs is a failure, not a wait. */
const PROCESS_MS = 50_000;

/** Builds the controller's program: one file beside the packages that it loads. */
export async function buildController(): Promise<string> {
  const outfile = here(`../../node_modules/.cache/ranch-test/${process.pid}/controller.mjs`);
  await build({
    entryPoints: [here('controller.ts')],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    logLevel: 'warning',
  });
  return outfile;
}

/** Sends it to a server that behaves so, and to an honest one at the same time. */
export async function sendController(
  program: string,
  behaviour: Behaviour,
  orders: Pick<Orders, 'visit' | 'deadlineMs' | 'maxBytes' | 'sqPort'>,
): Promise<Report> {
  const [hostile, honest, folder] = await Promise.all([
    startServer(behaviour),
    startServer(),
    temporaryFolder(),
  ]);
  const identityFile = join(folder, 'id');
  const knownHosts = join(folder, 'known_hosts');
  await writeFile(identityFile, USER_KEY.private);
  await writeFile(knownHosts, `${hostile.line}\n${honest.line}\n`);
  const all: Orders = {
    ...orders,
    hostile: { name: 'hostile' as HostName, port: hostile.port },
    honest: { name: 'honest' as HostName, port: honest.port },
    knownHosts,
    identityFile,
  };
  const { stdout } = await promisify(execFile)(process.execPath, [program, JSON.stringify(all)], {
    timeout: PROCESS_MS,
    env: { PATH: process.env['PATH'] },
  });
  const report: Report = JSON.parse(stdout);
  return report;
}
