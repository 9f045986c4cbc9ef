import type {
  ContentOutcome,
  ContentPreview,
  ContentVerified,
  PhextState,
  ScrollDifference,
} from '../domain/content.ts';
import { ink, type Line, renderLines } from './line.ts';
import { paragraph } from './paragraph.ts';
import { count, grouped, showBytes } from './quantity.ts';
import type { View } from './style.ts';

/** Differences that are listed where nobody asked for all of them. */
const LISTED = 12;

const MARKS = { added: ['+', 'green'], changed: ['~', 'yellow'], removed: ['-', 'red'] } as const;

function sizes({ before, after }: ScrollDifference): string {
  if (before === undefined) return `${grouped(after ?? 0)} B`;
  return after === undefined ? `${grouped(before)} B` : `${grouped(before)} B to ${grouped(after)} B`;
}

function differenceLine(one: ScrollDifference): Line {
  const [mark, colour] = MARKS[one.kind];
  return [ink(colour, `  ${mark} ${one.coordinate}`), ` ${sizes(one)}`, ink('gray', ` ${one.summary}`)];
}

function listed(differences: readonly ScrollDifference[], all: boolean): readonly Line[] {
  const shown = all ? differences : differences.slice(0, LISTED);
  const more = differences.length - shown.length;
  return [
    ...shown.map(differenceLine),
    ...(more > 0 ? [[ink('gray', `  and ${grouped(more)} more (-v names all)`)]] : []),
  ];
}

/** `3 added, 1 changed`; `nothing` where two phexts are the same. */
export function showDifferences(differences: readonly ScrollDifference[]): string {
  const kinds = ['added', 'changed', 'removed'] as const;
  const parts = kinds.flatMap((kind) => {
    const amount = differences.filter((one) => one.kind === kind).length;
    return amount > 0 ? [`${grouped(amount)} ${kind}`] : [];
  });
  return parts.join(', ') || 'no scroll differs';
}

/** What two sides do not share, scroll by scroll. */
export function diffLines(
  names: { readonly before: string; readonly after: string },
  differences: readonly ScrollDifference[],
  view: View,
): readonly string[] {
  const head: Line = [ink('bold', `${names.before} to ${names.after}`), `: ${showDifferences(differences)}`];
  return renderLines([head, ...differences.map(differenceLine)], view);
}

function stateWords(state: PhextState | undefined): string {
  return state === undefined ? 'nothing' : `${count(state.scrolls, 'scroll')} (${grouped(state.bytes)} B)`;
}

function previewBlock(preview: ContentPreview, view: View, all: boolean): readonly Line[] {
  switch (preview.kind) {
    case 'change': {
      const { host, port, before, after, differences, notes } = preview;
      const what = `: ${stateWords(after)} in place of ${stateWords(before)}: ${showDifferences(differences)}`;
      return [
        [ink('bold', `${host}:${port}`), what],
        ...listed(differences, all),
        ...notes.flatMap((note) => paragraph(['  '], [note], view)),
      ];
    }
    case 'same':
      return [
        [ink('bold', `${preview.host}:${preview.port}`), ': has exactly that already; it will be verified'],
      ];
    case 'absent':
      return [[ink('bold', preview.host), ': not there, as the inventory expects']];
    case 'refused': {
      const { message, remedy } = preview.trouble;
      return paragraph(
        [ink('bold', preview.host), ink('red', ' left alone: ')],
        [`${message}. ${remedy}`],
        view,
      );
    }
  }
}

/** What would be done to each host; `all` names every scroll. */
export function previewLines(
  previews: readonly ContentPreview[],
  view: View,
  all: boolean,
): readonly string[] {
  return renderLines(
    previews.flatMap((preview) => previewBlock(preview, view, all)),
    view,
  );
}

function verifiedWords(verified: ContentVerified): string {
  if (verified.kind === 'not-asked')
    return `its file is on the disk; not verified through the API: ${verified.why}`;
  const { scrolls, medianMs, p95Ms } = verified;
  const read = `${count(scrolls, 'scroll')} read back (median ${medianMs.toFixed(1)} ms, p95 ${p95Ms.toFixed(1)} ms)`;
  if (verified.kind === 'served') return read;
  return `${read}; clients have written ${count(verified.written.length, 'scroll')} since`;
}

/** What became of one host. */
export function contentOutcomeLines(outcome: ContentOutcome, view: View): readonly string[] {
  const place = outcome.port === undefined ? outcome.host : `${outcome.host}:${outcome.port}`;
  const kept =
    outcome.kept === undefined ? [] : [[ink('gray', `  what was replaced lies in ${outcome.kept}`)]];
  if ('verified' in outcome) {
    const down = outcome.downMs > 0 ? `, down for ${outcome.downMs} ms` : '';
    const head = [ink('bold', place), ink('green', ` ${outcome.outcome}`), down];
    return renderLines([...paragraph(head, [`: ${verifiedWords(outcome.verified)}`], view), ...kept], view);
  }
  const { message, remedy } = outcome.trouble;
  const head = [ink('bold', place), ink('red', ` ${outcome.outcome}: `)];
  return renderLines(
    [...paragraph(head, [message], view), ...paragraph(['  '], [remedy], view), ...kept],
    view,
  );
}

/** What was read out of a server's memory. */
export function rescuedLines(
  rescued: {
    readonly place: string;
    readonly file: string;
    readonly phext: PhextState;
    readonly proven: boolean;
    readonly onDisk?: number;
  },
  view: View,
): readonly string[] {
  const { place, file, phext, proven, onDisk } = rescued;
  const disk =
    onDisk === undefined ? 'there is no file' : `the file has ${showBytes(onDisk)} (${grouped(onDisk)} B)`;
  const sum = proven
    ? 'with the checksum that SQ tells'
    : 'of one moment; clients wrote all the time, so that its checksum could not be compared';
  return renderLines(
    [
      [ink('bold', place), `: ${stateWords(phext)} written to ${file}, ${sum}`],
      [`  on the host's disk ${disk}`],
    ],
    view,
  );
}
