import type { Rig } from './rig.ts';

/** Where anything could be left: what is the kernel's, the journal's or a login's own changes by itself. */
const FILES = [
  'find / -xdev \\( -path /proc -o -path /sys -o -path /var/log -o -path /var/lib/systemd -o -path /var/tmp/ranch-hook',
  "-o -path /var/cache -o -path '*/.ranch/snapshots/*' \\) -prune -o ! -name 'sq.log' ! -name '*.phext' -print",
].join(' ');
const VOLATILE = [
  "find /run /tmp /dev/shm -xdev ! -path '/run/systemd/*' ! -path '/run/user/*/systemd/*' ! -path '/run/log/*' ! -path '/run/udev/*'",
  "find /run/systemd/transient /run/systemd/system /run/user/*/systemd/transient /run/user/*/systemd/user ! -name 'session-*' 2>/dev/null",
].join('; ');
const UNITS = [
  "systemctl list-units --all --plain --no-legend | awk '{ print $1, $3 }'",
  "systemctl list-unit-files --no-legend | awk '{ print $1, $2 }'",
  "runuser -u ranch -- env XDG_RUNTIME_DIR=/run/user/1500 systemctl --user list-units --all --plain --no-legend 2>/dev/null | awk '{ print $1, $3 }'",
].join('; ');
const PROCESSES = 'ps -eo user,args --no-headers';

/** Comes and goes with logins, by itself, or with the look. */
const OWN = [
  '^session-\\S+ ',
  '^(user-runtime-dir|user)@(0|1500|1501)\\.service |^run-user-|^user-(0|1500|1501)\\.slice |^/run/user/0',
  'ssh(d|d-session)?[:@]|sshd|^ssh@|\\[kworker|^root +(ps|sort|grep|find|awk|sh|bash|sed) |\\(sd-pam\\)|bash -c find',
  'systemd --user|systemd-(logind|journal|timedated|hostnamed|localed)|dbus|packagekit|logrotate|apt|motd|man-db|e2scrub|dpkg',
  '^\\S+\\.(device|swap) |/run/(sudo|lock|utmp|user/[0-9]+/(bus|systemd|gnupg|pk11))',
].join('|');

/** All files, units and processes of a host, in an order of their own; what changes by itself is not among them. */
export async function everything(rig: Rig, host: string): Promise<readonly string[]> {
  const text = await rig.run(
    host,
    `{ ${FILES}; ${VOLATILE}; ${UNITS}; ${PROCESSES}; } 2>/dev/null | grep -vE '${OWN}' | sort -u`,
  );
  return text.split('\n');
}
