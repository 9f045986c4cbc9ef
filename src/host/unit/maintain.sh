# shellcheck shell=sh disable=SC2034,SC2154
# Stop, start, restart, restore and deploy outside of a rollout. An instance is eight words: PORT PID START KIND UNIT USER
# DATADIR KEYFILE (`-` for none). All is checked first; what then happens is one process of its own, detached and
# silent like a switch, so that a lost connection leaves SQ neither frozen nor down.

# keep PORT PID KIND UNIT USER DATADIR KEYFILE: what it takes to start it again, for as long as it is stopped. One line
# of facts; for a bare process the rest is what starts it, without its key, for a unit `with UNIT` for each that goes
# down with it.
keep() {
  _k=$d/stopped/$1
  [ -d "$d/stopped" ] || { mkdir "$d/stopped" && chmod 700 "$d/stopped"; } || return 1
  _keyed=0 _out=-
  rm -f "$_k.part"
  if [ "$3" = bare ]; then
    remember "$1" "$2" "$_k.part" || return 1
    key_of "$2"
    [ -z "$_key" ] || _keyed=1
  fi
  dependents=
  # a restart in one job keeps them
  [ "$verb" = restart ] || dependents "$3" "$5" "$4"
  (
    umask 077
    {
      printf "#$tab%s$tab%s$tab%s$tab%s$tab%s$tab%s$tab%s\n" "$3" "$4" "$5" "$_keyed" "$7" "$6" "$_out"
      [ "$3" != bare ] || cat "$_k.part"
      for _u in $dependents; do printf 'with\t%s\n' "$_u"; done
    } >"$_k.new"
  ) || return 1
  rm -f "$_k.part"
  mv -f "$_k.new" "$_k" && durable "$_k" "$d/stopped"
}

# kept PORT: what was kept, into $k_kind $k_unit $k_user $k_keyed $k_keyfile $k_dir $k_log
kept() {
  k_kind=''
  [ -r "$d/stopped/$1" ] || return 1
  IFS=$tab read -r _ k_kind k_unit k_user k_keyed k_keyfile k_dir k_log <"$d/stopped/$1"
  [ -n "$k_kind" ]
}

# list_kept: what was stopped and can be started again
list_kept() {
  for _k in "$d"/stopped/*; do
    _p=${_k##*/}
    case $_p in *[!0-9]*) continue ;; esac
    kept "$_p" && say kept "$_p" "$k_kind" "$k_unit" "$k_user" "$k_keyed" "$k_keyfile" "$k_dir"
  done
  return 0
}

# may_stop PORT PID START KIND UNIT USER DATADIR KEYFILE: a bare process must be one that can be started again. $forget
# is 1 where the user takes it on to provide the key later.
may_stop() {
  check_instance "$@"
  [ "$2" != 0 ] && [ "$4" = bare ] || return 0
  [ -r "/proc/$2/environ" ] || fail permission-denied "cannot read how SQ on port $1 was started"
  key_of "$2"
  [ "$verb" = stop ] && [ -n "$_key" ] && [ "$forget" != 1 ] || return 0
  _has=$_key
  [ "$8" != - ] || fail acknowledgement-missing "SQ on port $1 has a key that no key file holds"
  read_key "$8" || fail permission-denied "cannot read the key file $8"
  [ "$_key" = "$_has" ] || fail acknowledgement-missing "the key of SQ on port $1 is not the one in $8"
}

# may_start PORT PID START KIND UNIT USER DATADIR KEYFILE
may_start() {
  check_instance "$@"
  [ "$2" != 0 ] || not_taken "$1"
  [ "$4" = bare ] && ! running "$1" "$4" "$5" "$6" || return 0
  kept "$1" || fail host-unsupported "how SQ on port $1 was started is not recorded at $d/stopped"
  [ "$k_keyed" = 0 ] || start_key "$8" || fail input-needed "SQ on port $1 needs its key, and no key file gives it"
}

