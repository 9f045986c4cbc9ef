/** What a deadline may be exceeded by, as is promised. */
const SHARE = 0.1;
/** What a busy machine may add besides what is measured: connections and processes that wait for their turn. */
const MACHINE_MS = 400;
const TICK_MS = 20;

/** Judges durations by a deadline, with what the machine itself was late meanwhile. */
export interface Lateness {
  /** True for what took longer than its deadline and a tenth, the machine's own delay aside. */
  isLate(tookMs: number, deadlineMs: number): boolean;
  stop(): void;
}

/**
 * Watches how late this process's own timers are: on a machine that others keep busy a deadline fires late, which is
 * not the product's to answer for. Whether the product itself keeps the process busy is seen from another process.
 */
export function watchLateness(): Lateness {
  let worst = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    worst = Math.max(worst, now - last - TICK_MS);
    last = now;
  }, TICK_MS);
  return {
    isLate: (tookMs, deadlineMs) => tookMs > deadlineMs * (1 + SHARE) + MACHINE_MS + worst,
    stop: () => clearInterval(timer),
  };
}
