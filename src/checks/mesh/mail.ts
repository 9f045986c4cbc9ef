import pLimit from 'p-limit';
import { RanchError } from '../../domain/errors.ts';
import type { Finding } from '../../domain/finding.ts';
import type { HttpReply, HttpRequest } from '../../domain/http.ts';
import type { MailboxTally } from '../../domain/mesh.ts';
import { broken, held, type Verdict } from '../../domain/verdict.ts';
import type { Coordinate } from '../../sq/coordinate.ts';
import {
  drawTestPlace,
  isAt,
  mailboxNumber,
  messageLine,
  type RelayMessage,
  type TestPlace,
  testBroadcast,
  testMailbox,
  testMessage,
  testMessagesIn,
} from '../../sq/relay.ts';
import { parseScroll, parseStatus, parseWritten } from '../../sq/replies.ts';
import { deleteRequest, insertByQueryRequest, selectRequest, statusRequest } from '../../sq/requests.ts';
import { finding, unasked } from '../finding.ts';
import type { MeshPorts } from './host.ts';
import { forgetScratch, type Mailbox, type NoMailbox, readyMailbox } from './mail-ready.ts';
import { askOwn, OWN_LIMITS, type OwnView } from './own.ts';
import { type Link, PAIR_LIMITS } from './pairs.ts';

/** A mailbox of a large ranch holds a message of 300 bytes from each. */
const READ_LIMITS = { ...OWN_LIMITS, maxBytes: 1024 * 1024 };
/** Messages left in one SQ at once. */
const SENDING_AT_ONCE = 8;
/** Mailboxes of hosts whose sentinel has none: after the seven that are known. */
const FIRST_UNNAMED = 8;
const UNNAMED = 990;

/** One test of all mailboxes. */
interface Run {
  readonly name: string;
  readonly place: TestPlace;
  readonly ports: MeshPorts;
}

interface Box extends Mailbox {
  readonly host: string;
  readonly mailbox: Coordinate;
  readonly broadcast: Coordinate;
}

/** What came of a link: undefined where it carried both ways. */
interface Sent {
  readonly from: string;
  readonly trouble?: string;
  readonly heard: boolean;
}

const at = ({ view: { node } }: { readonly view: OwnView }) => ({
  host: node.host,
  ...(node.port === undefined ? {} : { port: node.port }),
});

/** Like two people with one name: a place that no message of any relay lies in. */
function drawFree(boxes: readonly Mailbox[], { random }: MeshPorts): TestPlace {
  for (;;) {
    const place = drawTestPlace(() => random.next());
    if (!boxes.some(({ taken }) => taken.some((coordinate) => isAt(coordinate, place)))) return place;
  }
}

function isOurs({ subject }: RelayMessage, run: Run): boolean {
  return subject === `mesh check ${run.name}`;
}

/** Asks a mailbox's SQ over its own host's loopback. */
function own(box: Box, request: HttpRequest, signal?: AbortSignal): Promise<HttpReply> {
  return askOwn(box.view.target, request, READ_LIMITS, signal);
}

/** Leaves the broadcast of an SQ's own host in it, for the others to read. */
async function announce(box: Box, run: Run): Promise<void> {
  const message = testMessage(run.name, box.host, 'all', box.broadcast, run.ports.clock.now());
  const leave = insertByQueryRequest(box.phext, box.broadcast, messageLine(message));
  parseWritten(await own(box, leave, run.ports.signal), box.view.target.subject.place);
}

/**
 * Reads the broadcast of an SQ as another host sees it, then leaves a message in its mailbox. The broadcast is read first,
 * and shows that what answers at that address is the SQ that is meant: nothing is ever written to another.
 */
async function send({ from, pair }: Link, box: Box, run: Run): Promise<Sent> {
  const sender = from.spec.name;
  const { subject } = box.view.target;
  const { address = '' } = pair;
  const { signal } = run.ports;
  const ask = async (request: HttpRequest): Promise<HttpReply> =>
    (await from.way.ask(address, subject.instance.port, request, PAIR_LIMITS, signal)).reply;
  try {
    const text = parseScroll(await ask(selectRequest(box.phext, box.broadcast)), subject.place);
    const heard = testMessagesIn(text).messages.filter((one) => isOurs(one, run) && one.from === box.host);
    if (heard.length !== 1) {
      return { from: sender, heard: false, trouble: 'another server answers there' };
    }
    const message = testMessage(run.name, sender, box.host, box.mailbox, run.ports.clock.now());
    const leave = insertByQueryRequest(box.phext, box.mailbox, messageLine(message));
    parseWritten(await ask(leave), subject.place);
    return { from: sender, heard: true };
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof RanchError) || error.code === 'internal') throw error;
    return { from: sender, heard: false, trouble: error.message };
  }
}

interface Delivered {
  readonly read: number;
  readonly verdict: Verdict;
}

/** What arrived in a mailbox, as its own host reads it, against what was sent. */
async function collect(box: Box, sent: readonly Sent[], run: Run): Promise<Delivered> {
  const { place } = box.view.target.subject;
  const read = await own(box, selectRequest(box.phext, box.mailbox), run.ports.signal);
  const { messages, others } = testMessagesIn(parseScroll(read, place));
  const senders = messages.filter((one) => isOurs(one, run) && one.to === box.host).map(({ from }) => from);
  const once = (name: string): boolean => senders.filter((one) => one === name).length === 1;
  const good = sent.filter(({ from, trouble }) => trouble === undefined && once(from));
  const bad = sent.filter((one) => !good.includes(one));
  const heard = sent.filter((one) => one.heard).length;
  const where = box.scratch ? ' (in a scratch phext: it has no sibling-relay)' : '';
  const what = `${good.length} of ${sent.length} messages arrived, ${heard} hosts read its broadcast${where}`;
  const lost = bad.map(({ from, trouble }) => `${from}: ${trouble ?? 'its message is not there'}`);
  const verdict =
    lost.length === 0 && others === 0
      ? held(what)
      : broken(
          'high',
          [...lost, ...(others > 0 ? [`${others} lines of others`] : []), what].join('; '),
          'Look whether several servers answer at that address, and whether SQ keeps what it is sent (`ranch smoke`).',
        );
  return { read: good.length + heard, verdict };
}

