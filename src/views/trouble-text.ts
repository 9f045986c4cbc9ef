import { ERROR_CODES, EXIT, type Trouble } from '../domain/errors.ts';
import { ink, type Line, renderLines } from './line.ts';
import { paragraph } from './paragraph.ts';
import { count, grouped } from './quantity.ts';
import type { View } from './style.ts';

/** Hosts named in one block; the rest is counted. All of them are in the records (`--json`). */
const MAX_NAMES = 60;

/** Lines of one message: an inventory with many mistakes shows this many. */
const MAX_LINES = 40;

/** What stands for the host's name where one block speaks of many hosts. */
const ANY_HOST = 'HOST';

/**
 * Configuration errors are about files of this machine and may have several lines. A message about a host may quote
 * the host, whose line breaks stay escaped: nothing it sends can look like a line of ranch's own.
 */
function lines(trouble: Trouble, text: string): readonly string[] {
  if (ERROR_CODES[trouble.code] !== EXIT.usage) return [text.trim()];
  const all = text.trim().split('\n');
  const left = all.length - MAX_LINES;
  return left > 0 ? [...all.slice(0, MAX_LINES), `and ${count(left, 'more line')}`] : all;
}

function block(title: Line, trouble: Trouble, view: View): readonly Line[] {
  const { failed, arrow } = view.style.symbols;
  const cause = lines(trouble, trouble.message).flatMap((line) => paragraph(['  '], [line], view));
  const remedy = lines(trouble, trouble.remedy).flatMap((line, index) =>
    paragraph([index === 0 ? ink('bold', `  ${arrow} `) : '    '], [line], view),
  );
  const head = paragraph([ink('red', `${failed} `)], title, view);
  return [...head, ...cause, ...(trouble.remedy === '' ? [] : remedy)];
}

/** One error as a user meets it, three short lines: the place and the code, what went wrong, what to do now. */
export function troubleText(trouble: Trouble, view: View): readonly string[] {
  const place = trouble.place === '' ? 'ranch' : trouble.place;
  return renderLines(block([ink('bold', place), ink('gray', ` ${trouble.code}`)], trouble, view), view);
}

/** The host (or file) of a place such as `h1 /usr/local/bin/sq`. */
function nameOf(trouble: Trouble): string {
  return trouble.place.split(' ')[0] ?? '';
}

function nameless(trouble: Trouble): Trouble {
  const name = nameOf(trouble);
  if (name === '') return trouble;
  const without = (text: string): string => text.split(name).join(ANY_HOST);
  return {
    code: trouble.code,
    place: without(trouble.place),
    message: without(trouble.message),
    remedy: without(trouble.remedy),
  };
}

/** `a, b, c and 12 more`. */
function namesOf(troubles: readonly Trouble[]): string {
  const names = [...new Set(troubles.map(nameOf))];
  const rest = names.length - MAX_NAMES;
  return names.slice(0, MAX_NAMES).join(', ') + (rest > 0 ? ` and ${grouped(rest)} more` : '');
}

function groupBlock(troubles: readonly Trouble[], view: View): readonly string[] {
  const [first] = troubles;
  if (!first) return [];
  if (troubles.length === 1) return troubleText(first, view);
  const names = count(new Set(troubles.map(nameOf)).size, 'host');
  const title: Line = [ink('bold', `${names}: ${namesOf(troubles)}`), ink('gray', ` ${first.code}`)];
  return renderLines(block(title, nameless(first), view), view);
}

/**
 * Errors of many hosts: the same trouble (code, cause and remedy alike but for the host's name) is told once, with
 * the hosts it is true of. In the order of their first appearance.
 */
export function troublesText(troubles: readonly Trouble[], view: View): readonly string[] {
  const groups = new Map<string, Trouble[]>();
  for (const trouble of troubles) {
    const { code, place, message, remedy } = nameless(trouble);
    const key = JSON.stringify([code, place, message, remedy]);
    const group = groups.get(key);
    if (group) group.push(trouble);
    else groups.set(key, [trouble]);
  }
  return [...groups.values()].flatMap((group) => groupBlock(group, view));
}
