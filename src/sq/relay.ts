import { Buffer } from 'node:buffer';
import { type Coordinate, coordinateParts, formatCoordinate } from './coordinate.ts';
import { scrollsOf } from './phext.ts';

/** The phext in which the siblings of a ranch leave each other messages. */
export const RELAY = 'sibling-relay';

/** Whose mailbox is which: 1.1.1/1.1.1/1.1.N. */
const MAILBOX: Readonly<Record<string, number>> = {
  phex: 1,
  lux: 2,
  cyon: 3,
  chrys: 4,
  lumen: 5,
  theia: 6,
  verse: 7,
};

/** The number of a sentinel's mailbox; undefined for one that has none. */
export function mailboxNumber(sentinel: string | undefined): number | undefined {
  return sentinel === undefined ? undefined : MAILBOX[sentinel.toLowerCase()];
}

/**
 * Where a test leaves its messages. The mailboxes of people lie in chapter 1, section 1 of their book, and no test ever
 * writes there: SQ has no way to take one message out of a scroll but to replace the scroll, and whatever a sibling
 * appended between the read and the write would be lost. So a test has a chapter and a section of its own beside them,
 * in the same books, where each scroll is its own alone and can be deleted whole.
 */
export interface TestPlace {
  /** 900 to 998. */
  readonly chapter: number;
  /** 1 to 998. */
  readonly section: number;
}

const FIRST_CHAPTER = 900;
const CHAPTERS = 99;
const SECTIONS = 998;

/** One of 98,802 places; `next` gives numbers from 0 to 1. */
export function drawTestPlace(next: () => number): TestPlace {
  return {
    chapter: FIRST_CHAPTER + Math.floor(next() * CHAPTERS),
    section: 1 + Math.floor(next() * SECTIONS),
  };
}

/** A test's mailbox of number N (book 1), and its broadcast (book 2). */
export function testMailbox({ chapter, section }: TestPlace, number: number): Coordinate {
  return formatCoordinate([1, 1, 1, 1, 1, 1, chapter, section, number]);
}
export function testBroadcast({ chapter, section }: TestPlace): Coordinate {
  return formatCoordinate([1, 1, 1, 1, 1, 2, chapter, section, 1]);
}

/** Whether a scroll of a relay lies in a test's place. */
export function isAt(coordinate: Coordinate, { chapter, section }: TestPlace): boolean {
  const [, , , , , , c, s] = coordinateParts(coordinate);
  return c === chapter && s === section;
}

/** A message as siblings write them. */
export interface RelayMessage {
  readonly from: string;
  readonly to: string;
  readonly timestamp: string;
  readonly type: string;
  readonly subject: string;
  readonly body: string;
  readonly priority: string;
  readonly coordinate: string;
}

/** The type of a test's messages: nobody else's. */
const TEST_TYPE = 'ranch-mesh-check';

/** A test's message; `run` names the test. */
export function testMessage(
  run: string,
  from: string,
  to: string,
  coordinate: Coordinate,
  at: number,
): RelayMessage {
  return {
    from,
    to,
    timestamp: new Date(at).toISOString(),
    type: TEST_TYPE,
    subject: `mesh check ${run}`,
    body: 'ranch tries the mailboxes; this is removed in a moment.',
    priority: 'low',
    coordinate,
  };
}

/** A message as a line: SQ appends with nothing between. */
export function messageLine(message: RelayMessage): string {
  return `${JSON.stringify(message)}\n`;
}

function isTestMessage(value: unknown): value is RelayMessage {
  if (typeof value !== 'object' || value === null) return false;
  const { type, from, to, timestamp, subject } = value as Partial<Record<string, unknown>>;
  return type === TEST_TYPE && [from, to, timestamp, subject].every((field) => typeof field === 'string');
}

/** The test messages of a scroll, in order; `others` counts the lines that are none. */
export function testMessagesIn(text: string): {
  readonly messages: readonly RelayMessage[];
  readonly others: number;
} {
  const messages: RelayMessage[] = [];
  let others = 0;
  for (const line of text.split('\n')) {
    if (line === '') continue;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      // whatever it is, it is not a test's
    }
    if (isTestMessage(value)) messages.push(value);
    else others += 1;
  }
  return { messages, others };
}

/** A test takes seconds; what is older was left by one that was killed. */
const LEFT_AFTER_MS = 3_600_000;

/** Scrolls of a relay that hold nothing but messages of tests which ended long ago without removing them. */
export function leftoverTests(relay: Uint8Array, now: number): readonly Coordinate[] {
  return scrollsOf(relay).flatMap(({ coordinate, bytes }) => {
    const [a, b, c, d, e, book = 0, chapter = 0] = coordinateParts(coordinate);
    const beside = [a, b, c, d, e].every((part) => part === 1) && book <= 2 && chapter >= FIRST_CHAPTER;
    if (!beside) return [];
    const { messages, others } = testMessagesIn(Buffer.from(bytes).toString('utf8'));
    const old = messages.every(({ timestamp }) => now - Date.parse(timestamp) > LEFT_AFTER_MS);
    return others === 0 && messages.length > 0 && old ? [coordinate] : [];
  });
}
