import type { Clock, Random } from '../../domain/ports.ts';
import { broken, hazard, held, type Verdict } from '../../domain/verdict.ts';
import type { Coordinate } from '../../sq/coordinate.ts';
import { type Content, judgeRemains, type Numbered, numbered, type Remains } from './kills.ts';
import { below } from './seeded.ts';
import type { SqClient } from './sq-client.ts';

/** How long writers go on, at most, once each has been acknowledged, until the kill. */
const MOST_WRITING_MS = 300;
/** A server on which not one write of each writer is acknowledged by then is killed all the same. */
const FIRST_WRITE_MS = 30_000;

/** A scratch server that can be killed. */
export interface Killable {
  /** A client of the server that runs now. */
  client(): SqClient;
  /** SIGKILL, and a start on what is left, or on the content as it was copied at first. */
  restart(on: 'left' | 'copy'): Promise<void>;
}

interface Round {
  readonly number: number;
  readonly writers: readonly Numbered[];
  readonly remains: Remains;
}

interface Timing {
  readonly clock: Clock;
  readonly random: Random;
  readonly signal?: AbortSignal;
}

/** Writes numbers to one place until `stopped`, or until a request fails, which is what a kill looks like. */
async function writeOn(
  sq: SqClient,
  at: Coordinate,
  round: number,
  stopped: () => boolean,
  began: () => void,
): Promise<Numbered> {
  let acknowledged = 0;
  let sent = 0;
  try {
    while (!stopped()) {
      sent++;
      await sq.update(at, numbered(round, sent));
      acknowledged = sent;
      began();
    }
  } catch {
    // Killed while it worked: how far it came is what is asked.
  }
  began();
  return { coordinate: at, acknowledged, sent };
}

/** Kills it while it writes, and tells what the writers know. */
async function killUnderWriters(
  sq: Killable,
  places: readonly Coordinate[],
  round: number,
  { clock, random, signal }: Timing,
): Promise<readonly Numbered[]> {
  let stopped = false;
  const begun: Promise<void>[] = [];
  const client = sq.client();
  const writers = places.map((at) => {
    let began = (): void => undefined;
    begun.push(new Promise((resolve) => (began = resolve)));
    return writeOn(
      client,
      at,
      round,
      () => stopped,
      () => began(),
    );
  });
  try {
    const letGo = new AbortController();
    const waited = clock.sleep(FIRST_WRITE_MS, letGo.signal).catch(() => undefined);
    await Promise.race([Promise.all(begun), waited]);
    letGo.abort(new Error('waited enough'));
    await clock.sleep(below(random, MOST_WRITING_MS), signal);
    await sq.restart('left');
  } finally {
    stopped = true;
  }
  return await Promise.all(writers);
}

async function fileOf(sq: SqClient): Promise<Uint8Array | undefined> {
  // A file that is no text any more is not given: 500, or words about it.
  const file = await sq.file().catch(() => undefined);
  return file && !Buffer.from(file).toString('latin1', 0, 40).startsWith('Unable to open requested phext')
    ? file
    : undefined;
}

function tell(rounds: readonly Round[]): string {
  const of = (file: Remains['file']) => rounds.filter(({ remains }) => remains.file === file).length;
  const torn = rounds.length - of('whole');
  const kinds = [
    of('empty') > 0 ? `${of('empty')} left empty` : '',
    of('unreadable') > 0 ? `${of('unreadable')} no text` : '',
  ].filter((text) => text !== '');
  const lost = rounds.reduce((sum, { remains }) => sum + remains.lost, 0);
  const writers = rounds.reduce((sum, round) => sum + round.writers.length, 0);
  const how = kinds.length > 0 ? ` (${kinds.join(', ')})` : '';
  return `${torn} of ${rounds.length} kills tore the file${how}, ${lost} of ${writers} writers lost an acknowledged write`;
}

const KILL_ADVICE =
  'SQ writes a file by truncating it. End it by `ranch stop` or `ranch restart`, which wait for a quiet moment, never by kill or systemctl; keep backups (`ranch backup`).';

/** What kills under writers did, as a verdict: a torn file is what SQ is known to do, and no failure of this host. */
export function killVerdict(rounds: readonly Round[]): Verdict {
  if (rounds.every(({ writers }) => writers.every(({ acknowledged }) => acknowledged === 0))) {
    return broken('high', 'not one write was acknowledged', 'Read the log of SQ: does it write at all?');
  }
  const harmless = rounds.every(({ remains }) => remains.file === 'whole' && remains.lost === 0);
  return harmless ? held(tell(rounds)) : hazard('high', tell(rounds), KILL_ADVICE);
}

/**
 * Kills a scratch server with SIGKILL while clients write, `kills` times, each time on the whole content, and judges
 * what it has after a start. Throws what `restart` does.
 */
export async function killRounds(
  sq: Killable,
  kills: number,
  places: readonly Coordinate[],
  content: Content,
  timing: Timing,
): Promise<Verdict> {
  const rounds: Round[] = [];
  for (let number = 1; number <= kills; number++) {
    timing.signal?.throwIfAborted();
    const writers = await killUnderWriters(sq, places, number, timing);
    const remains = await judgeRemains(await fileOf(sq.client()), content, number, writers);
    rounds.push({ number, writers, remains });
    if (remains.file !== 'whole') await sq.restart('copy');
  }
  return killVerdict(rounds);
}
