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
  const known = stripped.get(text);
  if (known !== undefined) return known;
  const short = stripOnce(text);
  stripped.set(text, short);
  return short;
}

/** By script. A program has a few dozen, and a rollout sends each to every host. */
const stripped = new Map<string, string>();

function stripOnce(text: string): string {
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
 * Ends what runs when the channel closes before the script does: at its deadline, when somebody gives up, when the
 * connection breaks. sshd does not do it (a script would only notice at its next output), and a signal sent over SSH
 * reaches neither root's sessions nor what sudo started. A reader of the otherwise unused standard input sees the end
 * and stops the process groups of the session ($g) and of the script, not what has detached itself (setsid). It is
 * gone before the end marker is printed. Where the shell leads no group of its own, nothing is stopped.
 */
const WATCH = [
  'exec 3<&0 </dev/null',
  '(read -r w <&3; kill -TERM -$g; kill -TERM -$$) >/dev/null 2>&1 & w=$!',
  'exec 3<&-',
].join('\n');

/**
 * What runs the script (its first two arguments: the session's process group, the script) as the user it is to run as.
 * Whoever logs in, the script finds the C locale, system directories on the PATH and no alias. The start marker is
 * printed from halves, so that a shell which echoes its command line does not seem to have begun.
 */
function runner(nonce: string, hasInput: boolean): string {
  return [
    'g=$1; s=$2; shift 2',
    'unalias -a 2>/dev/null',
    'LC_ALL=C PATH=$PATH:/usr/sbin:/sbin:/usr/bin:/bin',
    'export LC_ALL PATH',
    `printf '%s%s\\n' ${nonce.slice(0, 16)} ${nonce.slice(16)}-begins`,
    ...(hasInput ? [] : [WATCH]),
    '(eval "$s"); c=$?',
    ...(hasInput ? [] : ['kill $w 2>/dev/null']),
    ending(nonce, '$c'),
  ].join('\n');
}

function ending(nonce: string, code: string): string {
  return `printf '%s%s %d\\n' ${nonce.slice(0, 16)} ${nonce.slice(16)}-ends ${code}`;
}

/** Runs the runner (first argument) as root: by itself where we are root already, else by sudo. */
function asRoot(nonce: string, prompt: string | undefined): string {
  const sudo = prompt === undefined ? 'sudo -n' : `sudo -S -p ${quote(prompt)}`;
  return [
    'r=$1; shift',
    'if [ "$(id -u)" = 0 ]; then set -- $$ "$@"; eval "$r"',
    `else ${sudo} -- /bin/sh -c "$r" ranch $$ "$@"`,
    // Where sudo refused, this is the only end, and there was no beginning.
    `${ending(nonce, '$?')}; fi`,
  ].join('\n');
}

/**
 * The one exec request that runs a script: the login shell is replaced by /bin/sh, which prints a start marker, runs
 * the script with its arguments in a subshell, and prints an end marker with the exit code. Pure.
 */
export function commandLine(script: RemoteScript, nonce: string, become: Become): string {
  const run = runner(nonce, script.stdin !== undefined);
  const args = [strip(script.text), ...script.args].map(quote).join(' ');
  return become.kind === 'no'
    ? `exec /bin/sh -c ${quote(`set -- $$ "$@"\n${run}`)} ranch ${args}`
    : `exec /bin/sh -c ${quote(asRoot(nonce, become.prompt))} ranch ${quote(run)} ${args}`;
}
