import type { RolloutEvent } from '../../src/domain/rollout.ts';
import type { MemoryJournal } from './memory-journal.ts';
import type { ModelHost } from './model-host.ts';
import type { ModelRanch } from './model-ranch.ts';
import type { ModelUnit } from './model-unit.ts';
import type { Files } from './sq-responder.ts';

function line(event: RolloutEvent): string {
  switch (event.type) {
    case 'step-intended':
      return `${event.host} ${event.step}?`;
    case 'step-done':
      return `${event.host} ${event.step}`;
    case 'step-failed':
      return `${event.host} ${event.step}! ${event.trouble.code}`;
    case 'unit-ended':
      return `${event.host} = ${event.outcome}${event.trouble ? ` (${event.trouble.code})` : ''}`;
    case 'wave-started':
    case 'wave-ended':
      return `${event.type} ${event.wave}`;
    case 'gate-answered':
      return `gate ${event.wave}: ${event.answer}`;
    case 'rollout-ended':
      return `rollout-ended ${event.outcome}`;
    default:
      return event.type;
  }
}

/** A journal as lines to read; intents only where asked. */
export function told(journal: MemoryJournal, intents = false): readonly string[] {
  return journal.all.filter(({ type }) => intents || type !== 'step-intended').map(line);
}

/** How each unit ended, by the journal: `h1: changed`, with the code of its trouble. */
export function outcomes(journal: MemoryJournal): readonly string[] {
  return journal.all.flatMap((event) => {
    if (event.type !== 'unit-ended') return [];
    return [`${event.host}: ${event.outcome}${event.trouble ? ` ${event.trouble.code}` : ''}`];
  });
}

function leftBeside(host: ModelHost, unit: ModelUnit): readonly string[] {
  const found: string[] = [];
  if (unit.heldLease) found.push(`lease of ${unit.heldLease.holder}`);
  if (unit.armed) found.push(unit.armed.decided);
  if (unit.timer) found.push('timer');
  if (unit.scratch.size > 0) found.push('scratch servers');
  if (unit.switches > 1 + unit.reverts) found.push(`${unit.switches} switches, ${unit.reverts} reverts`);
  for (const process of host.processes.values()) {
    if (process.unit === unit.binary && process.sha !== unit.live)
      found.push(`port ${process.instance.port} runs another binary than lies there`);
  }
  return found;
}

function spoilt(files: Files): readonly string[] {
  return [...files].flatMap(([name, phext]) => {
    const whole = phext.size === 1 && phext.get('1.1.1/1.1.1/1.1.2') === 'Emi';
    return whole ? [] : [`content of ${name}`];
  });
}

/** What a rollout may not leave on any host; empty when all is well. */
export function leftovers(ranch: ModelRanch): readonly string[] {
  return [...ranch.hosts.values()].flatMap((host) => {
    const beside = [...host.units.values()].flatMap((unit) => leftBeside(host, unit));
    return [...beside, ...host.allFiles().flatMap(spoilt)].map((what) => `${host.name}: ${what}`);
  });
}
