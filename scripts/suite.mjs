// `npm run test:sq` and `npm run test:hosts`: the suites that need more than Node. What is lacking is said, with
// the way to get it, before anything runs; the exit code is then 2.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { passOn } from './pass-on.mjs';
import { ensureReady, ROOT, say } from './setup.mjs';

const RIG = `${ROOT}test/rig/rig`;

/** Each command a suite needs, with the Debian package that brings it. */
const NEEDS = {
  sq: {},
  hosts: {
    debootstrap: 'debootstrap',
    'systemd-nspawn': 'systemd-container',
    sshd: 'openssh-server',
    ssh: 'openssh-client',
    'ssh-keygen': 'openssh-client',
    ip: 'iproute2',
    nsenter: 'util-linux',
    pgrep: 'procps',
  },
};

/** The builds of SQ a suite runs, as test/real-sq/binaries.ts names their folders. */
const SQ_BUILDS = {
  sq: ['0.5.1', '0.5.2', '0.5.2-locked', '0.5.6'],
  hosts: ['0.5.1', '0.5.2', '0.5.2-locked'],
};

const [suite, ...rest] = process.argv.slice(2);
if (suite !== 'sq' && suite !== 'hosts') {
  say('usage: node scripts/suite.mjs sq|hosts [vitest arguments]');
  process.exit(2);
}
const lacking = lacksOf(suite);
if (lacking.length > 0) {
  for (const line of lacking) say(line);
  process.exit(2);
}
await ensureReady({ build: true });
const rigStood = suite === 'hosts' && rigHasHosts();
try {
  process.exitCode = await passOn(['node_modules/vitest/vitest.mjs', 'run', '--project', suite, ...rest], {
    cwd: ROOT,
  });
} finally {
  // Hosts that stood before stay, so that someone at work on a test need not boot them each time.
  if (suite === 'hosts' && !rigStood && process.env.RIG_KEEP === undefined)
    spawnSync(RIG, ['down'], { stdio: 'inherit' });
}

function lacksOf(name) {
  const lines = [];
  if (name === 'hosts' && process.platform !== 'linux')
    lines.push('the real-host suite boots Linux hosts and needs Linux');
  if (name === 'hosts' && process.getuid?.() !== 0)
    lines.push(
      'the real-host suite makes network namespaces and mounts, and needs root (sudo npm run test:hosts)',
    );
  const missing = Object.entries(NEEDS[name]).filter(([command]) => !onPath(command));
  if (missing.length > 0) {
    const packages = [...new Set(missing.map(([, pack]) => pack))].join(' ');
    lines.push(`lacks ${missing.map(([command]) => command).join(', ')}: apt-get install -y ${packages}`);
  }
  if (!onPath('cargo') && !haveBinaries(name)) {
    lines.push('lacks cargo, with which the real SQ is built: apt-get install -y cargo, or rustup.rs');
  }
  return lines;
}

/** Whether the real SQ was built earlier, so that cargo can be done without. */
function haveBinaries(name) {
  const dir = process.env.RANCH_SQ_DIR ?? join(homedir(), '.cache/ranch/sq');
  return SQ_BUILDS[name].every((version) => existsSync(join(dir, version, 'bin/sq')));
}

function onPath(command) {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin'];
  return folders.some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function rigHasHosts() {
  const { status, stdout } = spawnSync(RIG, ['env'], { encoding: 'utf8' });
  return status === 0 && JSON.parse(stdout).hosts.length > 0;
}
