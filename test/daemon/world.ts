import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../src/app/system.ts';
import { makeLog } from '../../src/daemon/log.ts';
import { runDaemon } from '../../src/daemon/run-daemon.ts';
import { runOnce } from '../../src/daemon/run-once.ts';
import type { DaemonSetting } from '../../src/daemon/setting.ts';
import type { ExitCode } from '../../src/domain/errors.ts';
import type { Lab } from '../../src/lab/lab.ts';
import type { LabHostSpec } from '../../src/lab/lab-spec.ts';
import { startLab } from '../../src/lab/start-lab.ts';
import { seededRandom } from '../lab/seeded-random.ts';
import { LogLines } from './log-lines.ts';

/** A program that answers as SQ does to those who only look. */
const PLACEHOLDER = fileURLToPath(new URL('../lab/placeholder-sq.js', import.meta.url));

/** A sweep at every second. */
export const EVERY_SECOND = 'kind: sweep\nschedule: { cron: "* * * * * *" }\n';

/** A host that runs the old version. */
export function labHost(name: string): LabHostSpec {
  const data = { kind: 'folder', name: 'sq' } as const;
  return { name, version: '0.5.1', instances: [{ phext: 'relay', data, bytes: 2_000 }] };
}

/** A daemon in this process. */
export interface Running {
  readonly lines: LogLines;
  /** As Ctrl-C does. */
  signal(): void;
  /** Its exit code; rejects with what it throws. */
  readonly ended: Promise<ExitCode>;
}

/** Writes a file in one step: a daemon that looks meanwhile sees the old text or the new one, never half of it. */
export async function replaceFile(path: string, text: string): Promise<void> {
  await writeFile(`${path}.part`, text);
  await rename(`${path}.part`, path);
}

/** A lab, a folder of playbooks, and daemons at them. */
export interface World {
  readonly lab: Lab;
  readonly dir: string;
  readonly playbooksDir: string;
  write(playbook: string, text: string): Promise<void>;
  daemon(changes?: Partial<DaemonSetting['workspace']>, options?: { readonly once?: boolean }): Running;
  close(): Promise<void>;
}

/** Brings up a lab and an empty folder of playbooks. */
export async function makeWorld(
  hosts: readonly LabHostSpec[],
  standIn: string = PLACEHOLDER,
): Promise<World> {
  const dir = await mkdtemp(join(tmpdir(), 'ranch-daemon-'));
  const lab = await startLab({ dir: join(dir, 'lab'), hosts, random: seededRandom(5), standIn });
  const playbooksDir = join(dir, 'playbooks');
  await mkdir(playbooksDir);
  const workspace: DaemonSetting['workspace'] = {
    inventory: lab.ranchFile,
    stateDir: lab.stateDir,
    asking: {},
    sshConfig: 'none',
    clock: systemClock,
    random: seededRandom(6),
  };
  return {
    lab,
    dir,
    playbooksDir,
    write: (playbook, text) => replaceFile(join(playbooksDir, `${playbook}.yaml`), text),
    daemon(changes = {}, { once = false } = {}) {
      const lines = new LogLines();
      let handler = (): void => undefined;
      const setting: DaemonSetting = {
        workspace: { ...workspace, ...changes },
        playbooksDir,
        log: makeLog('debug', systemClock, lines),
        onInterrupt: (heard) => {
          handler = heard;
          return () => {
            handler = () => undefined;
          };
        },
      };
      const ended = once ? runOnce(setting) : runDaemon(setting);
      return { lines, signal: () => handler(), ended };
    },
    async close() {
      await lab.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
