import { Transform } from 'node:stream';
import type { HostLink } from '../host/access.ts';
import type { Lease } from '../host/unit-host.ts';
import type { UnitRun } from './execution.ts';

/** Tells whoever looks on how far an upload is, at most every this many bytes. */
const REPORT_EVERY_BYTES = 64 * 1024;

/**
 * Brings the release to the host, unless it is there and whole. Streams; nothing half-sent is ever used. Gives
 * whether anything was sent.
 */
export async function stage(run: UnitRun, host: HostLink, lease: Lease): Promise<boolean> {
  const { execution, unit, hostPlan } = run;
  const { sha256 } = unit.to;
  if (await host.unit.staged(lease, sha256, unit.bytesToSend)) return false;
  const totalBytes = await execution.artifacts.bytes(sha256);
  const content = () => {
    let sentBytes = 0;
    let reported = 0;
    const counting = new Transform({
      transform(chunk: Uint8Array, _encoding, pass) {
        sentBytes += chunk.length;
        if (sentBytes - reported >= REPORT_EVERY_BYTES || sentBytes === totalBytes) {
          reported = sentBytes;
          const at = execution.clock.now();
          execution.watch({
            type: 'upload-progress',
            host: hostPlan.host,
            unit: unit.binary,
            sentBytes,
            totalBytes,
            at,
          });
        }
        pass(null, chunk);
      },
    });
    const source = execution.artifacts.open(sha256);
    source.once('error', (error) => counting.destroy(error));
    return source.pipe(counting);
  };
  await host.unit.stage(lease, sha256, totalBytes, content);
  return true;
}
