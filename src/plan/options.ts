import type { PlanOptions } from '../domain/plan.ts';

/**
 * What a plan does where nobody says otherwise.
 *
 * `canary` 1: one host shows what the rest would suffer, and one is what any ranch can spare.
 * `maxParallel` 10: the quorum of a zone is the real limit; this one bounds what a person can watch and what the
 * controller's link carries at once (10 uploads), and stays under an sshd's MaxStartups (10) behind one jump host.
 * `budget` 0: the first host that fails stops the rollout; more is a decision of the user's.
 * `bakeSeconds` 10: Nomad's `min_healthy_time`; SQ loads the real CYOA within 4 s even with the slow libphext.
 * `onFailure` host: a failed host goes back by itself; what works elsewhere is left working.
 * `deadmanSeconds` 30: deploy-rs's confirmation time; a restart takes about 0.1 s and a fresh SSH connection well
 * under 10 s, so 30 leaves room for one lost connection and still bounds how long a dead controller leaves a host.
 */
export const DEFAULT_PLAN_OPTIONS: PlanOptions = {
  canary: { kind: 'count', count: 1 },
  maxParallel: 10,
  budget: { kind: 'count', count: 0 },
  bakeSeconds: 10,
  onFailure: 'host',
  deadmanSeconds: 30,
  include: [],
  hosts: [],
  tags: [],
};
