import { Buffer } from 'node:buffer';
import type { Finding } from '../../domain/finding.ts';
import { broken, held } from '../../domain/verdict.ts';
import { endsWhole } from '../../host/file-end.ts';
import { maintainShell } from '../../host/maintain.ts';
import type { SnapshotPhext } from '../../host/maintain-host.ts';
import { probeShell } from '../../host/probe.ts';
import { capabilities } from '../../sq/capabilities.ts';
import { finding, unasked } from '../finding.ts';
import { memoryVerdict } from '../memory.ts';
import { withLease } from '../scratch.ts';
import { asker, type CheckPorts, type Subject, targetOf } from '../subject.ts';
import {
  type FileReport,
  type Folder,
  fileVerdict,
  inspectFile,
  orphanVerdict,
  soundVerdict,
} from './files.ts';
import { taken } from './phase.ts';

/** Larger files are not brought here to be looked at. */
const LARGEST_FILE = 256 * 1024 * 1024;

async function bytesOf(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const gathered: Uint8Array[] = [];
  for await (const piece of pieces) gathered.push(piece);
  return Buffer.concat(gathered);
}

/** Looks at the phext files of an instance as they were at one quiet moment. */
async function inspectFiles(
  subject: Subject,
  ports: CheckPorts,
): Promise<{ readonly reports: readonly FileReport[]; readonly skipped: readonly SnapshotPhext[] }> {
  const { spec, shell, binary, instance } = subject;
  const host = maintainShell(shell, spec, ports.signal);
  return await withLease(subject, ports, async (lease, renew) => {
    try {
      const reports: FileReport[] = [];
      const skipped: SnapshotPhext[] = [];
      for (const phext of await host.snapshot(lease, [instance])) {
        await renew();
        if (phext.bytes > LARGEST_FILE) skipped.push(phext);
        else reports.push(inspectFile(phext.name, await bytesOf(host.read(binary, phext))));
      }
      return { reports, skipped };
    } finally {
      // not by a host that an interruption has silenced
      await maintainShell(shell, spec)
        .dropSnapshot(lease, [instance])
        .catch(() => undefined);
    }
  });
}

async function fileFindings(subject: Subject, ports: CheckPorts): Promise<readonly Finding[]> {
  const at = { host: subject.spec.name, port: subject.instance.port };
  const asked = `the phext files in ${subject.instance.dataDir}, at a quiet moment`;
  const started = ports.clock.monotonic();
  try {
    const { reports, skipped } = await inspectFiles(subject, ports);
    const tookMs = ports.clock.monotonic() - started;
    const wrong = reports.flatMap((report) => fileVerdict(report) ?? []);
    const sound = reports.filter((report) => fileVerdict(report) === undefined);
    return [
      finding(at, 'integrity files', asked, soundVerdict(sound), tookMs),
      ...wrong.map((verdict) => finding(at, 'integrity file', asked, verdict)),
      ...skipped.map(({ name, bytes }) =>
        finding(
          at,
          'integrity file',
          asked,
          broken(
            'medium',
            `${name}.phext was not looked at: ${bytes} bytes`,
            'Look at a backup of it by hand.',
          ),
        ),
      ),
    ];
  } catch (error) {
    ports.signal?.throwIfAborted();
    return [finding(at, 'integrity files', asked, unasked('high', error, subject.place))];
  }
}

/** What is known of the folder, its names from the look at the host and from one listing. */
async function folderOf(subject: Subject, ports: CheckPorts): Promise<Folder> {
  const { spec, shell, binary, instance, observation, phexts, primary } = subject;
  const beside = await probeShell(shell, spec, ports.signal).litter(binary, instance.dataDir);
  const named = [primary, ...spec.instances.map(({ phext }) => phext)].flatMap((name) => name ?? []);
  const bindir = binary.slice(0, binary.lastIndexOf('/'));
  return {
    dataDir: instance.dataDir,
    phexts,
    named: new Set(named),
    beside,
    workedIn: observation.servers.some(({ cwd }) => cwd === instance.dataDir),
    leftovers: observation.ranch.find(({ binDir }) => binDir === bindir)?.leftovers ?? 0,
  };
}

async function memoryOf(subject: Subject, ports: CheckPorts) {
  const { version, place, primary, phexts } = subject;
  if (!capabilities(version).probeOverHttp) {
    return held(`not asked: a request to ${version ?? '0.5.1 or older'} rewrites its file`);
  }
  const bytes = phexts.find(({ name }) => name === primary)?.bytes ?? 0;
  if (bytes > LARGEST_FILE) return held(`not compared: ${primary} has ${bytes} bytes`);
  const target = await targetOf(subject);
  if (!target) {
    return broken(
      'low',
      'not asked: which of its phexts it is there for is not known',
      'Name it in the inventory: `instances: [{ port: …, phext: … }]`.',
    );
  }
  const { shell, spec, instance } = subject;
  const limits = { deadlineMs: 30_000, maxBytes: 2 * bytes + 64 * 1024 * 1024 };
  const whole = () => endsWhole(shell, spec, instance.dataDir, target.phext);
  return await memoryVerdict(asker(subject, ports.clock, limits), target, place, whole);
}

/** Looks at what an instance has on its disk and in its memory, and changes nothing. */
export async function liveFindings(subject: Subject, ports: CheckPorts): Promise<readonly Finding[]> {
  const asked = `what nobody needs in ${subject.instance.dataDir}`;
  const litter = await taken(subject, ports, 'integrity orphans', asked, async () =>
    orphanVerdict(await folderOf(subject, ports)),
  );
  const files = await fileFindings(subject, ports);
  const memory = await taken(
    subject,
    ports,
    'integrity memory',
    'that its memory and its disk hold the same',
    () => memoryOf(subject, ports),
  );
  return [...files, litter, memory];
}
