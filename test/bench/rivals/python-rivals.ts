import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Cost, costOf } from '../process.ts';
import { PHEXT, type SixHosts } from '../six-hosts.ts';

const run = promisify(execFile);

/** What is measured against, pinned so that figures of two days can be compared. */
const PACKAGES = ['ansible-core==2.19.14', 'pyinfra==3.10.0'] as const;

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** Ansible and pyinfra, each doing the upgrade of all six hosts with the binary at `binary`. */
export interface PythonRivals {
  readonly ansible: () => Promise<Cost>;
  readonly pyinfra: () => Promise<Cost>;
}

/** Installs both into a virtual environment in the user's cache, once. */
async function install(): Promise<string> {
  const folder = join(homedir(), '.cache/ranch/bench', PACKAGES.join('-').replaceAll('==', '-'));
  const bin = join(folder, 'bin');
  if (!existsSync(join(folder, 'complete'))) {
    process.stderr.write('ranch: installing Ansible and pyinfra to measure against (about a minute)\n');
    await run('python3', ['-m', 'venv', '--clear', folder]);
    await run(join(bin, 'pip'), ['install', '-q', ...PACKAGES]);
    await writeFile(join(folder, 'complete'), '');
  }
  return bin;
}

/** Makes both ready for these hosts; `folder` takes their configuration. */
export async function pythonRivals(six: SixHosts, binary: string, folder: string): Promise<PythonRivals> {
  const bin = await install();
  const addresses = six.names.map((name) => six.rig.address(name));
  const inventory = join(folder, 'ansible-hosts');
  const common = `-o UserKnownHostsFile=${six.knownHosts} -o StrictHostKeyChecking=yes`;
  const shared = `ansible_user=root\nansible_ssh_private_key_file=${six.key}`;
  await writeFile(inventory, `[all:vars]\n${shared}\n[all]\n${addresses.join('\n')}\n`);
  const vars = { binary, version: '0.5.2', phext: PHEXT };
  const python = join(folder, 'pyinfra_hosts.py');
  const data = {
    ...vars,
    ssh_user: 'root',
    ssh_key: six.key,
    ssh_known_hosts_file: six.knownHosts,
    ssh_strict_host_key_checking: 'yes',
  };
  const rows = addresses.map((address) => `    (${JSON.stringify(address)}, ${JSON.stringify(data)}),`);
  await writeFile(python, `hosts = [\n${rows.join('\n')}\n]\n`);
  const env = {
    ANSIBLE_PIPELINING: 'True',
    ANSIBLE_SSH_ARGS: `-C -o ControlMaster=auto -o ControlPersist=60s ${common}`,
    ANSIBLE_CONTROL_PATH_DIR: join(folder, 'cp'),
    ANSIBLE_LOCAL_TEMP: join(folder, 'ansible-tmp'),
    ANSIBLE_PYTHON_INTERPRETER: '/usr/bin/python3',
    PATH: `${bin}:${process.env['PATH'] ?? ''}`,
  };
  const extra = ['-e', JSON.stringify(vars)];
  const playbook = here('./playbook.yaml');
  return {
    ansible: async () => {
      const cost = await costOf(
        [join(bin, 'ansible-playbook'), '-f', '32', '-i', inventory, ...extra, playbook],
        { env },
      );
      // The next round is to log in again, as a run of the next day would.
      await run('sh', [
        '-c',
        'for s in "$1"/*; do ssh -o ControlPath="$s" -O exit x 2>/dev/null; done; :',
        'sh',
        env.ANSIBLE_CONTROL_PATH_DIR,
      ]);
      return cost;
    },
    pyinfra: () => costOf([join(bin, 'pyinfra'), '-y', python, here('./deploy.py')], { env, cwd: folder }),
  };
}
