import { broken, held, type Verdict } from '../../domain/verdict.ts';
import type { Bench } from '../../sq/contract/bench.ts';
import { type Build, buildName, isTried, type Libphext, nearest, TRIED } from '../../sq/contract/build.ts';
import { ask } from '../../sq/contract/talk.ts';
import { ORIGIN } from '../../sq/coordinate.ts';
import { parseToc, parseVersion } from '../../sq/replies.ts';
import { type Target, tocRequest, updateRequest, versionRequest } from '../../sq/requests.ts';

/** What runs, by its own word and by what it does. */
export interface Told {
  readonly build: Build;
  /** Whether the table is known to be true of that very build. */
  readonly tried: boolean;
}

/** Asks a scratch server what it is. A long first line tells the library: 0.3.0 cuts it at 32 bytes. */
export async function tellBuild(sq: Bench, target: Target): Promise<Told> {
  const version = parseVersion(await ask(sq, versionRequest(target)), sq.place);
  await ask(sq, updateRequest(target, ORIGIN, 'x'.repeat(40)));
  const [first] = parseToc(await ask(sq, tocRequest(target)), sq.place);
  const libphext: Libphext = first?.summary === `${'x'.repeat(32)}...` ? '0.3.0' : '0.3.3';
  const build = { version, libphext };
  return { build, tried: isTried(build) };
}

/** What the build is, with what to do where there is a better one of the same version, or none was tried. */
export function buildVerdict({ build, tried }: Told): Verdict {
  const got = `${buildName(build)}, by what it does`;
  if (build.libphext === '0.3.0') {
    const better = TRIED.find(({ version, libphext }) => version === build.version && libphext === '0.3.3');
    const advice =
      'Roll out the build with libphext 0.3.3: `ranch artifact build` without --locked. With this one a `toc` can end all answers, and a write beyond 999 hangs it.';
    return better ? broken('high', got, advice) : held(got);
  }
  if (tried) return held(got);
  const advice = `It is held against ${buildName(nearest(build))}; differences are told as low.`;
  return { ok: true, severity: 'low', got: `${got}: never tried`, advice };
}
