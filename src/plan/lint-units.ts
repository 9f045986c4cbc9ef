import compare from 'semver/functions/compare.js';
import valid from 'semver/functions/valid.js';
import type { Artifact } from '../domain/artifact.ts';
import type { HostPlan, Plan, UnitPlan } from '../domain/plan.ts';

/** Units: one a binary, each port once, to a known binary, with an action that fits what was seen and what was asked. */
export function lintUnits(plan: Plan, artifacts: readonly Artifact[] | undefined): readonly string[] {
  const shaOf = new Map<string, string>();
  return plan.waves
    .flatMap((wave) => wave.hosts)
    .flatMap((host) => [
      ...lintDoubles(host),
      ...host.units.flatMap((unit) =>
        [...lintTarget(unit, plan, shaOf, artifacts), ...lintShape(unit), ...lintLeftAlone(unit, plan)].map(
          (complaint) => `${host.host} ${unit.binary}: ${complaint}`,
        ),
      ),
    ]);
}

function doubles<T>(items: readonly T[]): readonly T[] {
  return items.filter((item, index) => items.indexOf(item) !== index);
}

function lintDoubles({ host, units }: HostPlan): readonly string[] {
  const ports = units.flatMap((unit) => unit.instances.map((instance) => instance.port));
  return [
    ...doubles(units.map((unit) => unit.binary)).map((binary) => `${host}: ${binary} is in two units`),
    ...doubles(ports).map((port) => `${host}: port ${port} is planned twice`),
  ];
}

function lintTarget(
  { to, action }: UnitPlan,
  plan: Plan,
  shaOf: Map<string, string>,
  artifacts: readonly Artifact[] | undefined,
): readonly string[] {
  const complaints: string[] = [];
  if (!/^[0-9a-f]{64}$/.test(to.sha256)) complaints.push('goes to a binary without a sha256');
  if (to.platform === '') complaints.push('goes to a binary of no platform');
  if ((action === 'rollback') !== (plan.purpose === 'rollback'))
    complaints.push(`${action} in a ${plan.purpose}`);
  if (plan.purpose === 'rollback') return complaints;
  if (to.version !== plan.target)
    complaints.push(`goes to ${to.version ?? 'no version'}, not to ${plan.target}`);
  const other = shaOf.get(to.platform) ?? to.sha256;
  shaOf.set(to.platform, other);
  if (other !== to.sha256) complaints.push(`${to.platform} has two binaries in one plan`);
  const fits = (each: Artifact): boolean => each.platform === to.platform && each.sha256 === to.sha256;
  if (artifacts !== undefined && !artifacts.some(fits))
    complaints.push('goes to a binary that is no artifact');
  return complaints;
}

function lintShape({
  binary,
  action,
  from,
  to,
  bytesToSend,
  downtimeMs,
  instances,
}: UnitPlan): readonly string[] {
  const running = instances.filter((instance) => instance.pid !== undefined).length;
  const complaints: string[] = [];
  if (!binary.startsWith('/')) complaints.push('is no absolute path');
  if (instances.length === 0) complaints.push('has no instance');
  if (instances.some(({ port }) => !Number.isInteger(port) || port < 1 || port > 65535))
    complaints.push('has no such port');
  if (instances.some((each) => each.supervisor.kind === 'unsupported'))
    complaints.push('cannot be restarted');
  const starts = action === 'install' || action === 'start';
  if (starts && running > 0) complaints.push(`${action} where a server runs`);
  if (!starts && running === 0) complaints.push(`${action} where no server runs`);
  if ((action === 'install') !== (from === undefined))
    complaints.push(`${action} ${from ? 'over' : 'without'} a binary`);
  if (action !== 'start' && from?.sha256 === to.sha256) complaints.push(`${action} from a binary to itself`);
  if ((action === 'restart' || action === 'rollback') && bytesToSend > 0)
    complaints.push(`${action} sends a binary`);
  if (!(bytesToSend >= 0)) complaints.push('sends less than nothing');
  if (downtimeMs > 0 !== running > 0) complaints.push('its expected downtime does not fit its servers');
  return complaints;
}

/** `stopped` and `ahead` are touched only where the plan was told to. */
function lintLeftAlone({ action, from, instances }: UnitPlan, plan: Plan): readonly string[] {
  const { include } = plan.options;
  const complaints: string[] = [];
  const down = action !== 'install' && instances.some((instance) => instance.pid === undefined);
  if (down && !include.includes('stopped'))
    complaints.push('starts a stopped server, which nobody asked for');
  const version = from?.version;
  const newer =
    plan.purpose === 'rollout' &&
    action !== 'restart' &&
    version !== undefined &&
    valid(version) !== null &&
    compare(version, plan.target) > 0;
  if (newer && !include.includes('ahead')) complaints.push(`takes ${version} back, which nobody asked for`);
  return complaints;
}
