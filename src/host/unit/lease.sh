# shellcheck shell=sh disable=SC2034,SC2154
# The lease: one controller at a time may change a unit. Made by mkdir, the one lock that is everywhere.

# read_lease: into $holder, $token, $expires, $lease_boot; false when there is none that can be read
read_lease() {
  holder='' token='' expires='' lease_boot=''
  [ -r "$d/lease/owner" ] || return 1
  read -r holder token expires lease_boot <"$d/lease/owner"
}

# switching_now: true while a switch of this boot is under way
switching_now() {
  [ -r "$d/lease/switching" ] || return 1
  read -r _p _s _b <"$d/lease/switching"
  [ "$_b" = "$boot" ] && same "$_p" "$_s"
}

write_lease() { # HOLDER TOKEN SECONDS
  uptime_now
  put "$d/lease/owner" "$1 $2 $((uptime + $3)) $boot"
}

# nothing_armed: true where no dead man's switch is left to decide
nothing_armed() {
  [ ! -e "$d/armed" ] && [ ! -e "$d/armed.reverting" ] && [ ! -e "$d/armed.confirmed" ]
}

# lock FOLDER: makes it, and leaves in it who that was; false where it is there
lock() {
  mkdir "$1" 2>/dev/null || return 1
  { printf '%s\n' "$boot $$" >"$1/maker"; } 2>/dev/null && return 0
  rm -rf "$1"
  fail disk-full "cannot write in $d"
}

# made FOLDER: true where it is still the one that this script made
made() {
  { read -r _maker <"$1/maker"; } 2>/dev/null && [ "$_maker" = "$boot $$" ]
}

# abandoned FOLDER: true where its maker died before it had done what it made that for: before this boot, or so it seems
# after ten seconds, or by a clock that has gone back since; or where it is gone
abandoned() {
  { read -r _b _ <"$1/maker"; } 2>/dev/null && [ "$_b" != "$boot" ] && return 0
  _made=$(stat -c %Y "$1" 2>/dev/null) || return 0
  _age=$(($(date +%s) - _made))
  [ $_age -ge 10 ] || [ $_age -lt 0 ]
}

# lease_over ENDED: true when the lease may be taken from its holder: it ran out, or the holder is among those, separated
# by commas, of whom whoever asks knows that they ended, and the host has decided on all that it armed
lease_over() {
  switching_now && return 1
  if read_lease; then
    case ,$1, in *,"$holder",*) nothing_armed && return 0 ;; esac
    uptime_now
    [ "$lease_boot" != "$boot" ] || [ "$uptime" -ge "$expires" ]
  else
    abandoned "$d/lease"
  fi
}

# await_maker: waits while somebody is making the lease, for as long as it is not abandoned: of a controller that was killed
# the host's script goes on, and its successor meets it there
await_maker() {
  while [ -d "$d/lease" ] && [ ! -s "$d/lease/owner" ] && ! abandoned "$d/lease"; do sleep 0.1; done
}

# take_away: removes the lease that `lease_over` has just looked at. One at a time may, and makes sure that it is still that
# one: since the look somebody else can have taken it over, and holds it now. False where somebody was faster.
take_away() {
  _seen="$holder $token"
  if ! lock "$d/lease/taken"; then
    [ ! -d "$d/lease" ] || [ -e "$d/lease/taken" ] || fail disk-full "cannot write in $d"
    # whoever is at it needs no second
    [ -d "$d/lease/taken" ] && abandoned "$d/lease/taken" || return 1
  fi
  read_lease
  if [ "$holder $token" != "$_seen" ] || switching_now; then
    rm -rf "$d/lease/taken"
    return 1
  fi
  mv "$d/lease" "$d/tmp.lease.$$" 2>/dev/null && rm -rf "$d/tmp.lease.$$"
}

