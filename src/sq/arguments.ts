/** What a server was started with: `host PORT [--key KEY] [--data-dir DIR]`. */
export interface HostArgs {
  /** 0 means any free port. */
  readonly port: number;
  readonly hasKey: boolean;
  /** As it was given; relative to the working directory. Without it the working directory itself. */
  readonly dataDir?: string;
  /** `--config`: several tenants in one server (0.5.5 and newer), each with its own data directory. */
  readonly config?: string;
}

/** As SQ reads a port: decimal, a sign and leading zeros allowed, at most 65535. */
function asPort(text: string | undefined): number | undefined {
  const port = text !== undefined && /^\+?\d{1,20}$/.test(text) ? Number(text) : Number.NaN;
  return port <= 65_535 ? port : undefined;
}

/**
 * Reads a server's arguments (without the program) as SQ does: an option takes whatever stands after it, the last of
 * two counts, `--key=KEY` and anything unknown is passed over. Undefined when they do not start a server.
 */
export function parseHostArgs(args: readonly string[]): HostArgs | undefined {
  const port = asPort(args[1]);
  if (args[0] !== 'host' || port === undefined) return undefined;
  const given = new Map<string, string>();
  for (let at = 2; at < args.length; at++) {
    const option = args[at] ?? '';
    const value = args[at + 1];
    if (!['--key', '--data-dir', '--config'].includes(option) || value === undefined) continue;
    given.set(option, value);
    at++;
  }
  const dataDir = given.get('--data-dir');
  const config = given.get('--config');
  return {
    port,
    hasKey: given.has('--key'),
    ...(dataDir === undefined ? {} : { dataDir }),
    ...(config === undefined ? {} : { config }),
  };
}
