import { join } from 'node:path';
import { ArtifactStore } from '../../../src/app/artifacts/artifact-store.ts';
import { askedVersion } from '../../../src/app/artifacts/asked-version.ts';
import { temporaryFolder } from './folder.ts';

export const V = askedVersion('v0.5.2');

/** An empty store and a lock file that does not exist yet, in a folder that is gone when the test is over. */
export async function emptyRegistry() {
  const folder = await temporaryFolder();
  return { folder, store: new ArtifactStore(join(folder, 'state')), lockFile: join(folder, 'ranch.lock') };
}

/** A script that says it is `version`, as SQ does. */
export function saying(version: string, more = ''): string {
  return `#!/bin/sh\n${more}\necho ${version}\n`;
}
