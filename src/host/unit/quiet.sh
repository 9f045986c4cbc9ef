# shellcheck shell=sh disable=SC2034,SC2154
# Freezing SQ at a moment when it writes no file. SQ writes a phext by truncating it: a kill or a copy at any other
# moment tears the file. While frozen with no phext open, every write it acknowledged is on the disk.

# Tries before giving up: 0.5.1, which writes on reads too, took up to 16 under four clients.
QUIET_TRIES=400

# Seconds after which a guard thaws, and how long before that no new freeze may begin: one that came after the guard
# was spent would have nobody to end it. Four seconds are fifteen times the longest that 0.5.1 took to be quiet.
GUARD_SECONDS=5
guard_pid='' guard_until=''

# all_stopped PID: true when every thread has come to rest
all_stopped() {
  for _t in /proc/"$1"/task/*/stat; do
    { read -r _l <"$_t"; } 2>/dev/null || continue
    _l=${_l##*) }
    case $_l in T*) ;; *) return 1 ;; esac
  done
}

# writing PID: true when a phext file is open
writing() {
  # shellcheck disable=SC2010 # one process for all descriptors
  case $(ls -l "/proc/$1/fd" 2>/dev/null) in *".phext"*) return 0 ;; *) return 1 ;; esac
}

# guard PID START: thaws the process should this script die while it is frozen
guard() {
  (
    trap '' HUP TERM INT PIPE
    sleep "$GUARD_SECONDS"
    same "$1" "$2" && kill -CONT "$1"
  ) >/dev/null 2>&1 </dev/null &
  guard_pid=$!
  uptime_now
  guard_until=$((uptime + GUARD_SECONDS - 1))
}

unguard() {
  [ -n "$guard_pid" ] && kill -KILL "$guard_pid" 2>/dev/null
  guard_pid='' guard_until=''
}

# freeze PID START: stops it at a quiet moment; false when it is gone or never quiet. $tries tells how often.
freeze() {
  tries=0
  while [ $tries -lt $QUIET_TRIES ]; do
    same "$1" "$2" || return 1
    if [ -n "$guard_until" ]; then
      uptime_now
      [ "$uptime" -lt "$guard_until" ] || return 1
    fi
    tries=$((tries + 1))
    kill -STOP "$1" 2>/dev/null || return 1
    _n=0
    until all_stopped "$1"; do
      _n=$((_n + 1))
      [ $_n -lt 200 ] || break
      sleep 0.001
    done
    if [ $_n -lt 200 ] && ! writing "$1"; then return 0; fi
    kill -CONT "$1"
    # Never the same time again: a server that writes in a rhythm would be met with its file open each time.
    sleep "0.00$((tries * 7 % 9 + 1))"
  done
  return 1
}

# Seconds for which a way back tries to find SQ quiet: its controller waits for a minute; a timer has nobody who waits.
BACK_SECONDS=40
TIMER_BACK_SECONDS=600

# freeze_to_go_back PID START SECONDS: as freeze, again and again. What runs was proven here and holds what was written
# since the switch: it is not ended with a file open, however late that makes the way back.
freeze_to_go_back() {
  uptime_now
  _give_up=$((uptime + $3))
  until freeze "$1" "$2"; do
    same "$1" "$2" || return 1
    uptime_now
    [ "$uptime" -lt "$_give_up" ] || return 1
    sleep 0.1
  done
}

# frozen_already PID: true when somebody else stopped it
frozen_already() {
  { read -r _l <"/proc/$1/stat"; } 2>/dev/null || return 1
  _l=${_l##*) }
  case $_l in T*) return 0 ;; *) return 1 ;; esac
}

# copy_phexts FROM TO: all phext files, or the one that $only names; TO is made anew
only=
copy_phexts() {
  [ ! -e "$2" ] || rm -rf "$2"
  # shellcheck disable=SC2174 # it alone is private
  mkdir -p -m 700 "$2" || return 1
  if [ -n "$only" ]; then set -- "$1" "$2" "$1/$only.phext"; else set -- "$1" "$2" "$1"/*.phext; fi
  [ -e "$3" ] || return 0
  _from=$1 _to=$2
  shift 2
  cp -p -- "$@" "$_to"/ || return 1
}

# copy_quietly PORT PID START FROM TO: the phext files at a moment when none is being written; SQ stands still for as
# long as the copy takes. PID 0: nothing runs there.
copy_quietly() {
  if [ "$2" = 0 ]; then
    copy_phexts "$4" "$5" || fail disk-full "cannot copy $4 to $5"
    return
  fi
  frozen_already "$2" && fail host-moved "SQ on port $1 is stopped (state T): somebody froze it"
  _frozen=$2
  guard "$2" "$3"
  trap 'kill -CONT $_frozen 2>/dev/null; exit 1' HUP TERM INT PIPE
  freeze "$2" "$3" || {
    unguard
    same "$2" "$3" || fail host-moved "SQ on port $1 is not the process that was seen (pid $2)"
    fail never-quiet "SQ on port $1 never stopped writing"
  }
  copy_phexts "$4" "$5"
  _rc=$?
  # a copy that outlived the guard was made of files that were written again
  frozen_already "$2" || _rc=thawed
  kill -CONT "$2"
  trap - HUP TERM INT PIPE
  unguard
  case $_rc in
    0) ;;
    thawed) fail never-quiet "the copy of $4 took longer than SQ may stand still" ;;
    *) fail disk-full "cannot copy $4 to $5" ;;
  esac
}