# start_key KEYFILE: the key for a start, into $ranch_key
start_key() {
  ranch_key=
  for _f in "$1" "$k_keyfile"; do
    [ "$_f" != - ] && read_key "$_f" && ranch_key=$_key && return 0
  done
  return 1
}

# free_to_act: false while a rollout has a say in what runs here, whoever holds the lease
free_to_act() {
  [ ! -e "$d/armed" ] || fail host-locked 'a rollout armed this host and has not decided yet'
  [ ! -e "$d/armed.reverting" ] || [ -e "$d/outcome" ] ||
    fail host-locked 'the old binary of a rollout is being put back'
}

# maintain HOLDER TOKEN VERB FORGET LOSE [INSTANCE]...: the script comes on standard input. LOSE is 1 where SQ may be ended
# on a full disk
maintain() {
  check_lease "$1" "$2"
  free_to_act
  _holder=$1 _token=$2 verb=$3 forget=$4 lose=$5
  shift 5
  {
    printf '%s %s %s %s\n' "$_holder" "$_token" "$verb" "$lose"
    while [ $# -ge 8 ]; do
      printf "%s$tab%s$tab%s$tab%s$tab%s$tab%s$tab%s$tab%s\n" "$1" "$2" "$3" "$4" "${5:--}" "$6" "$7" "${8:--}"
      shift 8
    done
  } >"$d/tmp.acts" && cat >"$d/tmp.maintain.sh" || fail disk-full "cannot write in $d"
  # whoever sent it may have stood still meanwhile
  check_lease "$_holder" "$_token"
  case $verb in
    stop | restart | restore | deploy | undeploy) each_instance "$d/tmp.acts" may_stop ;;
    start) each_instance "$d/tmp.acts" may_start ;;
    *) fail internal "no such verb: $verb" ;;
  esac
  # once under a lease; what a deploy did may be undone under the same one
  case $verb in undeploy) _acted=$d/lease/undone ;; *) _acted=$d/lease/acted ;; esac
  mkdir "$_acted" 2>/dev/null || fail host-moved "the $verb was begun already under this lease"
  rm -f "$d/progress"
  setsid sh "$d/tmp.maintain.sh" maintain-work "$bin" >"$d/progress" 2>/dev/null </dev/null
  cat "$d/progress"
}

# maintain_result TOKEN VERB: what that did, for a controller that lost the connection; waits for its end. Answers
# `did 0` when it never began.
maintain_result() {
  if [ -r "$d/progress" ]; then
    IFS=$tab read -r _d _t _v <"$d/progress"
    if [ "$_d $_t $_v" = "did $1 $2" ]; then
      switching_now && gone "$_p" "$_s" 6000
      cat "$d/progress"
      return
    fi
  fi
  say did 0 "$2"
  say end
}

# maintain_work: the detached part
maintain_work() {
  trap '' HUP TERM INT PIPE
  read -r _holder a_token verb lose <"$d/tmp.acts"
  start_of $$
  printf '%s %s %s\n' $$ "$start" "$boot" >"$d/lease/switching"
  say did "$a_token" "$verb"
  replay_from=$d/stopped
  why=
  # by their full names: only functions that are named somewhere travel
  case $verb in
    stop) _act=stop_instance ;;
    start) _act=start_down ;;
    restart) _act=restart_instance ;;
    restore) _act=restore_instance ;;
    deploy | undeploy) _act=deploy_instance ;;
  esac
  if each_instance "$d/tmp.acts" quiet_on; then
    each_instance "$d/tmp.acts" "$_act"
  else
    why="permission-denied cannot write the unit's drop-in"
  fi
  each_instance "$d/tmp.acts" dropins_off
  note "$verb by $_holder: ${why:-done}"
  [ -z "$why" ] || say failed "${why%% *}" "${why#* }"
  rm -f "$d/lease/switching"
  say end
}

quiet_on() {
  [ "$verb" = start ] || dropins "$4" "$6" "$5" quiet
}

