import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { onTestFinished } from 'vitest';
import type { HostName } from '../../src/domain/brand.ts';
import { type Behaviour, HOST_KEY, startServer, USER_KEY } from '../ssh/server.ts';
import { temporaryFolder } from '../ssh/world.ts';
import type { Orders, Report } from './orders.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** A controller that hangs is a failure, not a wait. */
const PROCESS_MS = 280_000;

/** What tests of hostile hosts need beside them: the controller's program, and an honest host. */
export interface Grounds {
  readonly program: string;
  readonly honestPort: number;
  readonly honestLine: string;
}

async function buildProgram(name: string): Promise<string> {
  const outfile = here(`../../node_modules/.cache/ranch-test/${process.pid}/${name}.mjs`);
  await build({
    entryPoints: [here(`${name}.ts`)],
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

/** Builds the controller's program and starts an honest host, which is gone when the test is over. */
export async function prepareGrounds(): Promise<Grounds> {
  const [program, honest] = await Promise.all([buildProgram('controller'), buildProgram('honest')]);
  const keys = JSON.stringify({ hostKey: HOST_KEY, clientKey: USER_KEY.public });
  const host = spawn(process.execPath, [honest, keys], { stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(async () => {
    host.stdin.end();
    await once(host, 'close');
  });
  const [port] = await once(host.stdout, 'data');
  const honestPort = Number(String(port));
  return { program, honestPort, honestLine: `[127.0.0.1]:${honestPort} ${HOST_KEY.public}` };
}

/** Sends a controller to a server that behaves so, and to an honest one at the same time. */
export async function sendController(
  { program, honestPort, honestLine }: Grounds,
  behaviour: Behaviour,
  orders: Pick<Orders, 'visit' | 'deadlineMs' | 'maxBytes' | 'sqPort'>,
): Promise<Report> {
  const [hostile, folder] = await Promise.all([startServer(behaviour), temporaryFolder()]);
  const identityFile = join(folder, 'id');
  const knownHosts = join(folder, 'known_hosts');
  await writeFile(identityFile, USER_KEY.private);
  await writeFile(knownHosts, `${hostile.line}\n${honestLine}\n`);
  const all: Orders = {
    ...orders,
    hostile: { name: 'hostile' as HostName, port: hostile.port },
    honest: { name: 'honest' as HostName, port: honestPort },
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