/** Removes the test's scrolls and makes SQ hold its primary phext again; says what stayed. */
async function tidy(box: Box): Promise<Verdict | undefined> {
  const { place } = box.view.target.subject;
  const left: string[] = [];
  let hold: Verdict | undefined;
  try {
    for (const coordinate of [box.mailbox, box.broadcast, ...box.leftovers]) {
      await own(box, deleteRequest(box.phext, coordinate));
      const text = parseScroll(await own(box, selectRequest(box.phext, coordinate)), place);
      if (text !== '') left.push(coordinate);
    }
  } catch (error) {
    hold = unasked('medium', error, place);
  }
  try {
    const { hosting } = parseStatus(await own(box, statusRequest(box.primary)), place);
    if (hosting.split('/').at(-1) !== `${box.primary.phext}.phext`) {
      hold ??= broken('high', `it holds ${hosting}`, 'Read any scroll of the primary phext.');
    }
    if (box.scratch) await forgetScratch(box);
  } catch (error) {
    hold ??= unasked('medium', error, place);
  }
  if (hold) return hold;
  if (left.length === 0) return undefined;
  return broken(
    'medium',
    `${left.join(', ')} of ${box.phext.phext} still hold text`,
    'Delete those scrolls.',
  );
}

/** What mailboxes gave. */
export interface Mailed {
  readonly tally: MailboxTally | undefined;
  readonly findings: readonly Finding[];
}

/** Every host sends to every mailbox that it reaches; then each is read. */
async function exchange(
  boxes: readonly Box[],
  links: readonly Link[],
  run: Run,
): Promise<{ readonly tally: MailboxTally; readonly findings: readonly Finding[] }> {
  const each = await Promise.all(
    boxes.map(async (box) => {
      const sending = pLimit(SENDING_AT_ONCE);
      const mine = links.filter(({ view }) => view === box.view);
      const sent = await Promise.all(mine.map((link) => sending(() => send(link, box, run))));
      const { read, verdict } = await collect(box, sent, run);
      const told = finding(
        at(box),
        'mesh mailbox',
        'its mailbox and its broadcast, from every host',
        verdict,
      );
      return { sent: 2 * sent.length, read, told };
    }),
  );
  const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
  const tally = {
    sent: sum(each.map(({ sent }) => sent)),
    read: sum(each.map(({ read }) => read)),
    boxes: boxes.length,
    leftAlone: 0,
  };
  return { tally, findings: each.map(({ told }) => told) };
}

/** Puts the broadcasts in place, has all sent and read, and removes every message, whatever happened. */
async function runTest(boxes: readonly Box[], links: readonly Link[], run: Run) {
  const left: Finding[] = [];
  try {
    const announced = await Promise.all(
      boxes.map(async (box) => {
        try {
          await announce(box, run);
          return [box];
        } catch (error) {
          run.ports.signal?.throwIfAborted();
          left.push(
            finding(at(box), 'mesh mailbox', 'a broadcast of its own', unasked('high', error, box.host)),
          );
          return [];
        }
      }),
    );
    const { tally, findings } = await exchange(announced.flat(), links, run);
    return { tally, findings: [...findings, ...left], left };
  } finally {
    const tidied = await Promise.all(boxes.map(async (box) => ({ box, stayed: await tidy(box) })));
    for (const { box, stayed } of tidied) {
      if (stayed) left.push(finding(at(box), 'mesh tidy', 'that nothing of the test stays', stayed));
    }
  }
}

/**
 * Tries the mailboxes of all SQ that others reach: each host leaves a message in each, and reads the broadcast of each.
 * Messages of people are never touched (see `TestPlace`); what the test wrote is removed, and each SQ holds its primary
 * phext again.
 */
export async function tryMailboxes(
  views: readonly OwnView[],
  links: readonly Link[],
  ports: MeshPorts,
): Promise<Mailed> {
  const good = links.filter(({ pair, view }) => pair.state === 'ok' && view.node.state === 'ok');
  const reached = views.filter((one) => good.some(({ view }) => view === one));
  const found = await Promise.all(reached.map((view) => readyMailbox(view, ports)));
  ports.signal?.throwIfAborted();
  const none = found.filter((one): one is NoMailbox => 'why' in one);
  const open = found.filter((one): one is Mailbox => !('why' in one));
  const run: Run = { name: ports.random.hex(12), place: drawFree(open, ports), ports };
  const boxes = open.map((one, index): Box => {
    const { spec } = one.view.target.host;
    const number = mailboxNumber(spec.sentinel) ?? FIRST_UNNAMED + (index % UNNAMED);
    const { place } = run;
    return { ...one, host: spec.name, mailbox: testMailbox(place, number), broadcast: testBroadcast(place) };
  });
  const asked = 'its mailbox and its broadcast, from every host';
  const alone = none.map((one) => finding(at(one), 'mesh mailbox', asked, one.why));
  if (boxes.length === 0) return { tally: undefined, findings: alone };
  const { tally, findings, left } = await runTest(boxes, good, run);
  return {
    tally: { ...tally, leftAlone: none.length },
    findings: [...alone, ...findings, ...left.filter((one) => !findings.includes(one))],
  };
}
