import { RanchError, troubleOf } from '../domain/errors.ts';
import type { HttpReply, HttpRequest } from '../domain/http.ts';
import type { PlannedInstance } from '../domain/plan.ts';
import type { Facts } from '../domain/rollout.ts';
import type { HostLink } from '../host/access.ts';
import type { CopiedPhext, Lease, ScratchServer } from '../host/unit-host.ts';
import { primaryPhext } from '../plan/primary-phext.ts';
import { capabilities } from '../sq/capabilities.ts';
import { asCoordinate, type Coordinate } from '../sq/coordinate.ts';
import { parseChecksum, parseScroll, parseStatus, parseToc, parseWritten } from '../sq/replies.ts';
import {
  checksumRequest,
  selectRequest,
  statusRequest,
  type Target,
  tocRequest,
  updateRequest,
} from '../sq/requests.ts';
import { connectionLost } from './connection.ts';
import type { UnitRun } from './execution.ts';
import { compareWithLive } from './unsaved.ts';

/**
 * SQ linked with the slow libphext takes 3.9 s to load the real CYOA; a host may be ten times slower. The largest answer
 * is a table of contents, and the table of a phext whose scrolls are one long line each is as large as the phext. It is
 * read to its end, since SQ 0.5.1 dies of a reader that goes away, but no more of it is kept than `keepBytes`: one of
 * 100,000 scrolls, and with all that is made of it less than 64 MiB.
 */
const PROOF_LIMITS = { deadlineMs: 45_000, maxBytes: 16 * 1024 * 1024, keepBytes: 8 * 1024 * 1024 };
/** How long scratch servers live at most: proof over a slow link, and then they end by themselves. */
export const SCRATCH_SECONDS = 120;
/** Stands in where an instance has no phext yet. */
const EMPTY_PHEXT = 'ranch-proof';
const SAMPLE = 'ranch proof 100% + a & b = c; naïve ✓ 𝛑';

/** What the first start showed of one instance, to be compared after a restart. */
interface Shown {
  readonly server: ScratchServer;
  readonly target: Target;
  readonly at: Coordinate;
  /** Of all its phexts. */
  readonly scrolls: number;
  readonly checksum: string;
}

function proofFailed(run: UnitRun, what: string, error: unknown): RanchError {
  return new RanchError(
    {
      code: 'proof-failed',
      place: run.spec.name,
      message: `the new SQ does not pass on this host's content: ${what}: ${troubleOf(error).message}`,
      remedy: 'The live server was not touched. Use a build that loads this content (`ranch artifact`).',
    },
    { cause: error },
  );
}

async function asking<T>(run: UnitRun, what: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (run.execution.control.signal.aborted || connectionLost(error)) throw error;
    throw proofFailed(run, what, error);
  }
}

/** A coordinate that no scroll of the phext has, far from where people write. */
function spareCoordinate(run: UnitRun, taken: ReadonlySet<string>): Coordinate {
  for (;;) {
    const part = () => 500 + Math.floor(run.execution.random.next() * 400);
    const three = () => `${part()}.${part()}.${part()}`;
    const coordinate = asCoordinate(`${three()}/${three()}/${three()}`);
    if (coordinate && !taken.has(coordinate)) return coordinate;
  }
}

type Ask = (request: HttpRequest, contentBytes?: number) => Promise<HttpReply>;

function askingServer(host: HostLink, port: number): Ask {
  return (request, contentBytes = 0) => {
    const maxBytes = PROOF_LIMITS.maxBytes + 2 * contentBytes;
    return host.http(port, request, { ...PROOF_LIMITS, maxBytes });
  };
}

/** What one phext of the copy holds. */
interface Contents {
  readonly taken: ReadonlySet<string>;
  readonly scrolls: number;
}

/**
 * Has the table of contents made, and reads it. One that is larger than is read here (SQ lists a scroll's whole first
 * line) was made all the same, and SQ has the number of its scrolls; which coordinates they have is not known.
 */
async function contentsOf(ask: Ask, target: Target, bytes: number, place: string): Promise<Contents> {
  try {
    const toc = parseToc(await ask(tocRequest(target), bytes), place);
    const taken = new Set(toc.map(({ coordinate }) => coordinate));
    return { taken, scrolls: taken.size };
  } catch (error) {
    if (!(error instanceof RanchError) || error.code !== 'answer-too-large') throw error;
    const { scrolls } = parseStatus(await ask(statusRequest(target)), place);
    return { taken: new Set(), scrolls };
  }
}

