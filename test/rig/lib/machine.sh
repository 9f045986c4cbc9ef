# One host: made, switched on and off, waited for, removed. Sourced by rig.
# shellcheck shell=bash disable=SC2154 # its variables come from rig

BOOT_DEADLINE=${RIG_BOOT_DEADLINE:-90} # seconds; a boot takes 2 to 5 here, ten at once on two busy cores about 30
mounted() { mountpoint -q "$R/$1/root" || mount -t overlay overlay -o "lowerdir=$R/base,upperdir=$R/$1/up,workdir=$R/$1/work" "$R/$1/root"; }
create() { # HOST KIND
  local h=$1 d=$R/$1 root=$R/$1/root i u
  if [[ -e $d/made ]]; then
    [[ -n $2 && $(cat "$d/made") != "$2" ]] || return 0
    say "$h was $(cat "$d/made") and is made anew as $2"
  fi
  erase "$h"
  mkdir -p "$d"/{up,work,root}
  mounted "$h"
  apply_kind "$root" "${2:-full}"
  echo "$h" >"$root/etc/hostname"
  for u in root home/ranch home/guard; do
    install -d -m 700 "$root/$u/.ssh"
    install -m 600 "$R/id.pub" "$root/$u/.ssh/authorized_keys"
    chown -R --reference="$root/$u" "$root/$u/.ssh"
  done
  ssh-keygen -q -t ed25519 -N '' -C "$h" -f "$root/etc/ssh/ssh_host_ed25519_key"
  echo "127.0.0.1 localhost" >"$root/etc/hosts"
  for ((i = 1; i <= MAX_HOSTS; i++)); do echo "$(address "h$i") h$i"; done >>"$root/etc/hosts"
  echo "$h,$(address "$h") $(cut -d' ' -f1,2 "$root/etc/ssh/ssh_host_ed25519_key.pub")" >"$d/known_hosts"
  echo "${2:-full}" >"$d/made"
}
nspawn_of() { # HOST: the pid of its systemd-nspawn, looked up by name so that no stale pid file can mislead
  local p
  for p in $(pgrep -x systemd-nspawn); do
    { tr '\0' ' ' <"/proc/$p/cmdline"; } 2>/dev/null | grep -q -- " -M $(netns "$1") " && echo "$p" && return
  done
  return 1
}
leader_of() { # HOST: the pid, out here, of its init
  local p
  for p in $(ip netns pids "$(netns "$1")" 2>/dev/null); do
    awk '$1 == "NSpid:" && NF == 3 && $3 == 1 { found = 1 } END { exit !found }' "/proc/$p/status" 2>/dev/null && echo "$p" && return
  done
  return 1
}
cgroups_of() { find /sys/fs/cgroup -maxdepth 2 -type d -name "$(netns "$1")" 2>/dev/null || true; }
drop_cgroups() { # HOST: a cgroup can go when the last process in it has, a moment after the kill
  local c i
  for ((i = 0; i < 100; i++)); do
    [[ -n $(cgroups_of "$1") ]] || return 0
    for c in $(cgroups_of "$1"); do find "$c" -depth -type d -exec rmdir {} + 2>/dev/null || true; done
    sleep .01
  done
}
own_cgroup() { # HOST: move this shell into a cgroup of its own; hosts that share one see and hold each other's services
  local c
  if [[ -e /sys/fs/cgroup/cgroup.controllers ]]; then set -- "$1" /sys/fs/cgroup; else set -- "$1" /sys/fs/cgroup/*/; fi
  for c in "${@:2}"; do
    c=${c%/}/$(netns "$1")
    mkdir -p "$c" 2>/dev/null || continue
    if [[ -e $c/cpuset.cpus ]]; then cat "${c%/*}/cpuset.cpus" >"$c/cpuset.cpus"; cat "${c%/*}/cpuset.mems" >"$c/cpuset.mems"; fi
    echo "$BASHPID" >"$c/cgroup.procs"
  done
}
power_on() {
  local h=$1
  mounted "$h"
  wire "$h"
  leader_of "$h" >/dev/null && return
  power_off "$h"
  (
    own_cgroup "$h"
    exec setsid systemd-nspawn -q -D "$R/$h/root" -M "$(netns "$h")" -b --register=no --keep-unit --link-journal=no \
      --resolv-conf=off --timezone=off --network-namespace-path="/run/netns/$(netns "$h")"
  ) >"$R/$h/console.log" 2>&1 </dev/null 8>&- 9>&- &
  until nspawn_of "$h" >/dev/null || ! kill -0 $! 2>/dev/null; do sleep .01; done
}
power_off() { # HOST: as when the plug is pulled; returns when nothing of it runs
  local p i
  for ((i = 0; i < 200; i++)); do
    p="$(leader_of "$1" || true) $(nspawn_of "$1" || true)"
    [[ $p != " " ]] || break
    # shellcheck disable=SC2086 # one or two pids
    kill -9 $p 2>/dev/null || true
    sleep .02
  done
  [[ $p == " " ]] || die "$1 does not die: pids $p"
  drop_cgroups "$1"
}
lament() { # HOST WHY: what a person needs to find out why it did not boot
  say "$1 $2; the last of its console ($R/$1/console.log):"
  tail -n 15 "$R/$1/console.log" >&2 || true
  exit 1
}
inside() { # HOST CMD...: in all of its namespaces, by no network
  local leader; leader=$(leader_of "$1") || return 1
  nsenter -t "$leader" -m -u -i -n -p -C -- "${@:2}"
}
settle() { # HOST: until its boot is over and nothing failed
  local h=$1 state failed deadline=$((SECONDS + BOOT_DEADLINE))
  while ((SECONDS < deadline)); do
    # --wait blocks in the host until the boot has ended; early on it finds no bus and comes back at once.
    state=$(inside "$h" timeout "$((deadline - SECONDS))" systemctl is-system-running --wait 2>/dev/null) || true
    case $state in
      running) return ;;
      degraded | maintenance)
        failed=$(inside "$h" systemctl --failed --no-legend --plain | cut -d' ' -f1 | grep -vE '^(sq|ranch)' | tr '\n' ' ') || true
        # What a test put there may fail: that is for the test to see.
        [[ -n $failed ]] || return 0
        lament "$h" "is $state: $failed" ;;
    esac
    nspawn_of "$h" >/dev/null || lament "$h" "stopped while it booted"
    sleep .1
  done
  lament "$h" "did not boot within $BOOT_DEADLINE s (systemd says '${state:-nothing}')"
}
erase() { # HOST: nothing left of it
  power_off "$1"
  unwire "$1"
  ! mountpoint -q "$R/$1/root" || umount "$R/$1/root" || umount -l "$R/$1/root"
  rm -rf --one-file-system "${R:?}/$1"
}
raise() { # HOST KIND
  create "$1" "$2"
  inside "$1" systemctl reset-failed 2>/dev/null || true # what failed since an earlier boot is no fault of this one
  power_on "$1"
  settle "$1"
}
