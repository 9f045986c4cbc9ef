import { type Hop, hopKey } from './hop.ts';
import type { Link } from './link.ts';

/** An unused jump connection is kept this long, for the next target. */
const IDLE_MS = 5_000;

interface Shared {
  readonly link: Promise<Link>;
  users: number;
  timer?: NodeJS.Timeout;
}

/** Connections to jump hosts, shared by all targets behind them. */
export interface Jumps {
  /** Uses the connection along `route`, opening it with `open` where there is none. */
  hold(
    route: readonly Hop[],
    open: () => Promise<Link>,
  ): Promise<{ readonly link: Link; readonly release: () => void }>;
  close(): void;
}

/** Makes an empty set of jump connections. */
export function createJumps(): Jumps {
  const shared = new Map<string, Shared>();
  const drop = (key: string, one: Shared): void => {
    if (shared.get(key) === one) shared.delete(key);
    clearTimeout(one.timer);
    one.link.then(
      (link) => link.close(),
      () => undefined,
    );
  };
  const share = (key: string, link: Promise<Link>): Shared => {
    const one: Shared = { link, users: 0 };
    shared.set(key, one);
    link.then(
      ({ down }) => down.addEventListener('abort', () => drop(key, one), { once: true }),
      () => drop(key, one),
    );
    return one;
  };
  return {
    async hold(route, open) {
      const key = route.map(hopKey).join(' > ');
      const one = shared.get(key) ?? share(key, open());
      one.users += 1;
      clearTimeout(one.timer);
      const release = (): void => {
        one.users -= 1;
        if (one.users > 0) return;
        one.timer = setTimeout(() => drop(key, one), IDLE_MS);
        one.timer.unref();
      };
      return { link: await one.link, release };
    },
    close() {
      for (const [key, one] of shared) drop(key, one);
    },
  };
}
