import { type Sha256, short, type Version } from '../domain/brand.ts';
import type { HostPlan, PlannedInstance, UnitPlan } from '../domain/plan.ts';
import { ACTION_INK } from './colours.ts';
import { ink, type Line } from './line.ts';
import { nameSome } from './name-some.ts';
import { paragraph } from './paragraph.ts';
import { showBytes, showDuration } from './quantity.ts';
import type { View } from './style.ts';
import { supervisorName } from './supervisor-name.ts';

/** Hosts named of those that a host waits for: a last wave can wait for all others. The record has them all. */
const MAX_WAITED_FOR = 20;

/** `0.5.1 (3f2a9c81d0e4)`: the version for people, the digits for certainty. */
function release(of: { readonly sha256: Sha256; readonly version?: Version }): string {
  return `${of.version ?? 'version not told'} (${short(of.sha256)})`;
}

function instanceText(instance: PlannedInstance): string {
  const phext = instance.phext === undefined ? '' : `${instance.phext}, `;
  const pid = instance.pid === undefined ? 'not running' : `pid ${instance.pid}`;
  const key = instance.keyFile === undefined ? '' : `, key in ${instance.keyFile}`;
  return `${phext}${supervisorName(instance.supervisor)}, ${pid}, as ${instance.user}, ${showBytes(instance.dataBytes)} in ${instance.dataDir}${key}`;
}

function unitLines(unit: UnitPlan, view: View): readonly Line[] {
  const { arrow } = view.style.symbols;
  const from = unit.from === undefined ? 'nothing' : release(unit.from);
  const versions =
    unit.from?.sha256 === unit.to.sha256
      ? `${release(unit.to)}, as it is`
      : `${from} ${arrow} ${release(unit.to)}`;
  const send =
    unit.bytesToSend > 0 ? `sends ${showBytes(unit.bytesToSend)}` : 'sends nothing (already there)';
  const each = unit.instances.length > 1 ? ' each' : '';
  const running = unit.instances.some((instance) => instance.pid !== undefined);
  const down = running ? `, down for about ${showDuration(unit.downtimeMs)}${each}` : ', nothing runs now';
  return [
    ...paragraph(
      ['    ', ink(ACTION_INK[unit.action], unit.action), ' '],
      [unit.binary, ': ', versions],
      view,
    ),
    ...paragraph(['      '], [`${send} for ${unit.to.platform}${down}`], view),
    ...unit.instances.flatMap((instance) =>
      paragraph([`      port ${instance.port}: `], [instanceText(instance)], view),
    ),
  ];
}

/** One host of a plan: what is done to each of its binaries, what it waits for, and why. */
export function hostPlanLines(host: HostPlan, view: View): readonly Line[] {
  return [
    ['  ', ink('bold', host.host), ink('gray', ` zone ${host.zone}`)],
    ...host.units.flatMap((unit) => unitLines(unit, view)),
    ...(host.after.length > 0
      ? paragraph(['    ', ink('gray', 'waits for '), ''], [nameSome(host.after, MAX_WAITED_FOR)], view)
      : []),
    ...host.reasons.flatMap((reason) => paragraph(['    ', ink('gray', 'why '), ''], [reason], view)),
  ];
}
