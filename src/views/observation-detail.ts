import { short } from '../domain/brand.ts';
import {
  type Binary,
  type DataDir,
  type Observation,
  type RanchFolder,
  type ReachedObservation,
  type Server,
  type StoppedService,
  UNREADABLE,
} from '../domain/observation.ts';
import { ink, type Line, renderLines } from './line.ts';
import { paragraph } from './paragraph.ts';
import { count, showAge, showBytes, showDuration } from './quantity.ts';
import type { TimedView } from './style.ts';
import { supervisorName } from './supervisor-name.ts';
import { troubleText } from './trouble-text.ts';

/** Milliseconds of clock skew above which timestamps of that host mislead people. */
const NOTABLE_SKEW_MS = 1_000;

/** Phext files named for each data directory; the rest is counted. */
const MAX_PHEXTS = 20;

/** A labelled fact; labels of one block stand in a column of their own. */
function fact(indent: number, label: string, text: Line, view: TimedView): readonly Line[] {
  return paragraph([' '.repeat(indent), ink('gray', label.padEnd(12))], text, view);
}

function hostLines(seen: ReachedObservation, view: TimedView): readonly Line[] {
  const { platform } = seen;
  const skew = Math.abs(seen.clockSkewMs);
  const direction = seen.clockSkewMs < 0 ? 'behind' : 'ahead of';
  const clock = `${showDuration(skew)} ${direction} this machine's`;
  const system = `${platform.release} (${platform.key}${platform.wsl ? ', WSL' : ''})`;
  return [
    ...fact(2, 'platform', [system, seen.systemd ? '' : ', no systemd'], view),
    ...fact(2, 'clock', [skew > NOTABLE_SKEW_MS ? ink('yellow', clock) : clock], view),
    ...fact(2, 'up', [showDuration(seen.uptimeSeconds * 1000)], view),
    ...fact(2, 'seen as', [`${seen.user} (uid ${seen.uid}), home ${seen.home}`], view),
    ...(seen.unsupported === undefined
      ? []
      : fact(2, 'unsupported', [ink('magenta', seen.unsupported)], view)),
  ];
}

function serverLines(server: Server, view: TimedView): readonly Line[] {
  const version = server.running.version ?? 'version not told';
  const runs = `${version}, sha256 ${short(server.running.sha256)}`;
  // Another user's process shows its arguments and little else; what was not seen is not told as nothing.
  const hidden = server.running.sha256 === UNREADABLE.sha256;
  const unreadable = 'cannot be read as this user: give the host `become: sudo`';
  const frozen = server.state === 'T' ? ink('red', ', frozen by a signal') : '';
  return [
    [],
    [
      '  ',
      ink('bold', server.port === undefined ? 'SQ, not listening' : `SQ on port ${server.port}`),
      `, pid ${server.pid}`,
      frozen,
    ],
    ...fact(4, 'runs', [hidden ? ink('yellow', unreadable) : runs], view),
    ...fact(
      4,
      'binary',
      [server.binary, server.replaced ? ink('yellow', ' (the file there is another one now)') : ''],
      view,
    ),
    ...fact(4, 'arguments', [server.args.join(' ')], view),
    ...fact(
      4,
      'run by',
      [
        `${supervisorName(server.supervisor)}, as ${server.user}${server.cwd === '' ? '' : `, in ${server.cwd}`}`,
      ],
      view,
    ),
    ...fact(4, 'up', [showDuration(server.uptimeSeconds * 1000)], view),
    ...fact(
      4,
      'uses',
      [
        `${showBytes(server.rssBytes)} of memory, ${count(server.threads, 'thread')}${hidden ? '' : `, ${count(server.openFiles, 'open file')}`}`,
      ],
      view,
    ),
    ...fact(4, 'data', [server.dataDir], view),
  ];
}

