import { Buffer, isUtf8 } from 'node:buffer';
import { broken, hazard, held, type Verdict } from '../../domain/verdict.ts';
import { implode, scrollsOf } from '../../sq/phext.ts';
import { walk } from './walk.ts';

/** What a phext file looks like from inside. */
export interface FileReport {
  /** Without `.phext`. Untrusted. */
  readonly name: string;
  readonly bytes: number;
  readonly scrolls: number;
  /** What is wrong with it; none where it is as SQ writes it. */
  readonly damage: readonly string[];
  /** SQ would write it otherwise, and loses nothing by that. */
  readonly untidy: boolean;
}

/** Looks at the bytes of a file: text, order, one text at each place, no part beyond 999. */
export function inspectFile(name: string, bytes: Uint8Array): FileReport {
  if (!isUtf8(bytes)) {
    return { name, bytes: bytes.length, scrolls: 0, damage: ['it is not UTF-8'], untidy: false };
  }
  const { scrolls, duplicates, backwards, beyond } = walk(bytes);
  const [first] = duplicates;
  const damage = [
    ...(first === undefined ? [] : [`${duplicates.length} places with two texts, the first ${first}`]),
    ...(backwards === 0 ? [] : [`${backwards} scrolls out of order`]),
    ...(beyond === 0 ? [] : [`${beyond} breaks beyond 999`]),
  ];
  const untidy = damage.length === 0 && Buffer.compare(implode(scrollsOf(bytes)), bytes) !== 0;
  return { name, bytes: bytes.length, scrolls, damage, untidy };
}

/** What is wrong with one file, as a verdict; undefined where nothing is. */
export function fileVerdict({ name, damage, untidy }: FileReport): Verdict | undefined {
  if (damage.length > 0) {
    return broken(
      'critical',
      `${name}.phext: ${damage.join('; ')}`,
      'Keep a copy of the file (`ranch backup`) before SQ writes it anew: what it cannot load it loses. Then restore a whole one (`ranch restore`).',
    );
  }
  if (untidy) {
    return hazard(
      'low',
      `${name}.phext is not as SQ writes it`,
      'Nothing is lost; SQ tidies it with its next write.',
    );
  }
  return undefined;
}

/** What all sound files of an instance are together. */
export function soundVerdict(reports: readonly FileReport[]): Verdict {
  const sum = (of: (report: FileReport) => number) =>
    reports.reduce((total, report) => total + of(report), 0);
  const what = `${reports.length} phexts, ${sum(({ scrolls }) => scrolls)} scrolls, ${sum(({ bytes }) => bytes)} bytes`;
  return held(`${what}: UTF-8, in order, one text at each place, no part beyond 999`);
}

/** What lies in a data folder, by name. All of it is untrusted. */
export interface Folder {
  readonly dataDir: string;
  readonly phexts: readonly { readonly name: string; readonly bytes: number }[];
  /** Phexts that somebody names: the inventory, or an instance that is there for it. */
  readonly named: ReadonlySet<string>;
  /** What is beside them, relative to the folder. */
  readonly beside: readonly string[];
  /** Whether a server has this folder as its working directory, and so its `.sq`. */
  readonly workedIn: boolean;
  /** Temporary files of ranch beside the binary. */
  readonly leftovers: number;
}

/** A switch and a restore each keep three snapshots of an instance. */
const SNAPSHOTS_KEPT = 3;

function tooManySnapshots(beside: readonly string[]): readonly string[] {
  const byPort = new Map<string, string[]>();
  for (const name of beside) {
    const port = /^\.ranch\/snapshots\/\d+-(\d+)$/.exec(name)?.[1];
    if (port !== undefined) byPort.set(port, [...(byPort.get(port) ?? []), name]);
  }
  return Array.from(byPort.values()).flatMap((names) => names.slice(SNAPSHOTS_KEPT));
}

/** Names of what nobody needs: ghost phexts, exports, a `.sq` that is nobody's, what ranch left behind. */
export function orphans({ phexts, named, beside, workedIn }: Folder): readonly string[] {
  const ofRanch = phexts.filter(({ name }) => /^ranch-(smoke|integrity)-/.test(name));
  const ghosts = phexts.filter(
    (phext) => phext.bytes === 0 && !named.has(phext.name) && !ofRanch.includes(phext),
  );
  return [
    ...[...ghosts, ...ofRanch].map(({ name }) => `${name}.phext`),
    ...beside.filter((name) => name.endsWith('.phext.json')),
    ...beside.filter((name) => name === '.sq' && !workedIn),
    ...beside.filter((name) => name.startsWith('.ranch/') && !name.startsWith('.ranch/snapshots/')),
    ...tooManySnapshots(beside),
  ];
}

/** The same as a verdict: litter is told, and is no failure. */
export function orphanVerdict(folder: Folder): Verdict {
  const found = orphans(folder);
  const { dataDir, leftovers } = folder;
  const ours = leftovers > 0 ? `${leftovers} leftovers of ranch beside the binary` : '';
  if (found.length === 0 && ours === '') return held(`none in ${dataDir}`);
  const names = `${found.slice(0, 3).join(', ')}${found.length > 3 ? `, ${found.length - 3} more` : ''}`;
  const got = [found.length > 0 ? `${found.length} in ${dataDir}: ${names}` : '', ours].filter(
    (part) => part !== '',
  );
  return hazard(
    'low',
    got.join('; '),
    'Remove what you do not need. An empty phext is made by any request for a name that is not there, a `.json` by json-export.',
  );
}
