import type { RemoteScript } from '../domain/ports.ts';

/** How a script becomes root. `prompt` is what sudo prints when it wants a password; without it sudo may not ask. */
export type Become = { readonly kind: 'no' } | { readonly kind: 'sudo'; readonly prompt?: string };

/** The line before a script's output and the word before its exit code, as they appear on standard output. */
export interface Markers {
  readonly start: string;
  readonly end: string;
}

/** The markers of one run. `nonce`: 32 hex digits nobody can guess. */
export function markersOf(nonce: string): Markers {
  return { start: `${nonce}-begins\n`, end: `${nonce}-ends ` };
}

/** Quotes for a POSIX shell, and for fish, where a backslash inside single quotes is special: it is put outside. */
export function quote(text: string): string {
  return `'${text.replaceAll(/['\\]/g, (character) => `'\\${character}'`)}'`;
}

const HERE_DOCUMENT = /<<-?\s*(['"]?)([A-Za-z_][A-Za-z0-9_]*)\1/;

/**
 * Leaves out blank lines and lines that are only a comment, which would travel for nothing. Here-documents stay as
 * they are; a quoted text over several lines must not hold a line that begins with `#`, except programs to which that
 * is a comment as well (awk).
 */
export function strip(text: string): string {
  let until: string | undefined;
  return text
    .split('\n')
    .filter((line) => {
      if (until !== undefined) {
        if (line.trim() === until) until = undefined;
        return true;
      }
      until = HERE_DOCUMENT.exec(line)?.[2];
      return line.trim() !== '' && !line.trimStart().startsWith('#');
    })
    .join('\n');
}

/**
 * In what a script finds itself whoever logs in: C locale, system directories on the PATH, no alias. The marker is
 * printed from halves, so that a shell which echoes its command line does not seem to have begun.
 */
function prelude(nonce: string, hasInput: boolean): string {
  return [
    // The channel's own input stays open where nothing is to be sent, since an ended one carries no signal.
    ...(hasInput ? [] : ['exec </dev/null']),
    'unalias -a 2>/dev/null',
    'LC_ALL=C PATH=$PATH:/usr/sbin:/sbin:/usr/bin:/bin',
    'export LC_ALL PATH',
    `printf '%s%s\\n' ${nonce.slice(0, 16)} ${nonce.slice(16)}-begins`,
  ].join('\n');
}

/** Runs the script (the outer shell's first argument) as root, without sudo where we are root already. */
function asRoot(become: Become): string {
  if (become.kind === 'no') return '(eval "$s")';
  const sudo = become.prompt === undefined ? 'sudo -n' : `sudo -S -p ${quote(become.prompt)}`;
  return `if [ "$(id -u)" = 0 ]; then (eval "$s"); else ${sudo} -- /bin/sh -c "$s" ranch "$@"; fi`;
}

/**
 * The one exec request that runs a script: the login shell is replaced by /bin/sh, which prints a start marker, runs
 * the script with its arguments in a subshell, and prints an end marker with the exit code. Pure.
 */
export function commandLine(script: RemoteScript, nonce: string, become: Become): string {
  const inner = `${prelude(nonce, script.stdin !== undefined)}\n${strip(script.text)}`;
  const outer = [
    's=$1; shift',
    asRoot(become),
    `printf '%s%s %d\\n' ${nonce.slice(0, 16)} ${nonce.slice(16)}-ends $?`,
  ].join('\n');
  return ['exec /bin/sh -c', quote(outer), 'ranch', quote(inner), ...script.args.map(quote)].join(' ');
}
