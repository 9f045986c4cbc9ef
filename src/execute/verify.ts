import { RanchError, troubleOf } from '../domain/errors.ts';
import type { HttpReply, HttpRequest } from '../domain/http.ts';
import type { PlannedInstance } from '../domain/plan.ts';
import type { Facts } from '../domain/rollout.ts';
import type { HostLink } from '../host/access.ts';
import type { Switched } from '../host/unit-host.ts';
import { primaryPhext } from '../plan/primary-phext.ts';
import { capabilities } from '../sq/capabilities.ts';
import { scratchPhext, smokeSteps } from '../sq/smoke.ts';
import { connectionLost } from './connection.ts';
import type { UnitRun } from './execution.ts';

/** The first request makes SQ load its phext. */
const SMOKE_LIMITS = { deadlineMs: 20_000, maxBytes: 16 * 1024 * 1024 };

function verifyFailed(run: UnitRun, port: number, message: string): RanchError {
  return new RanchError({
    code: 'verify-failed',
    place: `${run.spec.name}:${port}`,
    message,
    remedy: 'The old binary is put back. Read the log of SQ on the host (`ranch logs HOST`).',
  });
}

/**
 * One question to the new SQ: where it does not answer at all, while its host does, it has failed. Nothing is asked
 * after `until`: the host has then put back what ran before, and 0.5.1 must not be asked at all.
 */
async function ask(
  run: UnitRun,
  host: HostLink,
  port: number,
  request: HttpRequest,
  until: number,
): Promise<HttpReply> {
  const left = until - run.execution.clock.monotonic();
  if (left <= 0) throw verifyFailed(run, port, "smoke test: it took all of the dead man's time");
  try {
    return await host.http(port, request, {
      ...SMOKE_LIMITS,
      deadlineMs: Math.min(SMOKE_LIMITS.deadlineMs, left),
    });
  } catch (error) {
    if (run.execution.control.signal.aborted || connectionLost(error)) throw error;
    throw verifyFailed(run, port, `smoke test: ${troubleOf(error).message}`);
  }
}

/**
 * Throws `disk-full` where SQ may hold what its disk did not take. To ask such a one for another phext would make it let
 * go of that.
 */
async function hasRoom(run: UnitRun, host: HostLink, { port }: PlannedInstance): Promise<void> {
  const full = await host.unit.full(run.unit.binary, run.unit.instances);
  if (!full.includes(port)) return;
  throw new RanchError({
    code: 'disk-full',
    place: `${run.spec.name}:${port}`,
    message: 'the disk filled up during the switch: SQ may hold what it could not write',
    remedy: 'Free space on the host and write any scroll, so that SQ writes the file anew; then try again.',
  });
}

/** The minimal smoke test of one instance; nothing over HTTP where the version dies of it. */
async function smoke(
  run: UnitRun,
  host: HostLink,
  instance: PlannedInstance,
  until: number,
): Promise<number> {
  const { version } = run.unit.to;
  if (version === undefined || !capabilities(version).probeOverHttp) return 0;
  const phext = primaryPhext(instance, instance.phext === undefined ? [] : [instance.phext]);
  const key = await host.unit.key(instance);
  const scratch = scratchPhext(run.execution.random.hex(12));
  const steps = smokeSteps({
    target: { phext: phext ?? scratch, ...(key ? { key } : {}) },
    version,
    scratch,
    place: `${run.spec.name}:${instance.port}`,
  });
  let failure: RanchError | undefined;
  // beside the first steps, which only read what SQ holds
  const roomy = hasRoom(run, host, instance);
  roomy.catch(() => undefined);
  for (const each of steps) {
    if (failure && !each.always) continue;
    if (each.name === 'write') await roomy;
    const reply = await ask(run, host, instance.port, each.request, until);
    const verdict = each.expect(reply);
    if (!verdict.ok && !failure) {
      failure = verifyFailed(
        run,
        instance.port,
        `smoke test, ${each.name}: ${verdict.got}. ${verdict.advice}`,
      );
    }
  }
  if (failure) throw failure;
  return steps.length;
}

/**
 * Before a host is asked over another connection than the one that switched it: the processes of the switch have to run
 * still. What was lost may have been the host itself, and after a boot it runs the old binary: 0.5.1 must not be asked.
 * Throws `verify-failed`.
 */
export async function stillRuns(run: UnitRun, host: HostLink, switched: readonly Switched[]): Promise<void> {
  const now = await host.unit.inspect(run.unit.binary, run.unit.instances);
  for (const { port, pid, startTicks } of switched) {
    const same = now.running.some((is) => is.port === port && is.pid === pid && is.startTicks === startTicks);
    if (!same) throw verifyFailed(run, port, 'what the switch started does not run any more');
  }
}

/**
 * Shows that what runs is what was meant, that it answers, and that no phext is gone. `until` is when the dead man's
 * switch fires, in monotonic milliseconds. Throws `verify-failed`.
 */
export async function verify(
  run: UnitRun,
  host: HostLink,
  switched: readonly Switched[],
  until: number,
): Promise<Facts> {
  const { to, instances } = run.unit;
  let asked = 0;
  for (const instance of instances) {
    const now = switched.find(({ port }) => port === instance.port);
    if (!now) throw verifyFailed(run, instance.port, 'the switch says nothing of this instance');
    if (now.sha256 !== to.sha256) {
      throw verifyFailed(run, instance.port, `another binary runs: ${now.sha256.slice(0, 12)}`);
    }
    if (now.missing.length > 0) {
      throw verifyFailed(run, instance.port, `phexts are gone or empty: ${now.missing.join(', ')}`);
    }
    asked += await smoke(run, host, instance, until);
  }
  return { instances: instances.length, requests: asked };
}
