import { access, constants, mkdtemp, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import {
  buildFailed,
  type CargoInstall,
  cargoArgs,
  compiledLibphext,
  LAST_LINES,
  noCargo,
} from './cargo-install.ts';
import { readProgram } from './read-program.ts';
import { runProgram } from './run-program.ts';

/** It takes 25 s on two fast cores. */
const BUILD_WITHIN_MS = 45 * 60_000;

/** The longest line of cargo's that is passed on. */
const MAX_LINE = 1_000;

const PLACE = 'this machine';

/** A program that was built. */
export interface Built {
  readonly bytes: Uint8Array;
  /** As cargo said; absent where it did not say. */
  readonly libphext?: string;
}

/** The environment's cargo, else rustup's own place, which not every login has on its PATH; undefined for none. */
async function findCargo(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const rustup = join(env['CARGO_HOME'] ?? join(env['HOME'] ?? homedir(), '.cargo'), 'bin');
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder.startsWith('/'));
  for (const folder of [...folders, rustup]) {
    const cargo = join(folder, 'cargo');
    const found = await access(cargo, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return cargo;
  }
  return undefined;
}

/**
 * Builds SQ with this machine's cargo in a folder that is gone afterwards. `say` is told each line of cargo's, as it
 * comes, not escaped. Throws `build-failed`, and the signal's reason.
 */
export async function buildHere(
  install: CargoInstall,
  options: {
    readonly env: NodeJS.ProcessEnv;
    readonly say: (line: string) => void;
    readonly signal?: AbortSignal;
  },
): Promise<Built> {
  const { env, say, signal } = options;
  const cargo = await findCargo(env);
  if (cargo === undefined) throw noCargo(install, PLACE);
  const root = await mkdtemp(join(tmpdir(), 'ranch-build-'));
  const last: string[] = [];
  let libphext: string | undefined;
  const onLine = (line: string): void => {
    libphext ??= compiledLibphext(line);
    if (last.push(line) > LAST_LINES) last.shift();
    say(line);
  };
  try {
    const ran = await runProgram(cargo, cargoArgs(install, root), {
      cwd: root,
      env,
      deadlineMs: BUILD_WITHIN_MS,
      maxBytes: MAX_LINE,
      onLine,
      ...(signal ? { signal } : {}),
    });
    if (ran.kind === 'late') throw buildFailed(install, PLACE, 'did not end within 45 minutes', last);
    if (ran.kind === 'killed') throw buildFailed(install, PLACE, `was killed by ${ran.signal}`, last);
    if (ran.kind === 'not-started') throw buildFailed(install, PLACE, `could not be started (${ran.code})`);
    if (ran.exitCode !== 0) throw buildFailed(install, PLACE, `ended with ${ran.exitCode}`, last);
    const bytes = await readProgram(join(root, 'bin', 'sq'));
    return { bytes, ...(libphext === undefined ? {} : { libphext }) };
  } finally {
    await rm(root, { recursive: true, force: true, maxRetries: 3 });
  }
}
