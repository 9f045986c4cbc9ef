/** The middle of some numbers. Throws for none. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The value that a share `q` of the numbers does not exceed, between neighbours in proportion. Throws for none. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * q;
  const [low, high] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  if (low === undefined || high === undefined) throw new Error('nothing was measured');
  return low + (high - low) * (at - Math.floor(at));
}

/** Half of the values lie within this share of the median: how noisy the machine was. */
export function spread(values: readonly number[]): number {
  return (quantile(values, 0.75) - quantile(values, 0.25)) / median(values);
}

/**
 * Measures contestants in turn, so that what disturbs the machine disturbs all of them; who begins changes from round
 * to round. `warmUps` rounds come first and count for nothing. Gives what was measured of a contestant, by its name.
 */
export async function alternate<Name extends string, T>(
  contestants: Readonly<Record<Name, () => Promise<T>>>,
  { rounds, warmUps }: { readonly rounds: number; readonly warmUps: number },
): Promise<(name: Name) => readonly T[]> {
  const names = Object.keys(contestants).filter((name): name is Name => name in contestants);
  const found = new Map<Name, T[]>(names.map((name) => [name, []]));
  for (let round = -warmUps; round < rounds; round++) {
    for (const at of names.keys()) {
      const name = names[(at + Math.abs(round)) % names.length];
      if (name === undefined) continue;
      const value = await contestants[name]();
      if (round >= 0) found.get(name)?.push(value);
    }
  }
  return (name) => found.get(name) ?? [];
}

/** Milliseconds that a piece of work takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** Two medians in words, with how noisy each was: `181 ms (± 6 %) against 220 ms (± 4 %)`. */
export function against(ours: readonly number[], theirs: readonly number[], unit = 'ms'): string {
  const told = (values: readonly number[]) =>
    `${median(values).toFixed(0)} ${unit} (± ${(spread(values) * 50).toFixed(0)} %)`;
  return `${told(ours)} against ${told(theirs)}, ${ours.length} rounds`;
}
