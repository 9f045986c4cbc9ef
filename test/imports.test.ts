import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';

/** The rooms from the bottom up, as ARCHITECTURE.md tells them: each may import what stands in a lower row. */
const ROWS = [
  ['domain'],
  ['inventory', 'sq', 'plan', 'ssh', 'store', 'views'],
  ['host'],
  ['execute', 'checks', 'load'],
  ['drill'],
  ['app'],
  ['cli', 'daemon', 'web', 'lab'],
] as const;
const DOORS = ROWS.length - 1;

interface Pair {
  readonly from: string;
  readonly to: string;
  readonly allowed: boolean;
}

/** Every import the rule decides. Neighbours in a row may not import each other; doors are judged one by one below. */
const PAIRS: readonly Pair[] = ROWS.flatMap((row, height) =>
  row.flatMap((from) =>
    ROWS.flatMap((others, otherHeight) =>
      others
        .filter((to) => to !== from && !(height === DOORS && otherHeight === DOORS))
        .map((to) => ({ from, to, allowed: otherHeight < height })),
    ),
  ),
);
const DOOR_PAIRS: readonly Pair[] = [
  { from: 'cli', to: 'lab', allowed: true },
  { from: 'cli', to: 'daemon', allowed: true },
  { from: 'daemon', to: 'web', allowed: true },
  { from: 'daemon', to: 'cli', allowed: false },
  { from: 'web', to: 'daemon', allowed: false },
  { from: 'lab', to: 'cli', allowed: false },
];

const report = z.object({
  diagnostics: z.array(z.object({ category: z.string(), location: z.object({ path: z.string() }) })),
});

let folder: string;
let rejected: ReadonlySet<string>;

/** One linter run over a made-up tree in which each file holds one import; gives the files it rejects. */
async function lint(pairs: readonly Pair[]): Promise<ReadonlySet<string>> {
  await copyFile(fileURLToPath(new URL('../biome.json', import.meta.url)), join(folder, 'biome.json'));
  for (const { from, to } of pairs) {
    await mkdir(join(folder, 'src', from), { recursive: true });
    const text = `import { thing } from '../${to}/thing.ts';\n\nexport const probe = thing;\n`;
    await writeFile(join(folder, fileOf(from, to)), text);
  }
  const biome = fileURLToPath(new URL('../node_modules/.bin/biome', import.meta.url));
  const options = ['--only=style/noRestrictedImports', '--vcs-enabled=false', '--max-diagnostics=none'];
  const out = await new Promise<string>((resolve) => {
    // The exit code says only that something was rejected, which is what is wanted here.
    execFile(biome, ['lint', '--reporter=json', ...options, 'src'], { cwd: folder }, (_, stdout) =>
      resolve(stdout),
    );
  });
  const { diagnostics } = report.parse(JSON.parse(out));
  return new Set(
    diagnostics
      .filter(({ category }) => category === 'lint/style/noRestrictedImports')
      .map(({ location }) => location.path.slice(location.path.lastIndexOf('src/'))),
  );
}

const fileOf = (from: string, to: string) => `src/${from}/imports-${to}.ts`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ranch-imports-'));
  rejected = await lint([...PAIRS, ...DOOR_PAIRS]);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('imports go one way', () => {
  for (const room of ROWS.flat()) {
    const pairs = [...PAIRS, ...DOOR_PAIRS].filter(({ from }) => from === room);
    test(`src/${room} may import exactly the rooms below it`, () => {
      const allowed = pairs.filter(({ from, to }) => !rejected.has(fileOf(from, to))).map(({ to }) => to);
      expect(allowed).toEqual(pairs.filter((pair) => pair.allowed).map(({ to }) => to));
    });
  }
});
