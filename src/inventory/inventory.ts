import type { Ranch } from '../domain/ranch.ts';
import { assemble } from './assemble.ts';
import {
  afterCycles,
  emptyZones,
  jumpCycles,
  sameAddress,
  sameName,
  samePort,
  unknownAfter,
} from './cross-check.ts';
import { hostsShape, type InventoryData, inventoryShape } from './inventory-shape.ts';
import { isPlainMap, type Plain } from './plain.ts';
import { ProblemsError } from './problem.ts';
import { checkInParts, type Shaped, valueAt } from './shape-check.ts';
import { type Path, type Remark, YamlText } from './yaml-text.ts';

/** Names that the file gives, whether or not what stands behind them could be read. */
function namesIn(data: Plain | undefined): ReadonlySet<string> {
  const hosts = valueAt(data, ['hosts']);
  const zones = valueAt(data, ['zones']);
  const names = new Set<string>();
  for (const map of [hosts, zones]) {
    if (isPlainMap(map)) for (const name of Object.keys(map)) names.add(name);
  }
  if (!isPlainMap(hosts)) return names;
  for (const host of Object.values(hosts)) {
    const zone = valueAt(host, ['zone']);
    if (typeof zone === 'string') names.add(zone);
  }
  return names;
}

/** Checks across the file. Where parts could not be read, only those that their absence cannot mislead. */
function crossChecks(ranch: Ranch, partial: boolean, text: YamlText): readonly Remark[] {
  const others: ReadonlySet<string> = partial ? namesIn(text.data) : new Set<string>();
  const at = (owner: Path, index: number): Path => {
    const list = Array.isArray(valueAt(text.data, [...owner, 'after']));
    return list ? [...owner, 'after', index] : [...owner, 'after'];
  };
  const checks = [
    ...sameAddress(ranch),
    ...samePort(ranch),
    ...sameName(ranch),
    ...jumpCycles(ranch),
    ...unknownAfter(ranch, others, at),
  ];
  return partial ? checks : [...checks, ...emptyZones(ranch), ...afterCycles(ranch)];
}

function ranchOf(shaped: Shaped<InventoryData>, text: YamlText): Ranch | undefined {
  if (!shaped.value) return undefined;
  if (Object.keys(shaped.value.hosts).length === 0 && !shaped.partial) {
    text.remark({ path: ['hosts'], message: 'hosts is empty; allowed: at least one host', atKey: true });
  }
  const ranch = assemble(shaped.value, text.file);
  for (const remark of crossChecks(ranch, shaped.partial, text)) text.remark(remark);
  return ranch;
}

/**
 * Reads an inventory. `file` is its name, for errors and for `Ranch.file`. Throws `inventory-invalid` (a
 * `ProblemsError`) with everything that is wrong in it. Bounded whatever the text: 64 MiB, and 0.2 s of processor time
 * in a program that has read one before. The first costs what the engine needs to compile the reader on top: 5,000 hosts
 * of five lines took 0.33 s of all threads on a machine that others kept busy.
 */
export function parseInventory(text: string, file: string): Ranch {
  const yaml = new YamlText(text, file);
  const ranch = ranchOf(checkInParts(yaml, inventoryShape, 'hosts', hostsShape), yaml);
  if (!ranch || yaml.problems.length > 0) {
    throw new ProblemsError('inventory-invalid', file, yaml.problems, yaml.more);
  }
  return ranch;
}
