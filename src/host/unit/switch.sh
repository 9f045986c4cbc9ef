# shellcheck shell=sh disable=SC2034,SC2154
# The switch itself: one process of its own, detached and silent, so that a lost connection cannot stop it half-way.

# prepare FILE TEMPORARY: a copy beside the live binary, with its mode and owner, on the disk
prepare() {
  cp "$1" "$2" || return 1
  if [ -e "$bin" ]; then
    _look=$(stat -c '%a %u:%g' "$bin" "$2") || return 1
    if [ "${_look%%"$nl"*}" != "${_look#*"$nl"}" ]; then
      _look=${_look%%"$nl"*}
      chown "${_look#* }" "$2" 2>/dev/null
      chmod "${_look%% *}" "$2" || return 1
    fi
  else
    chmod 755 "$2" || return 1
  fi
  durable "$2"
}

# place FILE: makes FILE the live binary by a rename
place() {
  prepare "$1" "$d/tmp.place.$$" && mv -f "$d/tmp.place.$$" "$bin" || return 1
  durable "$bindir"
}

# keep_back: the live file keeps a second name until the host has decided: to go back is then a rename, which needs no
# space, and brings back the very file, with all that belongs to it
keep_back() {
  if [ -e "$d/back" ]; then
    # switched before, and called again: what lies at the path is the new binary by now
    sum "$d/back"
    [ "$sum" != "$a_old" ] || return 0
    rm -f "$d/back"
  fi
  [ -e "$bin" ] || return 0
  ln "$bin" "$d/back" 2>/dev/null || prepare "$bin" "$d/back"
}

# go_back: makes $a_old the live binary again, by what was kept, else by a copy of its release
go_back() {
  sum "$bin"
  [ "$sum" != "$a_old" ] || return 0
  sum "$d/back"
  if [ "$sum" = "$a_old" ]; then
    mv -f "$d/back" "$bin" && durable "$bindir"
    return
  fi
  has_release "$a_old" && place "$release"
}

# snapshot PORT DATADIR: the phext files as they are while SQ is frozen
snapshot() {
  _s=$2/.ranch/snapshots/$a_token-$1
  copy_phexts "$2" "$_s" || return 1
  say snapshot "$1" "$_s"
}

# shrunk PORT FOLDER: true when a phext is smaller there by more than an eighth than when it was copied for the proof. A
# disk that was full for a moment leaves such a file, of which SQ alone has the rest: it must not be ended then. Clients
# that delete as much in that time are told the same: nothing is lost by it.
shrunk() {
  [ -r "$d/proven/$1" ] || return 1
  while read -r _was _name; do
    _now=$(wc -c <"$2/$_name" 2>/dev/null) || _now=0
    [ $((_now * 8)) -ge $((_was * 7)) ] || return 0
  done <"$d/proven/$1"
  return 1
}

# stays_empty FILE: true when it is gone or has nothing in it for half a second; SQ that writes a phext truncates it first
stays_empty() {
  _n=0
  until [ -s "$1" ]; do
    _n=$((_n + 1))
    [ $_n -lt 50 ] || return 0
    sleep 0.01
  done
  return 1
}

# place_ready: what lies ready becomes the live binary, once
place_ready() {
  [ -n "$ready" ] || return 0
  mv -f "$ready" "$bin" || {
    why="switch-failed cannot rename the new binary to $bin"
    return 1
  }
  ready=
}

