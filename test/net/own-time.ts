const TICK_MS = 20;

/** Time as this process lives it. */
export interface OwnTime {
  /** Milliseconds, without those for which the process stood still because others had the processor. */
  now(): number;
}

/**
 * Looks at the clock and at the processor all the time: what passed beyond a tick without work of this process was the
 * machine's doing. Work that keeps the process busy counts, and so does waiting for what never comes.
 */
export function ownTime(): OwnTime {
  let stood = 0;
  let last = performance.now();
  let cpu = process.cpuUsage();
  const now = (): number => {
    const clock = performance.now();
    const { user, system } = process.cpuUsage(cpu);
    stood += Math.max(0, clock - last - (user + system) / 1_000 - TICK_MS);
    last = clock;
    cpu = process.cpuUsage();
    return clock - stood;
  };
  setInterval(now, TICK_MS).unref();
  return { now };
}
