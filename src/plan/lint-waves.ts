import type { Plan, Wave } from '../domain/plan.ts';

/** The canary wave first and no larger than asked; windows no wider than asked or than a zone can spare; the budget. */
export function lintWaves(plan: Plan): readonly string[] {
  return [
    ...lintNames(plan.waves),
    ...lintCanary(plan),
    ...plan.waves.flatMap((wave) => lintWindow(wave, plan)),
    ...lintBudget(plan),
  ];
}

function hostCount(plan: Plan): number {
  return plan.waves.reduce((sum, wave) => sum + wave.hosts.length, 0);
}

function lintNames(waves: readonly Wave[]): readonly string[] {
  const names = waves.map((wave) => wave.name);
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  const empty = waves.filter((wave) => wave.hosts.length === 0).map((wave) => wave.name);
  return [
    ...twice.map((name) => `two waves are called ${name}`),
    ...empty.map((name) => `wave ${name} is empty`),
  ];
}

function lintCanary(plan: Plan): readonly string[] {
  const { canary } = plan.options;
  const [first, ...rest] = plan.waves;
  if (first === undefined) return [];
  const late = rest
    .filter((wave) => wave.canary)
    .map((wave) => `wave ${wave.name}: a canary wave that is not the first`);
  if (plan.purpose === 'rollback') return first.canary ? ['a rollback has no canary wave', ...late] : late;
  const total = hostCount(plan);
  const amount = canary.kind === 'count' ? canary.count : (canary.percent / 100) * total;
  if (amount === 0) return first.canary ? ['a canary wave that nobody asked for', ...late] : late;
  if (!first.canary) return ['the canary wave that was asked for is missing', ...late];
  // A share of less than one host still means one.
  const tooMany = first.hosts.length > Math.max(1, amount);
  return tooMany
    ? [`wave ${first.name}: ${first.hosts.length} canaries where ${amount} were asked for`, ...late]
    : late;
}

function lintWindow(wave: Wave, plan: Plan): readonly string[] {
  const { maxParallel } = wave;
  const complaints: string[] = [];
  if (
    !Number.isInteger(maxParallel) ||
    maxParallel < 1 ||
    maxParallel > Math.max(1, plan.options.maxParallel)
  ) {
    complaints.push(
      `wave ${wave.name}: ${maxParallel} hosts at once where ${plan.options.maxParallel} were asked for`,
    );
  }
  const counts = new Map<string, number>();
  for (const { zone } of wave.hosts) counts.set(zone, (counts.get(zone) ?? 0) + 1);
  for (const limit of plan.zones) {
    const here = counts.get(limit.zone) ?? 0;
    const atOnce = Math.min(here, maxParallel);
    if (atOnce > 1 && atOnce > limit.maxDown) {
      complaints.push(
        `wave ${wave.name}: takes ${atOnce} hosts of zone ${limit.zone}, which can spare ${limit.maxDown}`,
      );
    }
  }
  return complaints;
}

function lintBudget({ budget, options, ...plan }: Plan): readonly string[] {
  const total = plan.waves.reduce((sum, wave) => sum + wave.hosts.length, 0);
  const asked =
    options.budget.kind === 'count' ? options.budget.count : (options.budget.percent / 100) * total;
  const sound = Number.isInteger(budget) && budget >= 0 && budget <= total && budget <= asked;
  return sound ? [] : [`${budget} hosts may fail, of ${total} hosts where ${asked} were asked for`];
}