/** Loads every phext of the copy; the primary one last, so that the write goes to what is held. */
async function firstStart(
  run: UnitRun,
  host: HostLink,
  instance: PlannedInstance,
  server: ScratchServer,
  copied: readonly CopiedPhext[],
): Promise<Shown> {
  const ask = askingServer(host, server.sparePort);
  const place = `${run.spec.name}:${server.sparePort}`;
  const sizes = new Map(
    copied.flatMap(({ port, name, bytes }) => (port === server.port ? [[name, bytes]] : [])),
  );
  const names = [...sizes.keys()];
  const primary = primaryPhext(instance, names) ?? EMPTY_PHEXT;
  let held: Contents = { taken: new Set(), scrolls: 0 };
  let scrolls = 0;
  for (const phext of [...names.filter((name) => name !== primary), primary]) {
    held = await asking(run, `toc of ${phext}`, () =>
      contentsOf(ask, { phext, key: server.key }, sizes.get(phext) ?? 0, place),
    );
    scrolls += held.scrolls;
  }
  const target: Target = { phext: primary, key: server.key };
  if (names.includes(primary)) {
    await compareWithLive(run, host, instance, primary, held.scrolls);
  }
  const at = spareCoordinate(run, held.taken);
  return asking(run, `a write to ${primary}`, async () => {
    parseWritten(await ask(updateRequest(target, at, SAMPLE)), place);
    const checksum = parseChecksum(await ask(checksumRequest(target)), place);
    return { server, target, at, scrolls, checksum };
  });
}

/** What was written must be there after a restart, for the new binary and for the old one. */
async function secondStart(
  run: UnitRun,
  host: HostLink,
  server: ScratchServer,
  shown: Shown,
  who: 'new' | 'old',
): Promise<void> {
  const ask = askingServer(host, server.sparePort);
  const place = `${run.spec.name}:${server.sparePort}`;
  const target: Target = { ...shown.target, key: server.key };
  const what = `the ${who} binary after a restart`;
  await asking(run, what, async () => {
    const text = parseScroll(await ask(selectRequest(target, shown.at)), place);
    if (text !== SAMPLE) throw new Error(`the scroll at ${shown.at} reads back as ${text.length} characters`);
    if (who === 'old') return;
    const checksum = parseChecksum(await ask(checksumRequest(target)), place);
    if (checksum !== shown.checksum) throw new Error(`checksum ${checksum}, was ${shown.checksum}`);
  });
}

function serverOf(servers: readonly ScratchServer[], port: number): ScratchServer {
  const found = servers.find((server) => server.port === port);
  if (found) return found;
  throw new RanchError({
    code: 'host-answer-invalid',
    place: String(port),
    message: 'the host started no scratch server for this instance',
    remedy: 'Run the command again with -v.',
  });
}

/**
 * Proves the staged binary on a copy of the host's own content, before the live server is touched: it runs, loads
 * every phext, keeps a write over a restart, and the old binary reads what it wrote. Throws `proof-failed`,
 * `unsaved`, `disk-full`, `host-moved`, `never-quiet`.
 */
export async function prove(run: UnitRun, host: HostLink, lease: Lease): Promise<Facts> {
  const { unit } = run;
  const { to, from, instances } = unit;
  const proof = await host.unit.proveBegin(lease, to.sha256, SCRATCH_SECONDS, instances);
  const speaks = to.version !== undefined && capabilities(to.version).probeOverHttp;
  if (speaks && proof.version !== to.version) {
    throw proofFailed(run, 'version', new Error(`it says ${proof.version || 'nothing'}, not ${to.version}`));
  }
  const shown: Shown[] = [];
  for (const instance of instances) {
    const server = serverOf(proof.candidates, instance.port);
    shown.push(await firstStart(run, host, instance, server, proof.copied));
  }
  const { again, old } = await host.unit.proveAgain(
    lease,
    to.sha256,
    from?.sha256,
    SCRATCH_SECONDS,
    instances,
  );
  for (const each of shown) {
    await secondStart(run, host, serverOf(again, each.server.port), each, 'new');
    if (from) await secondStart(run, host, serverOf(old, each.server.port), each, 'old');
  }
  return {
    phexts: proof.copied.map(({ port, name }) => `${port} ${name}`),
    bytes: proof.copied.reduce((sum, { bytes }) => sum + bytes, 0),
    scrolls: shown.reduce((sum, { scrolls }) => sum + scrolls, 0),
  };
}
