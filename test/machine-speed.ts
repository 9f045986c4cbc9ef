/** Milliseconds of processor that the work below takes on the machine whose figures the tests' limits come from. */
const NOMINAL_MS = 16;
const ROUNDS = 5;

function work(): number {
  const found = new Map<string, number>();
  for (let n = 0; n < 60_000; n++) {
    const key = `host-${n % 5_000}: { zone: z${n % 50} }`;
    found.set(key, (found.get(key) ?? 0) + key.length);
  }
  return JSON.stringify([...found]).length;
}

/** How many times as much processor time things take here as where limits were measured; 1 at the least. */
export function slowness(): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const from = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(from);
    best = Math.min(best, (user + system) / 1_000);
  }
  return Math.max(1, best / NOMINAL_MS);
}