# hundredths: of a second since the boot, into $now
hundredths() {
  read -r now _ </proc/uptime
  now=${now%.*}${now#*.}
}

# hush PORT PID START KIND UNIT USER DATADIR KEYFILE: freezes the process at a quiet moment, all that it takes to start
# it again on the disk. Into $was, $pid and $start; $was is 0 when none runs.
hush() {
  was=0 tries=0 ranch_key=
  running "$1" "$4" "$5" "$6" && [ "$pid" != 0 ] || return 0
  was=$pid was_start=$start
  [ "$4" != bare ] || { key_of "$was" && ranch_key=$_key; }
  keep "$1" "$was" "$4" "$5" "$6" "$7" "$8" || {
    why="disk-full cannot record in $d how SQ on port $1 was started"
    return 1
  }
  guard "$was" "$was_start"
  hundredths
  down=$now
  if freeze "$was" "$was_start"; then
    if [ "$lose" = 1 ] || takes_more "$7" "$6"; then return 0; fi
    unguard
    kill -CONT "$was" 2>/dev/null
    rm -f "$d/stopped/$1"
    why="unsaved the disk under $7 is full: SQ on port $1 may hold what it did not take"
    return 1
  fi
  unguard
  if same "$was" "$was_start"; then
    rm -f "$d/stopped/$1"
    why="never-quiet SQ on port $1 never stopped writing"
    return 1
  fi
  # it ended by itself meanwhile
  return 0
}

# quiet_end PORT PID START KIND UNIT USER DATADIR: kills what was frozen; a unit's manager is then told that it is meant
quiet_end() {
  [ "$was" = 0 ] || stop_frozen "$was" "$was_start" || {
    unguard
    kill -CONT "$was" 2>/dev/null
    why="permission-denied SQ on port $1 does not end"
    return 1
  }
  unguard
  case $4 in
    systemd-*)
      sctl "$4" "$6" stop -- "$5" 2>/dev/null
      sctl "$4" "$6" reset-failed -- "$5" 2>/dev/null
      ;;
  esac
  [ "$was" = 0 ] || durable "$7"/*.phext
  return 0
}

# came_up PORT KIND UNIT USER: starts it, and then what went down with it. Into $pid, $start
came_up() {
  start_instance "$1" "$2" "$3" "$4" || return 1
  record_instance "$1" "$pid" "$start"
  running_sum "$pid"
  hundredths
  forget_kept "$1" "$2" "$4"
}

# forget_kept PORT KIND USER: it runs again, and so does what went down with it; else the record stays for another start
forget_kept() {
  if bring_back "$@"; then rm -f "$d/stopped/$1"; fi
}

stop_instance() {
  hush "$@" && quiet_end "$@" || return 1
  if [ "$was" = 0 ]; then
    say acted "$1" already-stopped 0 0 0 0 -
  else
    say acted "$1" stopped 0 0 "$tries" 0 -
  fi
  tell_taken "$1" "$4" "$6"
}

start_again() {
  came_up "$1" "$4" "$5" "$6" && return 0
  why="switch-failed SQ on port $1 did not start"
  return 1
}

start_down() {
  if running "$1" "$4" "$5" "$6" && listens "$1" "$pid"; then
    running_sum "$pid"
    forget_kept "$1" "$4" "$6"
    say acted "$1" already-running "$pid" "$start" 0 0 "$sum"
    return 0
  fi
  ranch_key=
  if [ "$4" = bare ] && kept "$1" && [ "$k_keyed" = 1 ]; then
    start_key "$8" || {
      why="input-needed SQ on port $1 needs its key, and no key file gives it"
      return 1
    }
  fi
  start_again "$@" || return 1
  say acted "$1" started "$pid" "$start" 0 0 "$sum"
}

restart_instance() {
  hush "$@" || return 1
  if [ "$was" = 0 ]; then
    start_down "$@"
    return
  fi
  # a unit is restarted while frozen: what requires it then stays up
  case $4 in systemd-*) ;; *) quiet_end "$@" || return 1 ;; esac
  start_again "$@" || {
    unguard
    return 1
  }
  unguard
  say acted "$1" restarted "$pid" "$start" "$tries" "$(((now - down) * 10))" "$sum"
}