# lease HOLDER SECONDS ENDED [PORT PID START KIND]...: takes or renews it, and before that has brought to the disk how the
# unit's bare processes run. Answers `lease TOKEN` or an error.
lease() {
  [ -d "$bindir" ] || mkdir -p "$bindir" 2>/dev/null || fail permission-denied "cannot make $bindir"
  [ -d "$d" ] || mkdir -p "$d" 2>/dev/null || [ -d "$d" ] || fail permission-denied "cannot write in ${d%/*}"
  [ -w "$d" ] || fail permission-denied "cannot write in $d"
  _holder=$1 _seconds=$2 _ended=${3:--}
  [ $# -lt 3 ] || shift
  shift 2
  remember_all "$@"
  set -- "$_holder" "$_seconds"
  if ! lock "$d/lease" && await_maker && ! lock "$d/lease"; then
    if [ -r "$d/lease/owner" ] && read_lease && [ "$holder" = "$1" ] && [ "$lease_boot" = "$boot" ]; then
      # a disk that is full now must not keep its holder from tidying up
      write_lease "$1" "$token" "$2" || [ "$uptime" -lt "$expires" ] || fail disk-full "cannot write in $d"
      say lease "$token"
      return
    fi
    lease_over "$_ended" || fail host-locked "${holder:-somebody} holds the lease${expires:+ for $((expires - ${uptime:-0})) s more}"
    take_away && lock "$d/lease" || fail host-locked 'another controller was faster'
  fi
  # Numbers only ever grow, so that an old holder can be told from the new one.
  token=0
  [ -r "$d/token" ] && read -r token <"$d/token"
  token=$((token + 1))
  # Nobody else has a lease that is not yet written: it needs no rename, and one that is empty is nobody's.
  uptime_now
  put_durably "$d/token" "$token"
  _rc=$?
  # whoever stood still for so long that it was taken for dead has nothing to write there
  made "$d/lease" || fail host-locked 'another controller was faster'
  [ $_rc = 0 ] && { printf '%s\n' "$1 $token $((uptime + $2)) $boot" >"$d/lease/owner"; } 2>/dev/null || {
    rm -rf "$d/lease"
    fail disk-full "cannot write in $d"
  }
  note "lease $token taken by $1"
  say lease "$token"
}

# check_lease HOLDER TOKEN: every command that changes something starts here; a stale controller stops
check_lease() {
  read_lease && [ "$holder" = "$1" ] && [ "$token" = "$2" ] && [ "$lease_boot" = "$boot" ] ||
    fail token-stale "the lease is ${holder:-nobody}'s (token ${token:-none}, yours is $2)"
  uptime_now
  [ "$uptime" -lt "$expires" ] || fail token-stale "the lease ran out $((uptime - expires)) s ago"
}

# lost_power PORT: true when what was remembered of its process is from before the last boot: it may be all that there
# is. Whose process it was into $lost_user
lost_power() {
  [ -r "$d/replay/$1" ] && read -r _ _b lost_user <"$d/replay/$1" && [ "$_b" != "$boot" ]
}

# forget_replays: how bare processes are started, but for those that a power cut ended and nobody has started since
forget_replays() {
  for _known in "$d"/replay/*; do
    _port=${_known##*/}
    case $_port in
      *[!0-9]*) rm -f "$_known" ;; # a half-written one
      *) lost_power "$_port" && ! running "$_port" bare - - || rm -f "$_known" ;;
    esac
  done
  rmdir "$d/replay" 2>/dev/null
  return 0
}

# release HOLDER TOKEN: tidies up and lets go
release() {
  if ! read_lease || [ "$holder" != "$1" ] || [ "$token" != "$2" ]; then
    say released 0
    return
  fi
  scratch_stop
  drop_unused
  prune_releases
  # the last of these is what `put` leaves when power is cut in the middle of it
  rm -rf "$d/scratch" "$d"/tmp.* "$d/proven" "$d/progress" "$d/lease" "$d"/*.tmp[0-9]* "$d"/*/*.tmp[0-9]* \
    "$d"/releases/*/*.tmp[0-9]*
  note "lease $2 released by $1"
  # last: up to here a controller that comes back after a power cut starts by it what ran
  [ -e "$d/armed" ] || [ -e "$d/armed.reverting" ] || forget_replays
  say released 1
}

# prune_releases: the last five, and never the confirmed or the previous one
prune_releases() {
  set -- "$d"/releases/*
  [ $# -gt 5 ] || return 0
  _keep=
  for _f in confirmed previous; do
    [ -r "$d/$_f" ] && { read -r _s _ <"$d/$_f"; _keep="$_keep $(printf %.12s "$_s")"; }
  done
  _n=0
  IFS=$nl # else all the names would be one
  # shellcheck disable=SC2012,SC2045 # the names are ours: twelve hex digits
  for _r in $(ls -t "$d/releases" 2>/dev/null); do
    _n=$((_n + 1))
    case "$_keep " in *" $_r "*) continue ;; esac
    [ $_n -gt 5 ] && rm -rf "${d:?}/releases/$_r"
  done
  IFS=' '
  return 0
}
