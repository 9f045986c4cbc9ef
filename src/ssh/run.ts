import { RanchError } from '../domain/errors.ts';
import type { Limits } from '../domain/http.ts';
import type { Clock, Random, RemoteScript, ScriptResult } from '../domain/ports.ts';
import { abortable } from './abortable.ts';
import { type Answer, createAnswer } from './answer.ts';
import { type Become, commandLine, markersOf } from './command-line.ts';
import { startDeadline } from './deadline.ts';
import { floodFault } from './faults.ts';
import type { Link } from './link.ts';
import { unansweredFault } from './refusals.ts';
import { converse, openSession } from './session.ts';
import { createStderr } from './stderr.ts';
import { passwordGiver, type Sudo } from './sudo.ts';

/** What a run needs besides the connection. */
export interface RunContext {
  readonly clock: Clock;
  readonly random: Random;
  /** How this host's scripts become root; undefined where the inventory has no `become`. */
  readonly sudo?: Sudo;
}

/**
 * The longest command that is sent. Linux takes 128 KiB for one argument (MAX_ARG_STRLEN), and the whole command is
 * one argument of the login shell.
 */
const MAX_COMMAND_BYTES = 120 * 1024;

function commandFor(script: RemoteScript, nonce: string, become: Become): string {
  const command = commandLine(script, nonce, become);
  // A defect, not a user's error: our own scripts are that short.
  if (Buffer.byteLength(command) > MAX_COMMAND_BYTES) {
    throw new Error(`the script ${script.name} is longer than ${MAX_COMMAND_BYTES} bytes`);
  }
  return command;
}

/** What came of a channel that has ended, as a result or as an error. */
function resultOf(
  place: string,
  script: RemoteScript,
  limits: Limits,
  end: { readonly answer: Answer; readonly stderr: string; readonly status: number | null },
): Omit<ScriptResult, 'tookMs'> {
  const { exitCode, started } = end.answer;
  const { stderr, status } = end;
  if (exitCode === undefined || !started) {
    throw unansweredFault(place, script, { noise: end.answer.noise(), stderr, status, exitCode, started });
  }
  const stdout = end.answer.output();
  if (stdout.length > limits.maxBytes) {
    throw floodFault(place, `the answer to ${script.name}`, limits.maxBytes);
  }
  return { exitCode, stdout, stderr };
}

/** One exec request, from the command to the answer. */
async function runOnce(
  link: Link,
  script: RemoteScript,
  limits: Limits,
  context: RunContext,
  bounded: <T>(work: Promise<T>) => Promise<T>,
): Promise<Omit<ScriptResult, 'tookMs'>> {
  const place = link.hop.name;
  const become = script.become ? (context.sudo?.become() ?? { kind: 'no' }) : { kind: 'no' as const };
  const nonce = context.random.hex(32);
  const opening = openSession(link, commandFor(script, nonce, become));
  const session = await bounded(opening).catch((error) => {
    opening.then(
      (late) => late.channel.destroy(),
      () => undefined,
    );
    throw error;
  });
  const { channel } = session;
  const answer = createAnswer(markersOf(nonce));
  const stderr = createStderr();
  const over = link.intake.follow(channel, channel.stderr);
  try {
    const onStderr = passwordGiver(place, become, channel, stderr);
    const status = await bounded(converse({ session, place, script, answer, limits, onStderr }));
    return resultOf(place, script, limits, { answer, stderr: stderr.text(), status });
  } finally {
    over();
    if (!link.down.aborted) channel.destroy();
  }
}

/** Runs a script on an open connection. See `Shell.run`. */
export async function runScript(
  link: Link,
  script: RemoteScript,
  limits: Limits,
  context: RunContext,
  signal?: AbortSignal,
): Promise<ScriptResult> {
  const place = link.hop.name;
  const { clock, sudo } = context;
  const began = clock.monotonic();
  const deadline = startDeadline(limits.deadlineMs, place, script.name, signal);
  const bounded = <T>(work: Promise<T>): Promise<T> =>
    abortable(abortable(work, link.down, place), deadline.signal, place);
  try {
    for (;;) {
      try {
        const result = await runOnce(link, script, limits, context, bounded);
        return { ...result, tookMs: clock.monotonic() - began };
      } catch (error) {
        const refused = error instanceof RanchError && error.code === 'sudo-refused';
        // sudo refuses before the script begins: to run it again with a password repeats nothing.
        if (!refused || !sudo || !(await bounded(deadline.standStill(sudo.askAgain())))) throw error;
      }
    }
  } finally {
    deadline.clear();
  }
}
