# shellcheck shell=sh disable=SC2034,SC2154
# The dead man's switch: a timer on the host that puts the old binary back unless a fresh connection confirms. One
# file, `armed`; whoever acts on it renames it first, so that one wins.

# read_armed FILE: into $a_holder $a_token $a_boot $a_deadline $a_new $a_old; instances stay in the file
read_armed() {
  [ -r "$1" ] || return 1
  read -r a_holder a_token a_boot a_deadline a_new a_old <"$1"
  [ "$a_old" = - ] && a_old=
  [ -n "$a_new" ]
}

# instances_of FILE: all but its first line, into $_list
instances_of() {
  _list=
  {
    read -r _
    while IFS= read -r _line; do _list=$_list$_line$nl; done
  } <"$1"
}

# each_instance FILE FUNCTION: calls it with PORT PID START KIND UNIT USER DATADIR for every instance; stops at the
# first that fails
each_instance() {
  _do=$2
  instances_of "$1"
  IFS=$nl
  for _line in $_list; do
    set -f
    IFS=$tab
    # shellcheck disable=SC2086 # fields
    set -- $_line
    IFS=' '
    set +f
    "$_do" "$@" || return 1
  done
  IFS=' '
}

timer_name() {
  unit_id
  timer=ranch-deadman-$unit_id-$1
}

# timer_alive: true while the armed timer will fire
timer_alive() {
  [ -r "$d/timer" ] || return 1
  read -r _how _x _y <"$d/timer"
  case $_how in
    systemd) systemctl is-active --quiet "$_x.timer" ;;
    process) same "$_x" "$_y" ;;
    *) return 1 ;;
  esac
}

stop_timer() {
  [ -r "$d/timer" ] || return 0
  read -r _how _x _y <"$d/timer"
  case $_how in
    systemd) systemctl stop "$_x.timer" 2>/dev/null ;;
    process) same "$_x" "$_y" && kill -KILL "-$_x" 2>/dev/null ;;
  esac
  rm -f "$d/timer"
}

# has_bare FILE: true where an instance is a bare process
has_bare() {
  instances_of "$1"
  case $_list in *"${tab}bare$tab"*) return 0 ;; *) return 1 ;; esac
}

# start_timer SECONDS TOKEN: systemd's, but not for a bare process: what the timer started again would be of the timer's
# own unit. A process shares the fate of what is started from here: where a logout ends the one, it would end the other.
# False where none can be had; one that cannot be written down does not stay.
start_timer() {
  if [ "$systemd" = 1 ] && [ "$me" = 0 ] && ! has_bare "$d/armed"; then
    timer_name "$2"
    systemd-run --quiet --collect --on-active="$1" --timer-property=AccuracySec=100ms \
      --property=KillMode=process --unit="$timer" \
      /bin/sh "$d/guard.sh" fire "$bin" "$2" 2>/dev/null >&2 || return 1
    put "$d/timer" "systemd $timer" && return 0
    systemctl stop "$timer.timer" 2>/dev/null
  else
    # shellcheck disable=SC2016 # expanded by the inner shell
    detach sh -c 'sleep "$1"; exec /bin/sh "$2" fire "$3" "$4"' ranch-deadman "$1" "$d/guard.sh" "$bin" "$2" </dev/null
    start_of "$pid" || return 1
    put "$d/timer" "process $pid $start" && return 0
    kill -KILL "-$pid" 2>/dev/null
  fi
  rm -f "$d/armed"
  fail disk-full "cannot write in $d"
}

# check_instance PORT PID START KIND UNIT USER: is it still what was seen, and can we act on it?
check_instance() {
  case $4 in
    systemd-system)
      [ "$me" = 0 ] || fail permission-denied "the unit $5 is the system's: root is needed (become: sudo)"
      main_pid "$4" "$6" "$5"
      ;;
    systemd-user) main_pid "$4" "$6" "$5" ;;
    bare) pid=$2 ;;
    *) fail host-unsupported "port $1 is kept in a way that cannot be adopted: $4" ;;
  esac
  [ "$2" = 0 ] && return 0
  [ "$pid" = "$2" ] && same "$2" "$3" || fail host-moved "SQ on port $1 is not the process that was seen (pid $2)"
  kill -0 "$2" 2>/dev/null || fail permission-denied "SQ on port $1 belongs to $6: root is needed (become: sudo)"
}

