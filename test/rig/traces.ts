import type { Rig } from './rig.ts';

/** What stays beside a binary for good: releases, which is confirmed, the fencing token, what the last revert said, the log. */
const KEPT = 'confirmed|previous|releases|instances|token|log|stopped|outcome';

/** Prints what a rollout must not leave, a line each. The odd brackets keep the search from finding itself. */
const SEARCH = [
  `for d in $(find /usr/local /home /root /var/lib/sq* -type d -name .ranch 2>/dev/null); do ls -A "$d" | grep -vxE '${KEPT}|snapshots' | sed "s|^|$d/|"; done`,
  "find /run /etc/systemd /home -xdev \\( -name '50-ranch*' -o -name 'ranch*.timer' -o -name 'ranch*.service' -o -name 'sq*.service.d' \\) 2>/dev/null",
  "find /run/systemd/transient /run/user \\( -name 'ranch*' -o -name '50-ranch*' -o -name 'sq*.service.d' \\) 2>/dev/null",
  "find /var/lib /home \\( -name 'ranch-*.phext*' -o -name 'reserve*' \\) 2>/dev/null",
  'ls -d /tmp/ranch* /run/ranch* /run/user/*/ranch* 2>/dev/null',
  "pgrep -af '[r]anch-deadman|[g]uard.sh|[.]ranch/' 2>/dev/null",
  "find /usr/local/bin /home/ranch -name '*.tmp*' 2>/dev/null",
  'true',
].join('; ');

/** What ranch left on a host though its rollout is over; empty when there is nothing. */
export function traces(rig: Rig, host: string): Promise<string> {
  return rig.run(host, SEARCH);
}
