import { type Asking, openWorkspace, type Workspace } from '../app/workspace.ts';
import { Secret } from '../domain/secret.ts';
import type { Door } from './door.ts';

function askingOf(door: Door): Asking {
  const { ask } = door.io;
  if (!ask || !door.options.input) return {};
  const hidden = async (prompt: string): Promise<Secret | undefined> => {
    const answer = await ask(`${prompt.replace(/:?\s*$/, '')}: `, true);
    return answer === undefined || answer === '' ? undefined : new Secret(answer);
  };
  return { passphrase: hidden, password: hidden, sudo: (host) => hidden(`sudo password on ${host.name}`) };
}

/** Opens the workspace the options name, and closes it whatever happens. */
export async function withWorkspace<T>(door: Door, use: (workspace: Workspace) => Promise<T>): Promise<T> {
  const { options } = door;
  const workspace = await openWorkspace({
    inventory: options.inventory,
    stateDir: options.state,
    asking: askingOf(door),
    ...(options.sshConfig ? { sshConfig: options.sshConfig } : {}),
  });
  try {
    return await use(workspace);
  } finally {
    await workspace.close();
  }
}
