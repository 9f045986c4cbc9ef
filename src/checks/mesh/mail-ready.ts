import { isUtf8 } from 'node:buffer';
import { troubleOf } from '../../domain/errors.ts';
import { broken, type Verdict } from '../../domain/verdict.ts';
import { probeShell } from '../../host/probe.ts';
import { readPhextFile } from '../../host/reach.ts';
import type { Coordinate } from '../../sq/coordinate.ts';
import { explode } from '../../sq/phext.ts';
import { leftoverTests, RELAY } from '../../sq/relay.ts';
import type { Target } from '../../sq/requests.ts';
import { scratchPhext } from '../../sq/smoke.ts';
import { unasked } from '../finding.ts';
import { savedVerdict } from '../smoke/saved.ts';
import type { MeshPorts } from './host.ts';
import { askOwn, OWN_LIMITS, type OwnView } from './own.ts';

/** A relay holds messages, a few hundred bytes each; one that is larger is not what it is taken for. */
const MAX_RELAY_BYTES = 4 * 1024 * 1024;

/** What clients may write to a phext while it is compared. */
const ROOM_BYTES = 1024 * 1024;

/** An SQ whose mailbox can be tried. */
export interface Mailbox {
  readonly view: OwnView;
  /** The relay, or a scratch phext where that host has none: to ask for one that is not there would create it. */
  readonly phext: Target;
  readonly scratch: boolean;
  readonly primary: Target;
  /** Coordinates that are taken, and those that tests left behind. */
  readonly taken: readonly Coordinate[];
  readonly leftovers: readonly Coordinate[];
}

/** One whose mailbox is left alone, and why. */
export interface NoMailbox {
  readonly view: OwnView;
  readonly why: Verdict;
}

/** A file that is being written looks cut, in the middle of a character too; it is whole at one of so many looks. */
const LOOKS = 3;

/** A relay that SQ can load: text that is not UTF-8 ends 0.5.2 for good, and 0.5.4 would overwrite it. */
async function readRelay({ target }: OwnView, { signal }: MeshPorts): Promise<Uint8Array | Verdict> {
  const { spec, shell, instance } = target.subject;
  const path = `${instance.dataDir}/${RELAY}.phext`;
  for (let look = 0; look < LOOKS; look++) {
    const bytes = await readPhextFile(
      shell,
      spec.name,
      path,
      spec.become === 'sudo',
      MAX_RELAY_BYTES,
      signal,
    );
    if (isUtf8(bytes)) return bytes;
  }
  return broken('high', `${path} is not UTF-8`, 'Mend the file: an SQ that loads it fails at every request.');
}

/** Whether what SQ holds is on its disk. */
async function isSaved({ target }: OwnView, primary: Target, { signal }: MeshPorts): Promise<Verdict> {
  const { subject } = target;
  return await savedVerdict(subject, primary, (bytes) => {
    const maxBytes = ROOM_BYTES + 2 * bytes;
    return (request) => askOwn(target, request, { ...OWN_LIMITS, maxBytes }, signal);
  });
}

async function ready(view: OwnView, primary: Target, ports: MeshPorts): Promise<Mailbox | NoMailbox> {
  const { subject } = view.target;
  const may = await isSaved(view, primary, ports);
  if (!may.ok) return { view, why: may };
  const there = subject.phexts.some(({ name }) => name === RELAY);
  if (!there) {
    const phext = { phext: scratchPhext(ports.random.hex(12)) };
    return { view, phext, scratch: true, primary, taken: [], leftovers: [] };
  }
  const relay = await readRelay(view, ports);
  if (!(relay instanceof Uint8Array)) return { view, why: relay };
  const taken = explode(relay).map(({ coordinate }) => coordinate);
  const leftovers = leftoverTests(relay, ports.clock.now());
  return { view, phext: { phext: RELAY }, scratch: false, primary, taken, leftovers };
}

/** Whether the mailbox of an SQ can be tried without harm: what it holds is on its disk, and its relay can be loaded. */
export async function readyMailbox(view: OwnView, ports: MeshPorts): Promise<Mailbox | NoMailbox> {
  const { ask, node, target } = view;
  if (ask === undefined || node.state !== 'ok') {
    return { view, why: broken('info', `not tried: ${node.got}`, 'Mend that first.') };
  }
  if (ask.key !== undefined) {
    const advice = 'Nothing: a key stays on its own host, and another host would have to send it.';
    return { view, why: broken('info', 'not tried: it wants a key', advice) };
  }
  try {
    return await ready(view, ask, ports);
  } catch (error) {
    ports.signal?.throwIfAborted();
    if (troubleOf(error).code === 'internal') throw error;
    return { view, why: unasked('medium', error, target.subject.place) };
  }
}

/** Removes the scratch phext that stood in for a relay. */
export async function forgetScratch({ view, phext }: Mailbox): Promise<void> {
  const { spec, shell, binary, instance } = view.target.subject;
  await probeShell(shell, spec).forget(binary, instance.dataDir, phext.phext);
}
