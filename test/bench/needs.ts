import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CYOA } from '../real-sq/cyoa.ts';
import { sqBinary } from '../rig/sq-binary.ts';
import type { Need } from './row.ts';

/** Programs that the hosts are made of. */
const FOR_HOSTS = ['debootstrap', 'systemd-nspawn', 'ssh', 'ssh-keygen', 'ip', 'nsenter', 'xargs'] as const;

function onPath(program: string): boolean {
  return spawnSync('sh', ['-c', 'command -v "$1"', 'sh', program], { stdio: 'ignore' }).status === 0;
}

/** The real SQ, built by cargo where it is not there yet. */
function lackOfSq(): string | undefined {
  try {
    for (const version of ['0.5.1', '0.5.2'] as const) sqBinary(version);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Why a need is not met, in words that say how to meet it; undefined when it is. */
export function lackOf(need: Need, root: string): string | undefined {
  switch (need) {
    case 'cyoa':
      return CYOA === undefined ? 'lacks the real CYOA: RANCH_CYOA names its file' : undefined;
    case 'hosts': {
      if (process.platform !== 'linux' || process.getuid?.() !== 0)
        return 'needs Linux and root for real hosts';
      const missing = FOR_HOSTS.filter((program) => !onPath(program));
      return missing.length > 0 ? `lacks ${missing.join(', ')} (test/rig/rig says where from)` : lackOfSq();
    }
    case 'rivals':
      return onPath('python3') ? undefined : 'lacks python3, on which Ansible and pyinfra run';
    case 'lab':
      return existsSync(join(root, 'dist/lab-host.js')) ? undefined : 'lacks dist/lab-host.js: npm run build';
  }
}
