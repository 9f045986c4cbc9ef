import pLimit from 'p-limit';
import { finding, unasked } from '../../checks/finding.ts';
import { type CheckPorts, type Subject, subjectsOn } from '../../checks/subject.ts';
import type { HostName } from '../../domain/brand.ts';
import { ERROR_CODES, EXIT, type ExitCode, RanchError } from '../../domain/errors.ts';
import type { Finding } from '../../domain/finding.ts';
import type { ReachedObservation } from '../../domain/observation.ts';
import type { Shell } from '../../domain/ports.ts';
import type { HostSpec } from '../../domain/ranch.ts';
import { broken, held } from '../../domain/verdict.ts';
import { look } from '../../host/observe.ts';
import { whyUnsupported } from '../../plan/drift.ts';
import { knownVersions } from '../known-versions.ts';
import type { Workspace } from '../workspace.ts';
import { patience } from './patience.ts';

/** Hosts that are checked at once. */
const CHECKS_AT_ONCE = 32;
/** One visit; a check of a large phext over a slow link takes minutes. */
const VISIT_DEADLINE_MS = 900_000;

/** One host while it is checked. */
export interface CheckedHost {
  readonly spec: HostSpec;
  readonly shell: Shell;
  readonly observation: ReachedObservation;
  readonly subjects: readonly Subject[];
}

/** What checks gave, in the order of the hosts. */
export interface Checked {
  readonly findings: readonly Finding[];
  /** Hosts that should be there and could not be reached. */
  readonly unreached: readonly HostName[];
}

export interface CheckOptions {
  /** Only the instances on these ports. */
  readonly ports?: readonly number[];
  readonly signal?: AbortSignal;
  /** Called with each finding as it is made. */
  readonly onFinding?: (finding: Finding) => void;
}

interface OneHost {
  readonly findings: readonly Finding[];
  readonly reached: boolean;
}

/** What there is to say of a host on which nothing can be checked; undefined where something can. */
function nothingToCheck({ spec, observation, subjects }: CheckedHost): Finding | undefined {
  const at = { host: spec.name };
  const why = whyUnsupported(observation);
  if (why !== undefined) return finding(at, 'host', 'what it is', broken('high', why, 'Check it by hand.'));
  if (subjects.length > 0) return undefined;
  const advice = 'Start it (`ranch start HOST`), or name its instances in the inventory.';
  return finding(at, 'host', 'its running instances', broken('critical', 'no SQ runs there', advice));
}

function unreachedFinding(spec: HostSpec, error: unknown): Finding {
  const absent = spec.expect === 'absent';
  const verdict = unasked(absent ? 'info' : 'critical', error, spec.name);
  const got = absent ? held('not there, as the inventory expects') : verdict;
  return finding({ host: spec.name }, 'reach', 'a connection', got);
}

async function checkOne(
  workspace: Workspace,
  ports: CheckPorts,
  spec: HostSpec,
  check: (host: CheckedHost) => Promise<readonly Finding[]>,
  options: CheckOptions,
): Promise<OneHost> {
  const transport = await workspace.transport();
  const { signal } = ports;
  const patient = signal && patience(signal, ports.clock);
  try {
    const visit = { deadlineMs: VISIT_DEADLINE_MS, ...(patient ? { signal: patient.signal } : {}) };
    return await transport.withShell(
      spec,
      async (shell) => {
        patient?.opened();
        const observation = await look(shell, spec, ports.clock, ports.known, signal);
        const subjects = subjectsOn(spec, shell, observation, ports.known, options.ports);
        const host = { spec, shell, observation, subjects };
        const nothing = nothingToCheck(host);
        return { findings: nothing ? [nothing] : await check(host), reached: true };
      },
      visit,
    );
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof RanchError) || error.code === 'internal') throw error;
    const reached = ERROR_CODES[error.code] !== EXIT.unreachable;
    const at = { host: spec.name };
    const told = reached
      ? finding(at, 'check', 'that it can be carried out', unasked('high', error, spec.name))
      : unreachedFinding(spec, error);
    return { findings: [told], reached: reached || spec.expect === 'absent' };
  } finally {
    patient?.ended();
  }
}

/**
 * Visits hosts, all at once within bounds, looks at each and has its running instances checked over the same connection.
 * What was found is recorded. A host that cannot be reached or checked is a finding, never an exception.
 */
export async function checkHosts(
  workspace: Workspace,
  hosts: readonly HostSpec[],
  check: (host: CheckedHost, ports: CheckPorts) => Promise<readonly Finding[]>,
  options: CheckOptions = {},
): Promise<Checked> {
  const { clock, random } = workspace;
  const known = await knownVersions(workspace);
  const { signal } = options;
  const ports: CheckPorts = { clock, random, known, ...(signal ? { signal } : {}) };
  const limit = pLimit(CHECKS_AT_ONCE);
  const checked = await Promise.all(
    hosts.map((spec) =>
      limit(async () => {
        const one = await checkOne(workspace, ports, spec, (host) => check(host, ports), options);
        for (const each of one.findings) options.onFinding?.(each);
        return { ...one, host: spec.name };
      }),
    ),
  );
  const findings = checked.flatMap((one) => one.findings);
  (await workspace.store()).recordFindings(null, findings);
  return { findings, unreached: checked.flatMap(({ reached, host }) => (reached ? [] : [host])) };
}

/** The exit code of a check: 1 where something does not hold, 3 where all that is wrong is that hosts were not reached. */
export function checkExit({ findings, unreached }: Checked): ExitCode {
  const missing = new Set<string>(unreached);
  const bad = findings.filter(({ ok, severity, host }) => !ok && severity !== 'info' && !missing.has(host));
  if (bad.length > 0) return EXIT.failed;
  return unreached.length > 0 ? EXIT.unreachable : EXIT.ok;
}
