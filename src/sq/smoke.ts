import { Buffer } from 'node:buffer';
import type { Version } from '../domain/brand.ts';
import { troubleOf } from '../domain/errors.ts';
import type { HttpReply, HttpRequest } from '../domain/http.ts';
import { broken, held, type Verdict } from '../domain/verdict.ts';
import { type Coordinate, ORIGIN } from './coordinate.ts';
import { parseScroll, parseVersion, parseWritten } from './replies.ts';
import { deleteRequest, selectRequest, type Target, updateRequest, versionRequest } from './requests.ts';

/** One question of the smoke test: send `request`, give the reply to `expect`. */
export interface SmokeStep {
  readonly name: string;
  /** What is asked, for the finding. */
  readonly asked: string;
  readonly request: HttpRequest;
  /**
   * True for steps to take even when one before them failed: they remove what the test wrote and make SQ hold the
   * primary phext again.
   */
  readonly always: boolean;
  /** Never throws: a reply that is not SQ's is a verdict that is not ok. */
  expect(reply: HttpReply): Verdict;
}

/** What the smoke test of one instance needs. */
export interface SmokeSpec {
  /** The primary phext, with the instance's key. */
  readonly target: Target;
  /** The version that must answer. */
  readonly version: Version;
  /** The scroll to read of the primary phext; without it the origin is read, which may be empty. */
  readonly scroll?: Coordinate;
  /** From `scratchPhext`. */
  readonly scratch: string;
  /** `host:port`, for messages. */
  readonly place: string;
}

const SCRATCH = 'ranch-smoke-';

/** The phext that a smoke test writes to; `hex` (8 lower-case digits or more) makes it one of its own. */
export function scratchPhext(hex: string): string {
  return `${SCRATCH}${hex}`;
}

/** Whether a file name, with or without `.phext`, is that of a smoke test and may be removed. */
export function isScratchPhext(name: string): boolean {
  return /^ranch-smoke-[0-9a-f]+(\.phext)?$/.test(name);
}

/** Turns a parser's error into a verdict. */
export function judged(judge: (reply: HttpReply) => Verdict): (reply: HttpReply) => Verdict {
  return (reply) => {
    try {
      return judge(reply);
    } catch (error) {
      const { message, remedy } = troubleOf(error);
      return { ok: false, severity: 'critical', got: message, advice: remedy };
    }
  };
}

function step(
  name: string,
  asked: string,
  request: HttpRequest,
  judge: (reply: HttpReply) => Verdict,
  always = false,
): SmokeStep {
  return { name, asked, request, always, expect: judged(judge) };
}

/** Everything that an encoding on the way could spoil. */
const SAMPLE = 'ranch 100% + a & b = c; naïve ✓ 𝛑\nsecond line';

function scratchSteps(spec: SmokeSpec): readonly SmokeStep[] {
  const scratch: Target = { ...spec.target, phext: spec.scratch };
  const size = Buffer.byteLength(SAMPLE);
  const written = (verb: string) => (reply: HttpReply) => {
    const got = parseWritten(reply, spec.place);
    const said = `${got.verb} ${got.bytes} bytes`;
    return got.verb === verb && got.bytes === size
      ? held(said)
      : broken(
          'critical',
          said,
          `SQ should have said "${verb} ${size} bytes": it does not keep what it is sent.`,
        );
  };
  const holds = (wanted: string, advice: string) => (reply: HttpReply) => {
    const got = parseScroll(reply, spec.place);
    return got === wanted ? held(`${reply.body.length} bytes, as expected`) : broken('critical', got, advice);
  };
  return [
    step('write', 'a write to a scratch phext', updateRequest(scratch, ORIGIN, SAMPLE), written('Updated')),
    step(
      'read-back',
      'the scratch scroll, as written',
      selectRequest(scratch, ORIGIN),
      holds(SAMPLE, 'SQ gives back another text than it was sent.'),
    ),
    step('delete', 'its removal', deleteRequest(scratch, ORIGIN), written('Removed'), true),
    step(
      'gone',
      'the scratch scroll, now empty',
      selectRequest(scratch, ORIGIN),
      holds('', 'SQ still has a scroll that it said it removed.'),
    ),
  ];
}

/**
 * The minimal smoke test of a server that is 0.5.2 or newer: version, one read, write-read-delete in a scratch phext,
 * and a read that makes SQ hold the primary phext again. Send the steps in order. SQ keeps the scratch phext's file,
 * empty: whoever runs this on a host removes it afterwards.
 */
export function smokeSteps(spec: SmokeSpec): readonly SmokeStep[] {
  const at = spec.scroll ?? ORIGIN;
  const readable = (reply: HttpReply): Verdict => {
    const got = parseScroll(reply, spec.place);
    const size = `${reply.body.length} bytes`;
    return got !== '' || spec.scroll === undefined
      ? held(size)
      : broken('critical', size, `The scroll at ${at} is empty: look whether the phext file is whole.`);
  };
  const primary = selectRequest(spec.target, at);
  return [
    step('version', `version ${spec.version}`, versionRequest(spec.target), (reply) => {
      const got = parseVersion(reply, spec.place);
      return got === spec.version
        ? held(got)
        : broken('critical', got, 'Another binary runs than the one meant.');
    }),
    step('read', `the scroll at ${at}`, primary, readable),
    ...scratchSteps(spec),
    step('hold-again', `the scroll at ${at}, so that its phext is held`, primary, readable, true),
  ];
}
