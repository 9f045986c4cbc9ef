import type { RolloutEvent } from '../../src/domain/rollout.ts';
import type { MemoryJournal } from './memory-journal.ts';
import type { ModelRanch } from './model-ranch.ts';

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

/** What a rollout may not leave on any host; empty when all is well. */
export function leftovers(ranch: ModelRanch): readonly string[] {
  const found: string[] = [];
  for (const host of ranch.hosts.values()) {
    for (const unit of host.units.values()) {
      if (unit.heldLease) found.push(`${host.name}: lease of ${unit.heldLease.holder}`);
      if (unit.armed) found.push(`${host.name}: ${unit.armed.decided}`);
      if (unit.timer) found.push(`${host.name}: timer`);
      if (unit.scratch.size > 0) found.push(`${host.name}: scratch servers`);
      if (unit.switches > 1 + unit.reverts)
        found.push(`${host.name}: ${unit.switches} switches, ${unit.reverts} reverts`);
    }
    for (const process of host.processes.values()) {
      if (process.sha !== host.unit(process.unit).live)
        found.push(`${host.name}: port ${process.instance.port} runs another binary than lies there`);
    }
    for (const files of host.allFiles()) {
      const names = [...files.keys()].filter((name) => name.startsWith('ranch-'));
      if (names.length > 0) found.push(`${host.name}: ${names.join(' ')}`);
      for (const [name, phext] of files) {
        if (phext.size !== 1 || phext.get('1.1.1/1.1.1/1.1.2') !== 'Emi')
          found.push(`${host.name}: content of ${name}`);
      }
    }
  }
  return found;
}
