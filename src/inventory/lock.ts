import semver from 'semver';
import { stringify } from 'yaml';
import * as z from 'zod';
import type { Artifact } from '../domain/artifact.ts';
import { asSha256, type Sha256 } from '../domain/brand.ts';
import { ProblemsError } from './problem.ts';
import { checkShape } from './shape-check.ts';
import { label, listOf, version } from './words.ts';
import { YamlText } from './yaml-text.ts';

/** A few platforms of each version that was ever used: far below this. */
const MAX_ARTIFACTS = 2_000;

const HEADER = `# Written by \`ranch artifact\`; keep it under version control beside the inventory.
# Which binary each version is on each platform: nothing else is ever sent to a host.
`;

const SHA = '64 lower-case hexadecimal digits';
const BYTES = 'a whole number of bytes';
const ORIGIN = 'a text of up to 500 characters';

const sha256 = z.string({ error: SHA }).transform((value, context): Sha256 => {
  const sha = asSha256(value);
  if (sha) return sha;
  context.addIssue({ code: 'custom', message: SHA });
  return z.NEVER;
});

const artifact = z.strictObject(
  {
    version,
    platform: label,
    sha256,
    bytes: z.int({ error: BYTES }).min(1, { error: BYTES }),
    origin: z.string({ error: ORIGIN }).max(500, { error: ORIGIN }),
    libphext: label.optional(),
  },
  { error: 'an artifact: version, platform, sha256, bytes, origin' },
);

const lockShape = z.strictObject(
  {
    artifacts: listOf(artifact, MAX_ARTIFACTS, `a list of up to ${MAX_ARTIFACTS} artifacts`),
  },
  { error: 'a list of artifacts' },
);

function order(a: Artifact, b: Artifact): number {
  return semver.compareBuild(a.version, b.version) || (a.platform < b.platform ? -1 : 1);
}

/** Two lines for one version and platform: which is proven nobody could say. */
function remarkOnDoubles(yaml: YamlText, artifacts: readonly Artifact[]): void {
  const seen = new Set<string>();
  for (const [index, { version: of, platform }] of artifacts.entries()) {
    const key = `${of} ${platform}`;
    const message = `${of} for ${platform} stands here twice; allowed: one artifact for each version and platform`;
    if (seen.has(key)) yaml.remark({ path: ['artifacts', index], message });
    seen.add(key);
  }
}

/**
 * Reads `ranch.lock`: artifacts, oldest version first. Throws `artifact-invalid` (a `ProblemsError`) with everything
 * that is wrong in it.
 */
export function parseLock(text: string, file: string): readonly Artifact[] {
  const yaml = new YamlText(text, file);
  const { value } = checkShape(yaml, lockShape);
  const artifacts: readonly Artifact[] = (value?.artifacts ?? []).map(({ libphext, ...rest }) =>
    libphext === undefined ? rest : { ...rest, libphext },
  );
  remarkOnDoubles(yaml, artifacts);
  if (!value || yaml.problems.length > 0) {
    throw new ProblemsError('artifact-invalid', file, yaml.problems, yaml.more);
  }
  return [...artifacts].sort(order);
}

/** The text of `ranch.lock`: sorted, one field a line, the same for the same artifacts, so that a diff shows what changed. */
export function writeLock(artifacts: readonly Artifact[]): string {
  const sorted = [...artifacts].sort(order).map((one) => ({
    version: one.version,
    platform: one.platform,
    sha256: one.sha256,
    bytes: one.bytes,
    origin: one.origin,
    ...(one.libphext === undefined ? {} : { libphext: one.libphext }),
  }));
  return HEADER + stringify({ artifacts: sorted }, { lineWidth: 0, blockQuote: false });
}

/** The artifacts with one more, in place of the one of the same version and platform, if there is one. */
export function withArtifact(artifacts: readonly Artifact[], added: Artifact): readonly Artifact[] {
  const others = artifacts.filter((one) => one.version !== added.version || one.platform !== added.platform);
  return [...others, added].sort(order);
}
