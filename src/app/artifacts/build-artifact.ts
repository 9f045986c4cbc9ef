import type { HostName, Version } from '../../domain/brand.ts';
import type { Shell } from '../../domain/ports.ts';
import { BUILD_LIMITS, buildSqScript, parseBuild } from '../../host/build-sq.ts';
import { buildHere } from './build-here.ts';
import { buildFailed, type CargoInstall, cargoCommand, noCargo } from './cargo-install.ts';
import { checkVersion, judgeVersion } from './check-version.ts';
import { type Added, type Candidate, type Registry, registerProgram } from './register-program.ts';

/** What is to be built, and where. */
export interface BuildOptions extends Registry {
  readonly version: Version;
  /** With the dependencies that the release's own lock file names; else the newest that fit. */
  readonly locked: boolean;
  /** Builds on a host, over an open connection, as its user; else here. */
  readonly on?: { readonly host: HostName; readonly shell: Shell };
  /** Where cargo is looked for, and what it runs with. */
  readonly env: NodeJS.ProcessEnv;
  /** Told each line that cargo says here; not escaped. A host's cargo is heard only when it fails. */
  readonly say: (line: string) => void;
  readonly signal?: AbortSignal;
}

type Checked = Pick<Candidate, 'bytes' | 'place' | 'check'> & { readonly libphext?: string };

async function here(install: CargoInstall, options: BuildOptions): Promise<Checked> {
  const { bytes, libphext } = await buildHere(install, options);
  const place = `SQ ${install.version}`;
  return {
    bytes,
    place,
    check: (program) => checkVersion(place, program, bytes, install.version, options.signal),
    ...(libphext === undefined ? {} : { libphext }),
  };
}

/** The host ran `sq version` itself: this machine may be another one. */
async function onHost(
  install: CargoInstall,
  { host, shell }: NonNullable<BuildOptions['on']>,
  signal?: AbortSignal,
): Promise<Checked> {
  const script = buildSqScript(install.version, install.locked);
  const build = parseBuild(host, (await shell.run(script, BUILD_LIMITS, signal)).stdout);
  if (build.kind === 'no-cargo') throw noCargo(install, host);
  if (build.kind === 'failed') throw buildFailed(install, host, `ended with ${build.exitCode}`, build.log);
  return {
    bytes: build.binary,
    place: `SQ ${install.version} from ${host}`,
    check: async () => judgeVersion(host, install.version, build.printed),
    ...(build.libphext === undefined ? {} : { libphext: build.libphext }),
  };
}

/**
 * Builds a release of SQ with cargo, here or on a host, and registers it with the command as its origin and the
 * libphext it holds. Nothing is left where it was built. Throws `build-failed` (no cargo, no such release, a failed
 * build), what `registerProgram` throws, and on a host what `Shell.run` throws and `host-answer-invalid`.
 */
export async function buildArtifact(options: BuildOptions): Promise<Added> {
  const { version, locked, on, signal } = options;
  const install = { version, locked };
  const built = on ? await onHost(install, on, signal) : await here(install, options);
  return registerProgram({ ...built, version, origin: cargoCommand(install) }, options);
}