# not_taken PORT: ends the command where another program has the port of an SQ that is down, which could not be started
not_taken() {
  listens "$1" || return 0
  # shellcheck disable=SC2012 # one process for all, and only socket inodes are read from it
  _p=$(ls -l /proc/[0-9]*/fd 2>/dev/null |
    awk -v s="socket:[$_inode]" '/^\/proc\// { split($0, of, "/") } index($0, s) { print of[3]; exit }')
  [ -n "$_p" ] || fail port-taken "port $1 is listened on by a program of another user"
  # shellcheck disable=SC3013 # see core.sh
  [ "/proc/$_p/exe" -ef "$bin" ] || runs_script "$_p" || {
    { read -r _c <"/proc/$_p/comm"; } 2>/dev/null
    fail port-taken "port $1 is listened on by ${_c:-a program} (pid $_p)"
  }
}

# first_start PORT USER DATADIR KEYFILE: how a server that nobody ever started is started
first_start() {
  [ -d "$d/replay" ] || { mkdir "$d/replay" && chmod 700 "$d/replay"; } || return 1
  [ -d "$3" ] || as_user "$2" mkdir -p -- "$3" || return 1
  (
    umask 077
    _in=$(printf %s "$3" | words '')
    {
      printf '# %s %s\ncd %s || exit 1\numask 022\n' "$boot" "$2" "$_in"
      printf 'exec %s host %s --data-dir %s' "$(printf %s "$bin" | words '')" "$1" "$_in"
      # shellcheck disable=SC2016 # for the shell that starts it
      [ "$4" = - ] || printf ' --key "$(cat %s)"' "$(key_path "$4" | words '')"
      printf ' >>%s 2>&1 </dev/null\n' "$(printf %s "$3/sq.log" | words '')"
    } >"$d/replay/$1"
  )
}

# key_path FILE: with the inventory's tilde resolved
key_path() {
  # shellcheck disable=SC2088 # the inventory's own tilde
  case $1 in '~/'*) printf %s "$HOME/${1#'~/'}" ;; *) printf %s "$1" ;; esac
}

# adopt_instance PORT PID START KIND UNIT USER DATADIR KEYFILE: checked, and remembered so that it can be started again
adopt_instance() {
  check_instance "$@"
  if [ "$2" = 0 ]; then
    not_taken "$1"
    [ "$4" = bare ] || return 0
    lost_power "$1" && return 0
    if kept "$1" && [ "$k_keyed" = 0 ]; then
      [ -d "$d/replay" ] || { mkdir "$d/replay" && chmod 700 "$d/replay"; } || return 1
      (umask 077 && { printf '# %s %s\n' "$boot" "$6" && cat "$d/stopped/$1"; } >"$d/replay/$1") || return 1
    else
      first_start "$1" "$6" "$7" "$8" || return 1
    fi
    durable "$d/replay/$1" "$d/replay"
    return
  fi
  if [ "$4" = bare ]; then
    remember "$1" "$2" || fail permission-denied "cannot read how SQ on port $1 was started"
  fi
  record_instance "$1" "$2" "$3" || fail disk-full "cannot write in $d"
}

# undecided SUM: true where a rollout placed it that never decided on it
undecided() {
  for _a in "$d/armed" "$d/armed.reverting"; do
    ! read_armed "$_a" || [ "$a_new" != "$1" ] || return 0
  done
  return 1
}

