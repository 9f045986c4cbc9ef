import { troubleOf } from '../domain/errors.ts';
import type { Finding } from '../domain/finding.ts';
import type { ReachedObservation, Server } from '../domain/observation.ts';
import type { Clock, Shell } from '../domain/ports.ts';
import type { HostSpec } from '../domain/ranch.ts';
import { capabilities } from '../sq/capabilities.ts';
import { parseVersion } from '../sq/replies.ts';
import { versionRequest } from '../sq/requests.ts';
import { httpOver } from './http.ts';
import { unitShell } from './unit-shell.ts';

const ASK_LIMITS = { deadlineMs: 10_000, maxBytes: 64 * 1024 };

/** The phext a server is there for: what the inventory says, else the only one in its folder. */
function primaryOf(spec: HostSpec, observation: ReachedObservation, server: Server): string | undefined {
  const named = spec.instances.find(({ port }) => port === server.port)?.phext;
  const files = observation.dataDirs.find(({ path }) => path === server.dataDir)?.phexts ?? [];
  return named ?? (files.length === 1 ? files[0]?.name : undefined);
}

async function ask(
  shell: Shell,
  spec: HostSpec,
  clock: Clock,
  server: Server,
  port: number,
  phext: string,
): Promise<Finding> {
  const started = clock.monotonic();
  const finding = (ok: boolean, got: string, advice: string): Finding => ({
    kind: 'finding',
    check: 'http',
    host: spec.name,
    port,
    ok,
    severity: ok ? 'info' : 'high',
    asked: 'its version over HTTP',
    got,
    advice,
    tookMs: Math.round(clock.monotonic() - started),
  });
  try {
    const keyFile = spec.instances.find((instance) => instance.port === port)?.keyFile;
    const { pid, startTicks, supervisor, user, dataDir } = server;
    const instance = { port, pid, startTicks, supervisor, user, dataDir, dataBytes: 0 };
    const key = server.hasKey
      ? await unitShell(shell, spec).key({ ...instance, ...(keyFile ? { keyFile } : {}) })
      : undefined;
    const request = versionRequest({ phext, ...(key ? { key } : {}) });
    const version = parseVersion(
      await httpOver(shell, clock, port, request, ASK_LIMITS),
      `${spec.name}:${port}`,
    );
    const same = version === server.running.version;
    return finding(
      same,
      version,
      same ? '' : 'What answers is not what runs: look at who listens on this port.',
    );
  } catch (error) {
    const { message, remedy } = troubleOf(error, spec.name);
    return finding(false, message, remedy);
  }
}

/**
 * Asks every server of a host for its version, over the connection that is open. Only servers that survive being
 * asked (0.5.2 and newer), and only with the phext that they hold, so that nothing is evicted. Never throws.
 */
export async function askServers(
  shell: Shell,
  spec: HostSpec,
  clock: Clock,
  observation: ReachedObservation,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const server of observation.servers) {
    const phext = primaryOf(spec, observation, server);
    if (server.port === undefined || phext === undefined) continue;
    if (!capabilities(server.running.version).probeOverHttp) continue;
    findings.push(await ask(shell, spec, clock, server, server.port, phext));
  }
  return findings;
}