# switch_instance PORT PID START KIND UNIT USER DATADIR
switch_instance() {
  pid=$held_pid
  # asked a moment ago; one that is gone by now may have been restarted
  [ "$held_unit" = "$4 $6 $5" ] && start_of "$pid" || running "$1" "$4" "$5" "$6" || pid=0
  if [ "$pid" != 0 ]; then
    running_sum "$pid"
    if [ "$sum" = "$a_new" ]; then
      say switched "$1" "$pid" "$start" 0 0 "$sum"
      return 0
    fi
    _old_pid=$pid _old_start=$start
    freeze "$pid" "$start" || {
      why="never-quiet SQ on port $1 never stopped writing"
      same "$_old_pid" "$_old_start" || why="switch-failed SQ on port $1 (pid $_old_pid) ended by itself"
      return 1
    }
    snapshot "$1" "$7" || {
      kill -CONT "$_old_pid"
      why="disk-full no room for a snapshot of $7"
      return 1
    }
    if shrunk "$1" "$7/.ranch/snapshots/$a_token-$1"; then
      kill -CONT "$_old_pid"
      why="unsaved a phext of port $1 lost more than an eighth of its file since the proof: SQ may hold what a full disk did not take"
      return 1
    fi
  else
    tries=0 _old_start=0
    copy_phexts "$7" "$7/.ranch/snapshots/$a_token-$1" 2>/dev/null
  fi
  place_ready || {
    [ "$pid" = 0 ] || kill -CONT "$_old_pid"
    return 1
  }
  if [ "$pid" != 0 ] && [ "$4" = bare ]; then stop_frozen "$_old_pid" "$_old_start"; fi
  exchanged=1
  start_instance "$1" "$4" "$5" "$6" "$pid" "$_old_start" || {
    why="switch-failed SQ on port $1 did not start"
    return 1
  }
  running_sum "$pid"
  record_instance "$1" "$pid" "$start"
  end_hold "$@"
  say switched "$1" "$pid" "$start" "$tries" 1 "$sum"
  for _x in "$7/.ranch/snapshots/$a_token-$1"/*.phext; do
    [ -s "$_x" ] && stays_empty "$7/${_x##*/}" && say missing "$1" "${_x##*/}"
  done
  return 0
}

# ready_unit PORT PID START KIND UNIT USER: what lets the unit's SQ be exchanged, and what brings the old binary back
# should the host boot before it is confirmed
ready_unit() {
  case $4 in systemd-*) ;; *) return 0 ;; esac
  end_hold "$@" # of a switch that was killed; while its unit is there no other can be made
  sctl "$4" "$6" reset-failed -- "$5" 2>/dev/null
  if make_hold "$1" "$4" "$6" "$5"; then
    dropins "$4" "$6" "$5" boot
  else
    dropins "$4" "$6" "$5" on
  fi
}

dropins_on() { dropins "$4" "$6" "$5" on; }
dropins_off() { dropins "$4" "$6" "$5" off; }

# switch_work: the detached part; its answer goes to the progress file
switch_work() {
  trap '' HUP TERM INT PIPE
  start_of $$
  printf '%s %s %s\n' $$ "$start" "$boot" >"$d/lease/switching"
  why='' exchanged=''
  ready=$d/tmp.ready.$$
  if prepare "$release" "$ready" && keep_back; then
    if each_instance "$d/armed" ready_unit; then
      # where all run it already, after a way back that could not end them, it is still to come to its path
      each_instance "$d/armed" switch_instance && place_ready
      durable "$bindir"
    else
      why="permission-denied cannot write the unit's drop-in"
    fi
  else
    why="disk-full no room beside $bin"
  fi
  [ -z "$ready" ] || rm -f "$ready"
  if [ -n "$why" ]; then
    note "switch failed: $why"
    case $why in disk-full*) short_of_space ;; esac
    failure=$why # what follows has a why of its own
    if mv "$d/armed" "$d/armed.reverting" 2>/dev/null; then
      put_back "$d/armed.reverting" 'failed switch'
      if [ -z "$a_old" ] && [ "$put_back" = reverted ]; then put_back=removed; fi
      say failed "${failure%% *}" "${failure#* }" "$put_back"
    else
      say failed "${failure%% *}" "${failure#* }" timer
    fi
  else
    [ -z "$exchanged" ] || note "switched to $a_new"
  fi
  rm -f "$d/lease/switching"
  say end
}

# switch HOLDER TOKEN: over a fresh connection; the timer has just outlived the one that armed it
switch() {
  check_lease "$1" "$2"
  if switching_now; then
    # a second call after a lost connection: the first one goes on, and its answer is this one's
    gone "$_p" "$_s" 6000
    cat "$d/progress"
    return
  fi
  read_armed "$d/armed" && [ "$a_token" = "$2" ] || fail confirm-lost 'it is not armed any more'
  timer_alive || fail timer-failed 'the timer did not outlive the connection that made it (KillUserProcesses?)'
  [ $((a_deadline - uptime)) -ge 5 ] || fail timer-failed "only $((a_deadline - uptime)) s are left of the dead man's time"
  setsid sh "$d/guard.sh" switch-work "$bin" >"$d/progress" 2>/dev/null </dev/null
  cat "$d/progress"
}
