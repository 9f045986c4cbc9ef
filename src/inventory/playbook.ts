import { basename } from 'node:path';
import type { KeyScroll, Playbook, PlaybookKind } from '../domain/playbook.ts';
import { showShare } from '../domain/share.ts';
import { isPlainMap, type Plain } from './plain.ts';
import { type ContentData, playbookShapes, type RolloutData } from './playbook-shape.ts';
import { ProblemsError } from './problem.ts';
import { shown } from './safe-text.ts';
import { checkShape } from './shape-check.ts';
import { YamlText } from './yaml-text.ts';

const KINDS = [
  'sweep',
  'rollout',
  'smoke',
  'content',
  'load',
  'drill',
  'signoff',
] as const satisfies readonly PlaybookKind[];

type Common = Omit<RolloutData, 'kind' | 'version' | 'options'>;
type Schedule = NonNullable<Common['schedule']>;

function isKind(value: Plain | undefined): value is PlaybookKind {
  return KINDS.some((kind) => kind === value);
}

function scheduleOf({ cron, timezone }: Schedule) {
  return timezone === undefined ? { cron } : { cron, timezone };
}

function commonOf(data: Common, file: string) {
  return {
    name: data.name ?? basename(file).replace(/\.ya?ml$/, ''),
    file,
    ...(data.schedule ? { schedule: scheduleOf(data.schedule) } : {}),
    hosts: data.hosts ?? [],
    tags: data.tags ?? [],
  };
}

/** Options as texts and numbers, shares as the command line writes them. */
function optionsOf({ canary, budget, ...rest }: NonNullable<RolloutData['options']>) {
  const all = {
    ...(canary ? { canary: showShare(canary) } : {}),
    ...(budget ? { budget: showShare(budget) } : {}),
    ...rest,
  };
  const options: Record<string, string | number | boolean> = {};
  for (const [name, value] of Object.entries(all)) if (value !== undefined) options[name] = value;
  return options;
}

function keyScrollOf({
  coordinate,
  begins,
  bytes,
  name,
}: NonNullable<ContentData['scrolls']>[number]): KeyScroll {
  return {
    coordinate,
    begins,
    ...(bytes === undefined ? {} : { bytes }),
    ...(name === undefined ? {} : { name }),
  };
}

function remarkOnKind(yaml: YamlText, kind: Plain | undefined): void {
  yaml.remark({
    path: ['kind'],
    message: `kind is ${kind === undefined ? 'missing' : shown(kind)}; allowed: ${KINDS.join(', ')}`,
    meant: { word: kind, among: KINDS },
  });
}

function read(yaml: YamlText): Playbook | undefined {
  if (yaml.data === undefined) return undefined;
  const kind = isPlainMap(yaml.data) ? yaml.data['kind'] : undefined;
  if (!isKind(kind)) {
    remarkOnKind(yaml, kind);
    return undefined;
  }
  if (kind === 'rollout') {
    const { value } = checkShape(yaml, playbookShapes.rollout);
    const options = optionsOf(value?.options ?? {});
    return value && { ...commonOf(value, yaml.file), kind, version: value.version, options };
  }
  if (kind === 'content') {
    const { value } = checkShape(yaml, playbookShapes.content);
    const scrolls = (value?.scrolls ?? []).map(keyScrollOf);
    return value && { ...commonOf(value, yaml.file), kind, phext: value.phext, scrolls };
  }
  const { value } = checkShape(yaml, playbookShapes[kind]);
  return value && { ...commonOf(value, yaml.file), kind };
}

/**
 * Reads a playbook; `file` is its name, for errors and as the playbook's name where it gives none. Throws
 * `playbook-invalid` (a `ProblemsError`) with everything that is wrong in it.
 */
export function parsePlaybook(text: string, file: string): Playbook {
  const yaml = new YamlText(text, file);
  const playbook = read(yaml);
  if (!playbook || yaml.problems.length > 0) {
    throw new ProblemsError('playbook-invalid', file, yaml.problems, yaml.more);
  }
  return playbook;
}
