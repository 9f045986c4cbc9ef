import type { Version } from '../../domain/brand.ts';
import { RanchError } from '../../domain/errors.ts';
import type { Limits } from '../../domain/http.ts';
import type { Clock, Shell } from '../../domain/ports.ts';
import type { HostSpec } from '../../domain/ranch.ts';
import type { Secret } from '../../domain/secret.ts';
import { endsWhole } from '../../host/file-end.ts';
import { httpOver } from '../../host/http.ts';
import { unitShell } from '../../host/unit-shell.ts';
import { capabilities } from '../../sq/capabilities.ts';
import { ORIGIN } from '../../sq/coordinate.ts';
import { parseScrollBytes } from '../../sq/replies.ts';
import { selectRequest, type Target } from '../../sq/requests.ts';
import { unsavedReason } from '../on-disk.ts';
import type { Ask, Subject } from '../subject.ts';

/** SQ linked with libphext 0.3.0 takes seconds to load the real CYOA, and a minute on a machine that is busy. */
const DEADLINE_MS = 180_000;
/** What a reply may have beyond the phext files themselves. */
const ROOM_BYTES = 64 * 1024 * 1024;

/** A running instance that may be asked for its phexts. */
export interface Served {
  readonly shell: Shell;
  readonly spec: HostSpec;
  readonly dataDir: string;
  readonly port: number;
  /** `host:port`. */
  readonly place: string;
  readonly version: Version | undefined;
  /** The phext that it is there for, which it holds in memory. */
  readonly primary: string | undefined;
  readonly key?: Secret;
  /** Phexts that have a file: another name would make SQ create an empty one. */
  readonly phexts: readonly string[];
  /** Of all of them. */
  readonly dataBytes: number;
}

/** One phext of a running instance, to ask for. */
export interface PhextServer {
  readonly ask: Ask;
  readonly target: Target;
  readonly place: string;
  /** Whether its file can be asked for: see `endsWhole`. */
  readonly whole: () => Promise<boolean>;
  /** Requests that were made so far. */
  readonly asked: () => number;
}

/** A subject as a server to be asked. Throws `permission-denied` where its key cannot be read. */
export async function servedOf(subject: Subject): Promise<Served> {
  const { spec, shell, instance, place, version, primary } = subject;
  const key = await unitShell(shell, spec).key(instance);
  return {
    shell,
    spec,
    dataDir: instance.dataDir,
    port: instance.port,
    place,
    version,
    primary,
    ...(key ? { key } : {}),
    phexts: subject.phexts.map(({ name }) => name),
    dataBytes: instance.dataBytes,
  };
}

function refused(code: 'no-such-phext' | 'host-unsupported' | 'unsaved', place: string) {
  return (message: string, remedy: string): RanchError => new RanchError({ code, place, message, remedy });
}

/** Why an instance is not asked for its phexts over HTTP; undefined where it may be. */
export function whyNotAsked({ version, primary }: Pick<Served, 'version' | 'primary'>): string | undefined {
  if (!capabilities(version).probeOverHttp) {
    return `${version ?? '0.5.1 or older'} is not asked: every request rewrites its file`;
  }
  return primary === undefined ? 'which phext it is there for is not known' : undefined;
}

/** Throws where asking for that phext could do harm: a ghost file, an eviction of what is not on the disk. */
async function mustBeHarmless(served: Served, phext: string, ask: Ask, primary: Target): Promise<void> {
  const { place, phexts, shell, spec, dataDir } = served;
  if (!phexts.includes(phext)) {
    throw refused('no-such-phext', place)(
      `there is no ${phext}.phext in its data directory`,
      `It has: ${phexts.slice(0, 10).join(', ') || 'none'}. SQ was not asked: it would have made an empty one.`,
    );
  }
  if (phext === primary.phext) return;
  const whole = () => endsWhole(shell, spec, dataDir, primary.phext);
  const why = phexts.includes(primary.phext) ? await unsavedReason(ask, primary, place, whole) : undefined;
  if (why === undefined) return;
  throw refused('unsaved', place)(
    `${why}, and asking for ${phext} would drop it`,
    `Read it out first (\`ranch content rescue HOST --phext ${primary.phext}\`), free space, and write any scroll.`,
  );
}

/**
 * Asks a running instance for one of its phexts. SQ holds one in memory: where another than the primary is asked for,
 * what it holds must be on its disk, and the primary is held again afterwards. Throws `host-unsupported` for one that
 * must not be asked, `no-such-phext`, `unsaved`; and what `use` throws.
 */
export async function withPhext<T>(
  served: Served,
  phext: string,
  clock: Clock,
  use: (server: PhextServer) => Promise<T>,
): Promise<T> {
  const { shell, spec, dataDir, port, place, primary, key, dataBytes } = served;
  const why = whyNotAsked(served);
  if (why !== undefined || primary === undefined) {
    throw refused('host-unsupported', place)(
      why ?? '',
      'Roll out 0.5.2 or newer, and name its phext in the inventory: `instances: [{ port, phext }]`.',
    );
  }
  const limits: Limits = { deadlineMs: DEADLINE_MS, maxBytes: 2 * dataBytes + ROOM_BYTES };
  let asked = 0;
  const ask: Ask = (request) => {
    asked++;
    return httpOver(shell, clock, port, request, limits);
  };
  const keyed = key ? { key } : {};
  const first: Target = { phext: primary, ...keyed };
  await mustBeHarmless(served, phext, ask, first);
  try {
    return await use({
      ask,
      target: { phext, ...keyed },
      place,
      whole: () => endsWhole(shell, spec, dataDir, phext),
      asked: () => asked,
    });
  } finally {
    if (phext !== primary && served.phexts.includes(primary)) {
      // What came of `use` counts; a primary that is not held is loaded at the next read.
      await ask(selectRequest(first, ORIGIN))
        .then((reply) => parseScrollBytes(reply, place))
        .catch(() => undefined);
    }
  }
}