# arm HOLDER TOKEN NEW OLD SECONDS [PORT PID START KIND UNIT USER DATADIR KEYFILE]...: the guard script comes on
# standard input. Answers `armed`.
arm() {
  check_lease "$1" "$2"
  _holder=$1 _token=$2 _new=$3 _old=$4 _seconds=$5
  shift 5
  has_release "$_new" || fail upload-corrupt "the release $_new is not on this host"
  if [ "$_old" != - ]; then
    has_release "$_old" || fail upload-corrupt "the release $_old, the way back, is not on this host"
    sum "$bin"
    [ "$sum" = "$_old" ] || [ "$sum" = "$_new" ] || undecided "$sum" ||
      fail host-moved "$bin is not the binary that was seen (sha256 ${sum:-none})"
  fi
  wait_for_revert || fail host-locked 'the old binary is still being put back'
  scratch_end
  stop_timer
  uptime_now
  _deadline=$((uptime + _seconds))
  {
    printf '%s %s %s %s %s %s\n' "$_holder" "$_token" "$boot" "$_deadline" "$_new" "$_old"
    while [ $# -ge 8 ]; do
      printf "%s$tab%s$tab%s$tab%s$tab%s$tab%s$tab%s$tab%s\n" "$1" "$2" "$3" "$4" "${5:--}" "$6" "$7" "${8:--}"
      shift 8
    done
  } >"$d/tmp.armed" || fail disk-full "cannot write in $d"
  each_instance "$d/tmp.armed" adopt_instance || fail disk-full "cannot write in $d"
  cat >"$d/tmp.guard" || fail disk-full "cannot write in $d"
  # whoever sent it may have stood still meanwhile
  check_lease "$_holder" "$_token"
  mv -f "$d/tmp.guard" "$d/guard.sh" || fail disk-full "cannot write in $d"
  for _f in outcome progress armed.reverting armed.confirmed; do [ ! -e "$d/$_f" ] || rm -f "$d/$_f"; done
  durable "$d/guard.sh" "$d/tmp.armed"
  mv -f "$d/tmp.armed" "$d/armed" && durable "$d"
  # a disk that takes its time to keep this must not make the timer late
  uptime_now
  start_timer $((_deadline > uptime ? _deadline - uptime : 1)) "$_token" || {
    rm -f "$d/armed"
    fail timer-failed "no timer can be had on this host"
  }
  note "armed for $_seconds s: $_new, else $_old"
  say armed "$_seconds"
}

# fire TOKEN: what the timer does
fire() {
  trap '' HUP TERM INT PIPE
  read_armed "$d/armed" || return 0
  [ "$a_token" = "$1" ] || return 0
  # this process is the timer: it must not be ended as one
  rm -f "$d/timer"
  mv "$d/armed" "$d/armed.reverting" 2>/dev/null || return 0
  note "nobody confirmed in time: putting $a_old back"
  # a switch that hangs is ended first
  if switching_now; then
    kill -KILL "$_p" 2>/dev/null
    gone "$_p" "$_s"
  fi
  put_back "$d/armed.reverting" "timer"
}

# at_boot: before SQ starts, while armed: the host went down in the middle, and what was not confirmed goes. That decides
# the arming: nobody else may ever come to do it, and a guard that stayed would undo what somebody does by hand later.
# Where a bare process is to be started again the record stays, for whoever resumes.
at_boot() {
  for _a in "$d/armed" "$d/armed.reverting"; do
    read_armed "$_a" || continue
    [ "$a_boot" != "$boot" ] || continue
    if [ -z "$a_old" ]; then # of a first install nothing stays
      rm -f "$bin" || continue
      note "booted while armed: $a_new is gone"
    else
      sum "$bin"
      if [ "$sum" != "$a_old" ]; then
        go_back || continue
        note "booted while armed: $a_old is back"
      fi
    fi
    has_bare "$_a" && continue
    each_instance "$_a" forget_boot
    rm -rf "$d/timer" "$d/back" "$d/proven" "$_a" "$d/guard.sh"
  done
  return 0
}

# forget_boot PORT PID START KIND UNIT USER DATADIR: systemd is in the middle of starting it, and must not read its units
# anew; what it has read of the guard does no harm without one
forget_boot() {
  dropin_dir "$4" "$6" "$5" boot
  rm -f "$dropin/50-ranch.conf" "$d/hold.$1"
  rmdir "$dropin" 2>/dev/null
  forget_smoke "$@"
}
