import { randomBytes, randomInt } from 'node:crypto';
import { createInterface } from 'node:readline';
import { RanchError, troubleOf } from '../domain/errors.ts';
import type { Random } from '../domain/ports.ts';
import type { Lab } from './lab.ts';
import { type LabHostRequest, labHostRequest } from './lab-shape.ts';
import { startLab } from './start-lab.ts';

/*
 * A program that keeps a lab in a process of its own: one line of JSON on standard input says which (labHostRequest),
 * one line on standard output says where it is, and the lab is taken down when standard input ends or at SIGTERM.
 * Exit codes: 0, or 1 with a trouble as JSON on standard error.
 */

const random: Random = {
  next: () => randomInt(2 ** 47) / 2 ** 47,
  hex: (digits) =>
    randomBytes(Math.ceil(digits / 2))
      .toString('hex')
      .slice(0, digits),
};

/** What is printed once the lab is up. */
function announcement(lab: Lab): string {
  const { id, dir, ranchFile, stateDir, sshConfig, knownHosts, clientKey } = lab;
  return JSON.stringify({
    id,
    pid: process.pid,
    dir,
    ranchFile,
    stateDir,
    sshConfig,
    knownHosts,
    clientKey,
    artifacts: Object.fromEntries(lab.artifacts),
    hosts: lab.hosts.map(({ name, address, port, instances }) => ({
      name,
      address,
      port,
      instances: instances.map((instance) => ({ port: instance.port, phext: instance.phext })),
    })),
  });
}

/** The request in a line of JSON. Throws `usage`. */
function requestOf(line: string): LabHostRequest {
  try {
    return labHostRequest.parse(JSON.parse(line));
  } catch (cause) {
    const trouble = {
      code: 'usage',
      place: 'lab-host',
      message: `what was told is no lab: ${cause instanceof Error ? cause.message : String(cause)}`,
      remedy: 'Write one line of JSON: {"dir": ..., "hosts": [...]}.',
    } as const;
    throw new RanchError(trouble, { cause });
  }
}

async function main(): Promise<void> {
  const lines = createInterface({ input: process.stdin });
  const ended = new Promise<void>((resolve) => {
    lines.once('close', resolve);
    process.once('SIGTERM', resolve);
    process.once('SIGINT', resolve);
  });
  const first = await new Promise<string>((resolve) => {
    lines.once('line', resolve);
    void ended.then(() => resolve(''));
  });
  const lab = await startLab({ ...requestOf(first), random });
  process.stdout.write(`${announcement(lab)}\n`);
  await ended;
  await lab.close();
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${JSON.stringify(troubleOf(error, 'lab-host'))}\n`);
    process.exit(1);
  },
);
