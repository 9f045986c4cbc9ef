import { asSha256, type Sha256 } from '../domain/brand.ts';
import type { Supervisor } from '../domain/observation.ts';
import type { Fields } from './answer.ts';
import {
  ACTED_STATES,
  type Acted,
  type KeptContent,
  type KeptInstance,
  type LogEnd,
  type SnapshotPhext,
} from './maintain-host.ts';
import { reportedError } from './remedies.ts';
import type { UnitAnswer } from './unit-answers.ts';

/**
 * Request headers and arguments that hold a key, also as JSON and as Rust's debug form write them: SQ 0.5.1 and older
 * log headers.
 */
const KEYS = /(authorization["']?\s*[:=,]\s*["']?(?:(?:bearer|basic|token)\s+)?|--key["']?[=,\s]+["']?)\S+/gi;

/** A line of a log without the keys that SQ printed. */
export function redactKeys(line: string): string {
  return line.replace(KEYS, '$1[redacted]');
}

function bareName(file: string): string {
  return file.replace(/\.phext$/, '');
}

function parseActedOne(answer: UnitAnswer, f: Fields): Acted {
  const state = ACTED_STATES.find((each) => each === f.text(1));
  if (!state) throw answer.invalid(`unknown state ${f.text(1)}`);
  const port = f.number(0);
  const own = (tag: string) => answer.all(tag).filter((each) => each.number(0) === port);
  const sha256 = asSha256(f.text(6));
  const snapshot = own('snapshot')[0]?.text(1);
  return {
    port,
    state,
    ...(f.number(2) > 0 ? { pid: f.number(2) } : {}),
    ...(sha256 ? { sha256 } : {}),
    tries: f.number(4),
    downMs: f.number(5),
    dependents: own('with').map((each) => each.text(1)),
    stillDown: own('down').map((each) => each.text(1)),
    restored: own('restored').map((each) => ({ name: bareName(each.text(2)), sha256: answer.sha(each, 1) })),
    left: own('left').map((each) => bareName(each.text(1))),
    ...(snapshot === undefined ? {} : { snapshot }),
  };
}

/**
 * What an act did; undefined where it never began. A failure is thrown and names the instances that were done before
 * it.
 */
export function parseActed(answer: UnitAnswer, host: string): readonly Acted[] | undefined {
  const acted = answer.all('acted').map((f) => parseActedOne(answer, f));
  const failed = answer.maybe('failed');
  if (failed) {
    const before = acted.map(({ port, state }) => `port ${port} is ${state.replace('already-', '')}`);
    const told = before.length === 0 ? '' : ` (before that: ${before.join(', ')})`;
    throw reportedError(host, failed.text(0), `${failed.text(1)}${told}`);
  }
  return answer.one('did').text(0) === '0' ? undefined : acted;
}

function supervisorOf(answer: UnitAnswer, kind: string, unit: string): Supervisor {
  if (kind === 'bare') return { kind };
  if (kind === 'systemd-system' || kind === 'systemd-user') return { kind, unit };
  throw answer.invalid(`unknown way of running ${kind}`);
}

/** The `kept` records. */
export function parseKept(answer: UnitAnswer): readonly KeptInstance[] {
  return answer.all('kept').map((f) => ({
    port: f.number(0),
    supervisor: supervisorOf(answer, f.text(1), f.text(2)),
    user: f.text(3),
    dataDir: f.text(6),
    keyed: f.flag(4),
    ...(f.text(5) === '-' ? {} : { keyFile: f.text(5) }),
  }));
}

/** The `phext` records, each in the folder of its instance's `snapshot` record. */
export function parseSnapshot(answer: UnitAnswer): readonly SnapshotPhext[] {
  const folders = new Map(answer.all('snapshot').map((f) => [f.number(0), f.text(1)]));
  return answer.all('phext').map((f) => {
    const port = f.number(0);
    const folder = folders.get(port);
    const file = f.text(4);
    if (folder === undefined) throw answer.invalid(`no snapshot of port ${port}`);
    if (!isFileName(file)) throw answer.invalid(`no name of a phext: ${file}`);
    const sha256: Sha256 = answer.sha(f, 2);
    return {
      port,
      name: bareName(file),
      path: `${folder}/${file}`,
      bytes: f.number(1),
      sha256,
      mtime: f.number(3),
    };
  });
}

/** The `content` records. */
export function parseContents(answer: UnitAnswer): readonly KeptContent[] {
  return answer.all('content').map((f) => {
    const sha256 = asSha256(f.text(2));
    return { folder: f.text(0), bytes: f.number(1), at: f.number(3), ...(sha256 ? { sha256 } : {}) };
  });
}

/** A phext's file name that can be used on this machine as well: no path, not hidden, valid UTF-8, at most 255 bytes. */
export function isFileName(file: string): boolean {
  return (
    /^[^/.\u0000-\u001f\u007f\ufffd][^/\u0000-\u001f\u007f\ufffd]*\.phext$/.test(file) && file.length <= 255
  );
}

/** The end of a log. */
export function parseLogs(answer: UnitAnswer, port: number): LogEnd {
  const f = answer.one('source');
  const source = f.text(0);
  if (source !== 'journal' && source !== 'file' && source !== 'none')
    throw answer.invalid(`unknown source ${source}`);
  const lines = answer.all('line').map((line) => redactKeys(line.rest(0).join('\t')));
  // The script ends what it tells with an empty line, so that the last one is always ended.
  while (lines.at(-1) === '') lines.pop();
  return { port, source, name: f.text(1), lines };
}
