import { ERROR_CODES, EXIT, type Trouble } from '../domain/errors.ts';
import { ink, type Line, renderLines } from './line.ts';
import { nameSome } from './name-some.ts';
import { paragraph } from './paragraph.ts';
import { count } from './quantity.ts';
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

function block(title: string, hosts: string, trouble: Trouble, view: View): readonly Line[] {
  const { failed, arrow } = view.style.symbols;
  const head: Line = [ink('bold', title), ink('gray', `: ${trouble.code}`)];
  const cause = lines(trouble, trouble.message).flatMap((line) => paragraph(['  '], [line], view));
  const remedy = lines(trouble, trouble.remedy).flatMap((line, index) =>
    paragraph([index === 0 ? ink('bold', `  ${arrow} `) : '    '], [line], view),
  );
  return [
    ...paragraph([ink('red', `${failed} `)], head, view),
    ...(hosts === '' ? [] : paragraph(['  ', ink('gray', 'on '), ''], [hosts], view)),
    ...cause,
    ...(trouble.remedy === '' ? [] : remedy),
  ];
}

/** The lines of one error, for a view that shows it among others. */
export function troubleLines(trouble: Trouble, view: View): readonly Line[] {
  return block(trouble.place === '' ? 'ranch' : trouble.place, '', trouble, view);
}

/** One error as a user meets it, three short lines: the place and the code, what went wrong, what to do now. */
export function troubleText(trouble: Trouble, view: View): readonly string[] {
  return renderLines(troubleLines(trouble, view), view);
}

/** The host (or file) of a place such as `h1 /usr/local/bin/sq`. */
function nameOf(trouble: Trouble): string {
  return trouble.place.split(' ')[0] ?? '';
}

/** A trouble without the name of its host, which then compares equal to the same trouble elsewhere. */
function nameless(trouble: Trouble): Trouble {
  const name = nameOf(trouble);
  if (name === '' || ERROR_CODES[trouble.code] === EXIT.usage) return trouble;
  const whole = new RegExp(`(?<![\\w.-])${name.replace(/[^\w]/g, '\\$&')}(?![\\w-])`, 'g');
  const without = (text: string): string => text.replace(whole, ANY_HOST);
  return {
    code: trouble.code,
    place: without(trouble.place),
    message: without(trouble.message),
    remedy: without(trouble.remedy),
  };
}

function groupBlock(troubles: readonly Trouble[], view: View): readonly Line[] {
  const [first] = troubles;
  if (!first) return [];
  const hosts = new Set(troubles.map(nameOf)).size;
  if (hosts === 1) return troubleLines(first, view);
  return block(count(hosts, 'host'), nameSome(troubles.map(nameOf), MAX_NAMES), nameless(first), view);
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
  return renderLines(
    [...groups.values()].flatMap((group) => groupBlock(group, view)),
    view,
  );
}
