# shellcheck shell=sh disable=SC2034,SC2154
# Exchanging what a unit runs so that systemd neither signals the frozen SQ nor starts one by itself. The hold is a
# transient unit that has to stop before SQ's unit may (After=, PartOf=): a restart of SQ that is queued waits for it,
# and while a job waits systemd acts on no Restart= of its own. We end the frozen SQ meanwhile, then let go. Next to
# drop-ins this spares a host two daemon-reloads, in which it runs all its generators and reads all its units.

# hold_of PORT KIND USER: its name into $hold, and into $hold_file the file for as long as which its stop takes
hold_of() {
  unit_id
  hold=ranch-hold-$unit_id-$1
  hold_file=/run/$hold
  [ "$2" = systemd-system ] || { user_id "$3" && hold_file=/run/user/$u/$hold; }
}

# held PORT: true from the making of a hold to its end
held() {
  [ -e "$d/hold.$1" ]
}

# make_hold PORT KIND USER UNIT: false where there can be none: systemd is too old for it, or an OnFailure= of the unit
# would take the end of the old SQ for a failure. The process that systemd keeps is then $held_pid, that of $held_unit.
held_unit='' held_pid=0
make_hold() {
  main_pid "$2" "$3" "$4"
  held_unit="$2 $3 $4" held_pid=$pid
  [ -z "$shown_failure" ] || return 1
  hold_of "$1" "$2" "$3"
  { : >"$d/hold.$1"; } 2>/dev/null || return 1
  set -- "$@" --quiet --collect "--unit=$hold" --property=Type=oneshot --property=RemainAfterExit=yes \
    "--property=After=$4" "--property=PartOf=$4" --property=TimeoutStopSec=60 \
    "--property=ExecStop=/bin/sh -c 'while [ -e $hold_file ]; do sleep 0.01; done'" /bin/true
  _port=$1 _kind=$2 _owner=$3
  shift 4
  case $_kind in
    systemd-user) as_user "$_owner" env "XDG_RUNTIME_DIR=/run/user/$u" systemd-run --user "$@" ;;
    *) systemd-run "$@" ;;
  esac >/dev/null 2>&1 && return 0
  rm -f "$d/hold.$_port"
  return 1
}

# exchange_held PORT KIND USER UNIT PID START: the frozen process ends, and systemd starts the next
exchange_held() {
  hold_of "$1" "$2" "$3"
  : >"$hold_file" || return 1
  sctl "$2" "$3" restart --no-block -- "$4" 2>/dev/null || {
    rm -f "$hold_file"
    return 1
  }
  stop_frozen "$5" "$6"
  # For the job that waits this end was the stop of its restart; what is left of it is a start, which would wait for
  # RestartSec=. A second restart makes it one again.
  sctl "$2" "$3" restart --no-block -- "$4" 2>/dev/null
  rm -f "$hold_file"
  # joins what is under way, and waits for it
  sctl "$2" "$3" start -- "$4" 2>/dev/null
}

# end_hold PORT PID START KIND UNIT USER: also after a switch that died; a restart that still waits is not to come then
end_hold() {
  held "$1" || return 0
  hold_of "$1" "$4" "$6"
  if [ -e "$hold_file" ]; then
    _job=$(sctl "$4" "$6" show -p Job --value -- "$5" 2>/dev/null)
    [ "${_job:-0}" = 0 ] || sctl "$4" "$6" cancel "$_job" 2>/dev/null
    rm -f "$hold_file"
  fi
  sctl "$4" "$6" stop -- "$hold.service" 2>/dev/null
  rm -f "$d/hold.$1"
}
