import { type Readable, Transform } from 'node:stream';
import type { ClientCallback, ClientChannel } from 'ssh2';
import { RanchError } from '../domain/errors.ts';
import type { Limits } from '../domain/http.ts';
import type { RemoteScript } from '../domain/ports.ts';
import type { Answer } from './answer.ts';
import { askFor } from './asking.ts';
import { messageOf } from './error-fields.ts';
import { floodFault, packetFault } from './faults.ts';
import type { Link } from './link.ts';
import { isSound } from './sound-channel.ts';

/**
 * After the end marker the host has this long to close the channel, so that late standard error is not lost. Only a host
 * that never closes it, since something in the background holds it open, makes anybody wait.
 */
const CLOSE_GRACE_MS = 2_000;

/** Banner, markers and exit code come on top of what the caller bounds. */
const NOISE_BYTES = 64 * 1024;

/** An exec request that was taken. */
export interface Session {
  readonly channel: ClientChannel;
  /** The exit status so far; null: a signal, or none was told. */
  readonly status: () => number | null;
  readonly link: Link;
}

/** One script on one channel. */
export interface Conversation {
  readonly session: Session;
  readonly place: string;
  readonly script: RemoteScript;
  /** Where standard output goes. */
  readonly answer: Answer;
  readonly limits: Limits;
  /** Where standard error goes; throws to end the run. */
  readonly onStderr: (chunk: Buffer) => void;
}

/** Sends the exec request. Throws `permission-denied` where sshd allows no session or no command. */
export function openSession(link: Link, command: string): Promise<Session> {
  return new Promise((resolve, reject) => {
    const refuse = (error: unknown): void =>
      reject(
        new RanchError(
          {
            code: 'permission-denied',
            place: link.hop.name,
            message: `sshd opened no session: ${messageOf(error)}`,
            remedy: 'Look at MaxSessions and ForceCommand in sshd_config, and at authorized_keys.',
          },
          { cause: error },
        ),
      );
    const opened: ClientCallback = (error, channel) => {
      if (error) {
        refuse(error);
        return;
      }
      // Listened for at once: the status can arrive in the same packet as the go-ahead, and is told only once.
      if (!isSound(channel)) {
        channel.destroy();
        reject(packetFault(link.hop, 'a command'));
        return;
      }
      let status: number | null = null;
      channel.on('exit', (code: number | null) => {
        status = code;
      });
      resolve({ channel, status: () => status, link });
    };
    askFor(link, (client) => client.exec(command, opened), reject);
  });
}

/**
 * Gives the script the input it brings, with back-pressure: of the channel's window, which is the host's to choose, and
 * of the connection.
 */
function feed({ channel, link }: Session, source: Readable, fail: (error: unknown) => void): void {
  const paced = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      link.intake.sent(chunk.length);
      link.drained().then(() => done(null, chunk), done);
    },
  });
  source.once('error', fail);
  channel.once('close', () => source.destroy());
  source.pipe(paced).pipe(channel);
}

/** Counts what arrives and throws `answer-too-large` when it is more than the caller wants. */
function counter(talk: Conversation, what: string): (chunk: Buffer) => void {
  let bytes = 0;
  return (chunk) => {
    bytes += chunk.length;
    if (bytes > talk.limits.maxBytes + NOISE_BYTES) {
      throw floodFault(talk.place, `${what} of ${talk.script.name}`, talk.limits.maxBytes);
    }
  };
}

/**
 * Carries a channel to its end and resolves with its exit status (null: a signal, or none was told). Output is read
 * as fast as it comes and bounded by `maxBytes`, standard error by as much again. Input begins when the script does:
 * until then it is sudo's.
 */
export function converse(talk: Conversation): Promise<number | null> {
  const { session, answer } = talk;
  const { channel } = session;
  return new Promise((resolve, reject) => {
    const countOutput = counter(talk, 'the output');
    const countErrors = counter(talk, 'the standard error');
    let fed = false;
    let grace: NodeJS.Timeout | undefined;
    const guarded =
      (take: (chunk: Buffer) => void) =>
      (chunk: Buffer): void => {
        try {
          take(chunk);
        } catch (error) {
          reject(error);
        }
      };
    const takeOutput = (chunk: Buffer): void => {
      countOutput(chunk);
      answer.take(chunk);
      if (answer.started && !fed) {
        fed = true;
        if (talk.script.stdin) feed(session, talk.script.stdin(), reject);
      }
      if (answer.exitCode !== undefined)
        grace ??= setTimeout(() => resolve(session.status()), CLOSE_GRACE_MS);
    };
    const takeErrors = (chunk: Buffer): void => {
      countErrors(chunk);
      talk.onStderr(chunk);
    };
    channel.on('data', guarded(takeOutput));
    channel.stderr.on('data', guarded(takeErrors));
    channel.once('error', reject);
    channel.once('close', () => {
      clearTimeout(grace);
      resolve(session.status());
    });
  });
}
