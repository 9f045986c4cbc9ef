import type { Ended } from '../cli/captured.ts';
import type { Herd } from '../cli/herd.ts';

/** Names for what differs from run to run, in the order in which it turns up. */
class Names {
  readonly #known = new Map<string, string>();
  readonly #counts = new Map<string, number>();

  of(what: string, kind: string): string {
    const known = this.#known.get(what);
    if (known !== undefined) return known;
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    const name = `${kind}${count}`;
    this.#known.set(what, name);
    return name;
  }
}

/** Replaces ids, times, ports, paths and checksums by names that are the same in every run. */
export function normaliser(herd: Herd): (text: string) => string {
  const names = new Names();
  const ports = new Map(
    herd.lab.hosts.flatMap((host) => [
      ...host.instances.map(({ port }, at) => [String(port), `${host.name}.port${at + 1}`] as const),
      [String(host.port), `${host.name}.ssh`] as const,
    ]),
  );
  return (text) =>
    text
      .replaceAll(herd.lab.dir, 'LAB')
      .replaceAll(herd.dir, 'DIR')
      .replace(/\br-[0-9a-z]{12}\b/g, (id) => names.of(id, 'r-'))
      .replace(/\b[0-9a-f]{64}\b/g, (sha) => names.of(sha.slice(0, 12), 'sha'))
      .replace(/\b[0-9a-f]{12}\b/g, (sha) => names.of(sha, 'sha'))
      .replace(/\b\d{5}\b/g, (port) => ports.get(port) ?? port)
      .replace(/\bby \S+ \(pid \d+\)/g, 'by USER (pid PID)')
      .replace(/\b(pid |process |pids=)\d+(,\d+)*/g, '$1PID')
      .replace(/tries=\d+/g, 'tries=N')
      .replace(/, as \S+(,| in|$)/gm, ', as USER$1')
      .replace(/\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?Z)?/g, 'DATE')
      .replace(/^( *)\d\d:\d\d:\d\d /gm, '$1TIME ')
      .replace(/(?<=[(\s])\d+(?:\.\d+)? (?:ms|s|min|h)\b(?: \d+ (?:s|min)\b)?/g, 'SPAN')
      .replace(/\b\d+(\.\d+)? [kM]B\b/g, 'SIZE')
      .replace(/bytes=\d+/g, 'bytes=N')
      .replace(/\(\d+ bytes/g, '(N bytes')
      .replaceAll(Intl.DateTimeFormat().resolvedOptions().timeZone, 'ZONE')
      .replace(/linux-[\w]+-(gnu|musl)/g, 'linux-ARCH-LIBC')
      .replace(/(?<=\S) {2,}/g, '  ')
      .replace(/[ ]+$/gm, '');
}

/** A command with all that it gave, as it stands in a golden file: `1` stdout, `2` stderr, `=` the exit code. */
export function told(
  line: string,
  { stdout, stderr, exitCode }: Ended,
  normal: (text: string) => string,
): string {
  const part = (mark: string, text: string): string =>
    text === '' ? '' : `${normal(text.trimEnd()).replace(/^/gm, `${mark} `).replace(/ $/gm, '')}\n`;
  return `$ ranch ${line}\n${part('1', stdout)}${part('2', stderr)}= ${exitCode}\n`;
}
