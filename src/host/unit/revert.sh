# shellcheck shell=sh disable=SC2034,SC2154
# Putting the old binary back: the binary only, never the data. A step like any other: a quiet stop, a rename, a start.

# takes_more FOLDER USER: true when files there can grow. On a full disk SQ says that it wrote and did not: what was
# written last is then in its memory alone.
takes_more() {
  as_user "$2" dd if=/dev/zero of="$1/.ranch-room" bs=65536 count=1 2>/dev/null
  _rc=$?
  rm -f "$1/.ranch-room"
  return $_rc
}

# revert_instance PORT PID START KIND UNIT USER DATADIR
revert_instance() {
  if running "$1" "$4" "$5" "$6"; then
    running_sum "$pid"
    if [ -n "$a_old" ] && [ "$sum" = "$a_old" ]; then
      frozen_already "$pid" && kill -CONT "$pid"
      say reverted "$1" "$pid" "$start" "$sum"
      return 0
    fi
    _new_pid=$pid _new_start=$start
    freeze_to_go_back "$pid" "$start" "$patience" || if same "$_new_pid" "$_new_start"; then
      kill -CONT "$_new_pid" 2>/dev/null
      why="never-quiet SQ on port $1 never stopped writing; it was not ended, for that would tear what it writes"
      return 1
    fi
    start=$_new_start
    if ! takes_more "$7" "$6"; then
      kill -CONT "$pid" 2>/dev/null
      why="unsaved the disk under $7 is full: SQ on port $1 may hold what it did not take"
      return 1
    fi
    if [ "$4" = bare ] || [ -z "$a_old" ]; then
      case $4 in
        systemd-*) sctl "$4" "$6" stop -- "$5" 2>/dev/null ;;
        *) stop_frozen "$pid" "$start" ;;
      esac
    fi
  fi
  [ -n "$a_old" ] || return 0
  start_instance "$1" "$4" "$5" "$6" || {
    why="SQ on port $1 did not start again"
    return 1
  }
  record_instance "$1" "$pid" "$start"
  running_sum "$pid"
  say reverted "$1" "$pid" "$start" "$sum"
}

# put_back FILE WHO: reverts what FILE says; into $put_back, `reverted` or `revert-failed WHY`
put_back() {
  why='' patience=$BACK_SECONDS
  [ "$2" != timer ] || patience=$TIMER_BACK_SECONDS
  read_armed "$1" || return 1
  start_of $$
  put "$d/reverting" "$$ $start $boot"
  scratch_end
  each_instance "$1" end_hold
  [ -z "$a_old" ] || go_back || why="cannot put $a_old back at $bin"
  if [ -z "$why" ]; then
    each_instance "$1" dropins_on
    each_instance "$1" revert_instance
  fi
  # of a first install nothing stays, unless its SQ could not be ended: that one keeps its binary
  [ -n "$a_old$why" ] || rm -f "$bin"
  put_back=reverted
  [ -z "$why" ] || put_back="revert-failed $why"
  put "$d/outcome" "$put_back by $2 (token $a_token)" || {
    # a full disk: what only a switch asks for makes room for a line
    rm -rf "$d/proven"
    put "$d/outcome" "$put_back by $2 (token $a_token)"
  }
  note "$put_back by $2"
  # a first install has nothing to try again for: armed, the next boot would take the binary from under its SQ
  if [ -n "$a_old" ] && [ -n "$why" ]; then each_instance "$1" dropins_off; else disarm "$1"; fi
  rm -f "$d/reverting"
}

# wait_for_revert: until a revert that is under way (the timer's, or one whose controller died) has ended; false when it
# still goes on after half a minute
wait_for_revert() {
  [ -r "$d/reverting" ] || return 0
  read -r _p _s _b <"$d/reverting"
  [ "$_b" != "$boot" ] || gone "$_p" "$_s" 3000
}

# start_lost: starts bare processes that a power cut ended after all was put back
start_lost() {
  [ -e "$bin" ] || return 0
  for _lost in "$d"/replay/*; do
    _lost=${_lost##*/}
    case $_lost in *[!0-9]*) continue ;; esac
    lost_power "$_lost" && ! running "$_lost" bare - - || continue
    start_instance "$_lost" bare - "$lost_user" && record_instance "$_lost" "$pid" "$start"
  done
}

# what_became: of putting back, for people; what could not be written is not told as if there had been nothing
what_became() {
  if [ -r "$d/outcome" ]; then
    cat "$d/outcome"
  elif [ -e "$d/armed.reverting" ]; then
    echo "revert-failed disk-full what became of it could not be written in $d"
  else
    echo 'nothing to revert'
  fi
}

# revert HOLDER TOKEN: the controller's own. The work is a process of its own, detached and silent like a switch.
# Answers `outcome TEXT`.
revert() {
  check_lease "$1" "$2"
  wait_for_revert || {
    say outcome 'revert-failed never-quiet SQ never stopped writing; the host goes on trying'
    return
  }
  if mv "$d/armed" "$d/armed.reverting" 2>/dev/null || [ -e "$d/armed.reverting" ]; then
    if switching_now; then
      kill -KILL "$_p" 2>/dev/null
      gone "$_p" "$_s"
      rm -f "$d/lease/switching"
    fi
    stop_timer
    setsid sh "$d/guard.sh" put-back "$bin" "$1" >/dev/null 2>&1 </dev/null
  else
    start_lost
  fi
  say outcome "$(what_became)"
}
