import type { SixHosts } from './six-hosts.ts';

/** Where things are for a benchmark. What a row does not need may be lacking: to ask for it throws. */
export interface Site {
  /** The folder of the checkout, with a slash at its end. */
  readonly root: string;
  /** The program as a user runs it: node and its bin. */
  readonly ranch: readonly string[];
  /** A scratch folder of this run. */
  readonly folder: string;
  /** A program that sweeps in a process of its own (lab-sweep.ts), bundled. */
  readonly labSweep: string;
  /** The real choose-your-own-adventure.phext. */
  readonly cyoa: string;
  /** Six real hosts, booted at the first call. */
  readonly hosts: () => Promise<SixHosts>;
}
