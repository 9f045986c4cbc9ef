import type { ClientChannel } from 'ssh2';
import { RanchError } from '../domain/errors.ts';
import type { Limits } from '../domain/http.ts';
import type { Clock, Random, RemoteScript, ScriptResult } from '../domain/ports.ts';
import type { Secret } from '../domain/secret.ts';
import { abortable } from './abortable.ts';
import { type Answer, createAnswer } from './answer.ts';
import { type Become, commandLine, markersOf } from './command-line.ts';
import { type Deadline, startDeadline } from './deadline.ts';
import { floodFault } from './faults.ts';
import type { Link } from './link.ts';
import { sudoFault, unansweredFault } from './refusals.ts';
import { createStderr } from './stderr.ts';

/** What a run needs besides the connection. */
export interface RunContext {
  readonly clock: Clock;
  readonly random: Random;
  /** How this host's scripts become root; only looked at when the script says so. */
  readonly sudo: boolean;
  readonly sudoPassword?: () => Promise<Secret | undefined>;
}

/**
 * The longest command that is sent. Linux takes 128 KiB for one argument (MAX_ARG_STRLEN), and the whole command is
 * one argument of the login shell.
 */
const MAX_COMMAND_BYTES = 120 * 1024;

/** After the end marker the host has this long to close the channel, so that late standard error is not lost. */
const CLOSE_GRACE_MS = 250;

/** Standard error may be this many times as large as the answer: it is counted, but hardly kept. */
const STDERR_SHARE = 4;

function openChannel(link: Link, command: string): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    link.client.exec(command, (error, channel) => {
      if (!error) {
        resolve(channel);
        return;
      }
      const remedy = 'Does sshd allow sessions and commands for this user (MaxSessions, ForceCommand)?';
      const message = `the host opened no session: ${error.message}`;
      reject(
        new RanchError(
          { code: 'permission-denied', place: link.hop.name, message, remedy },
          { cause: error },
        ),
      );
    });
  });
}

/** The script's own input: nothing, or what it brings, once it is there to read it. */
function feed(script: RemoteScript, channel: ClientChannel, fail: (error: unknown) => void): void {
  if (script.stdin === undefined) {
    channel.end();
    return;
  }
  const source = script.stdin();
  source.once('error', fail);
  channel.once('close', () => source.destroy());
  source.pipe(channel);
}

interface Exit {
  readonly code: number | null;
}

/** Carries one channel to its end: output to `answer`, input when it is wanted, errors to the caller. */
function converse(
  channel: ClientChannel,
  script: RemoteScript,
  answer: Answer,
  limits: Limits,
  hooks: {
    readonly place: string;
    readonly stderr: (chunk: Buffer, fail: (error: unknown) => void) => void;
    readonly mayCloseInput: boolean;
  },
): Promise<Exit> {
  return new Promise((resolve, reject) => {
    let bytes = 0;
    let noisy = 0;
    let fed = false;
    let code: number | null = null;
    let grace: NodeJS.Timeout | undefined;
    const feedOnce = (): void => {
      if (fed) return;
      fed = true;
      feed(script, channel, reject);
    };
    if (script.stdin === undefined && hooks.mayCloseInput) feedOnce();
    channel.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > limits.maxBytes + MARKER_ALLOWANCE) {
        reject(floodFault(hooks.place, `the answer to ${script.name}`, limits.maxBytes));
        return;
      }
      answer.take(chunk);
      if (answer.started) feedOnce();
      if (answer.exitCode !== undefined) grace ??= setTimeout(() => resolve({ code }), CLOSE_GRACE_MS);
    });
    channel.stderr.on('data', (chunk: Buffer) => {
      noisy += chunk.length;
      if (noisy > STDERR_SHARE * limits.maxBytes + MARKER_ALLOWANCE) {
        reject(
          floodFault(
            hooks.place,
            `what ${script.name} says on standard error`,
            STDERR_SHARE * limits.maxBytes,
          ),
        );
      } else hooks.stderr(chunk, reject);
    });
    channel.on('exit', (status: number | null) => {
      code = status;
    });
    channel.once('error', reject);
    channel.once('close', () => {
      clearTimeout(grace);
      resolve({ code });
    });
  });
}

/** Banner, markers and exit code come on top of what the caller bounds. */
const MARKER_ALLOWANCE = 64 * 1024;

async function becomeOf(
  script: RemoteScript,
  context: RunContext,
  deadline: Deadline,
): Promise<{
  readonly how: Become;
  readonly password?: Secret;
}> {
  if (!script.become || !context.sudo) return { how: { kind: 'no' } };
  const password = context.sudoPassword && (await deadline.whileAsking(context.sudoPassword()));
  if (password === undefined) return { how: { kind: 'sudo' } };
  return { how: { kind: 'sudo', prompt: `[ranch ${context.random.hex(16)}]` }, password };
}

/** Gives sudo its password when it asks, which is once; a second time means that it was wrong. */
function passwordGiver(
  place: string,
  how: Become,
  password: Secret | undefined,
  channel: ClientChannel,
  stderr: ReturnType<typeof createStderr>,
) {
  let asked = 0;
  return (chunk: Buffer, fail: (error: unknown) => void): void => {
    stderr.take(chunk);
    if (how.kind !== 'sudo' || how.prompt === undefined || password === undefined) return;
    while (stderr.cut(how.prompt)) {
      asked += 1;
      if (asked > 1) fail(sudoFault(place, 'the password is wrong'));
      else channel.write(`${password.reveal()}\n`);
    }
  };
}

/** Runs a script in one exec request on an open connection. See `Shell.run`. */
export async function runScript(
  link: Link,
  script: RemoteScript,
  limits: Limits,
  context: RunContext,
  signal?: AbortSignal,
): Promise<ScriptResult> {
  const place = link.hop.name;
  const began = context.clock.monotonic();
  const deadline = startDeadline(limits.deadlineMs, place, script.name, signal);
  let channel: ClientChannel | undefined;
  try {
    const patient = <T>(work: Promise<T>): Promise<T> =>
      abortable(abortable(work, link.down, place), deadline.signal, place);
    const { how, password } = await patient(becomeOf(script, context, deadline));
    const nonce = context.random.hex(32);
    const command = commandLine(script, nonce, how);
    if (Buffer.byteLength(command) > MAX_COMMAND_BYTES) {
      throw new Error(`the script ${script.name} is too long for one exec request`);
    }
    channel = await patient(openChannel(link, command));
    const answer = createAnswer(markersOf(nonce));
    const stderr = createStderr();
    const exit = await patient(
      converse(channel, script, answer, limits, {
        place,
        stderr: passwordGiver(place, how, password, channel, stderr),
        mayCloseInput: password === undefined,
      }),
    );
    const { exitCode } = answer;
    if (exitCode === undefined || !answer.started) {
      throw unansweredFault(place, script, {
        noise: answer.noise(),
        stderr: stderr.text(),
        code: exit.code,
        exitCode,
        began: answer.started,
      });
    }
    const output = answer.output();
    if (output.length > limits.maxBytes)
      throw floodFault(place, `the answer to ${script.name}`, limits.maxBytes);
    return { exitCode, stdout: output, stderr: stderr.text(), tookMs: context.clock.monotonic() - began };
  } catch (error) {
    // What still runs on the host is asked to stop; a script that must not be stopped has detached itself.
    if (!link.down.aborted) channel?.signal('TERM');
    throw error;
  } finally {
    deadline.clear();
    if (!link.down.aborted) channel?.destroy();
  }
}
