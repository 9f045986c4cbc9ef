import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import * as z from 'zod';
import type { LabHostSpec } from '../../src/lab/lab-spec.ts';

const announcement = z.object({ ranchFile: z.string(), stateDir: z.string() });

/** Where a lab in another process says its inventory and its state folder are. */
export type LabPlace = Readonly<z.infer<typeof announcement>>;

/** Keeps a lab in a process of its own while `use` runs, whatever it does. `program`: the built lab-host. */
export async function withLab<T>(
  program: string,
  dir: string,
  hosts: readonly LabHostSpec[],
  use: (place: LabPlace) => Promise<T>,
): Promise<T> {
  const child = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const lines = createInterface({ input: child.stdout });
  try {
    child.stdin.write(`${JSON.stringify({ dir, hosts })}\n`);
    const [line] = await Promise.race([once(lines, 'line'), exited.then(() => [''])]);
    return await use(announcement.parse(JSON.parse(String(line))));
  } finally {
    child.stdin.end();
    await exited;
  }
}