function dataLines(data: DataDir, view: TimedView): readonly Line[] {
  const shown = data.phexts.slice(0, MAX_PHEXTS);
  const rest = data.phexts.length - shown.length;
  return [
    [],
    [
      '  ',
      ink('bold', data.path),
      `, ${showBytes(data.freeBytes)} free`,
      data.writable ? '' : ink('yellow', ', not writable'),
    ],
    ...shown.flatMap((phext) =>
      paragraph(
        ['    '],
        [`${phext.name}, ${showBytes(phext.bytes)}, written ${showAge(view.now - phext.mtime * 1000)} ago`],
        view,
      ),
    ),
    ...(rest > 0 ? [[`    and ${count(rest, 'more phext')}`]] : []),
    ...(shown.length === 0 ? [['    no phext files']] : []),
  ];
}

function binaryLines(binary: Binary, view: TimedView): readonly Line[] {
  const real = binary.realPath === binary.path ? '' : `, really ${binary.realPath}`;
  const version = binary.identity.version ?? 'version not told';
  return [
    [],
    ['  ', ink('bold', binary.path), real],
    ...fact(
      4,
      'holds',
      [`${version}, sha256 ${short(binary.identity.sha256)}, ${showBytes(binary.bytes)}`],
      view,
    ),
    ...fact(
      4,
      'owner',
      [
        `${binary.owner}, mode ${binary.mode}, ${showBytes(binary.freeBytes)} free beside it`,
        binary.writable ? '' : ink('yellow', ', not writable for this user'),
      ],
      view,
    ),
  ];
}

function stoppedLines(service: StoppedService, view: TimedView): readonly Line[] {
  const port = service.port === undefined ? '' : `, port ${service.port}`;
  const text = `${supervisorName(service.supervisor)}: ${service.binary}${port}, data ${service.dataDir}`;
  return [[], ...paragraph(['  ', ink('red', 'not running '), ' '], [text], view)];
}

function folderLines(folder: RanchFolder, view: TimedView): readonly Line[] {
  const { lease, confirmed, previous } = folder;
  const held =
    lease === undefined
      ? []
      : fact(
          4,
          'lease',
          [
            `${lease.holder}, token ${lease.token}, ${lease.remainingSeconds > 0 ? `${lease.remainingSeconds} s left` : 'run out'}${lease.switching ? ', in a switch' : ''}`,
          ],
          view,
        );
  return [
    [],
    ['  ', ink('bold', `${folder.binDir}/.ranch`), `, ${count(folder.releases.length, 'release')} kept`],
    ...fact(4, 'confirmed', [confirmed === undefined ? 'none' : short(confirmed)], view),
    ...fact(4, 'previous', [previous === undefined ? 'none' : short(previous)], view),
    ...held,
    ...(folder.armed
      ? fact(4, 'armed', [ink('yellow', 'a revert is armed and not yet confirmed')], view)
      : []),
    ...(folder.leftovers > 0
      ? fact(4, 'leftovers', [ink('yellow', `${folder.leftovers} of a run that was cut off`)], view)
      : []),
  ];
}

/** Everything that one look at a host found, for `status HOST` and `-v`. */
export function observationDetail(observation: Observation, view: TimedView): readonly string[] {
  const age = `${showAge(view.now - observation.at)} ago, took ${showDuration(observation.tookMs)}`;
  if (observation.kind === 'unreachable') {
    const title: Line = [ink('bold', observation.host), ink('red', ' not reached '), age];
    return [...renderLines([title], view), ...troubleText(observation.trouble, view)];
  }
  const lines: readonly Line[] = [
    [ink('bold', observation.host), `, seen ${age}`],
    ...hostLines(observation, view),
    ...observation.servers.flatMap((server) => serverLines(server, view)),
    ...(observation.servers.length === 0 ? [[], ['  ', ink('yellow', 'no SQ runs here')]] : []),
    ...observation.stopped.flatMap((service) => stoppedLines(service, view)),
    ...observation.binaries.flatMap((binary) => binaryLines(binary, view)),
    ...observation.dataDirs.flatMap((data) => dataLines(data, view)),
    ...observation.ranch.flatMap((folder) => folderLines(folder, view)),
  ];
  return renderLines(lines, view);
}
