# shellcheck shell=sh disable=SC2034,SC2154

# The most that is told of a log: long lines are rare, and a log is no download.
LOG_BYTES=131072

# tell_log LINES: standard input as records `line TEXT`; an end of line is added where the last one has none
tell_log() {
  {
    tail -n "$1" | tail -c $LOG_BYTES
    echo
  } | sed "s/^/line$tab/"
}

# logs LINES PORT PID KIND UNIT USER: the end of what SQ logged, wherever its standard output goes. Changes nothing.
logs() {
  _file=
  if [ "$3" != 0 ]; then
    _file=$(readlink "/proc/$3/fd/1" 2>/dev/null)
    [ -f "/proc/$3/fd/1" ] || _file=
  elif [ "$4" = bare ] && kept "$2"; then
    _file=$k_log
  fi
  case $4:$_file in
    *:/dev/null | systemd-*: | bare: | *:-) ;;
    *)
      say source file "$_file"
      # a log that was removed is still there for the one who writes it
      case $_file in *' (deleted)') _file=/proc/$3/fd/1 ;; esac
      [ -r "$_file" ] || fail permission-denied "cannot read $_file"
      tell_log "$1" <"$_file"
      return
      ;;
  esac
  case $4 in
    systemd-system)
      say source journal "$5"
      journalctl -q -u "$5" -n "$1" --no-pager -o short-iso 2>/dev/null </dev/null | tell_log "$1"
      ;;
    systemd-user)
      user_id "$6"
      say source journal "$5"
      journalctl -q "_SYSTEMD_USER_UNIT=$5" "_UID=$u" -n "$1" --no-pager -o short-iso 2>/dev/null </dev/null | tell_log "$1"
      ;;
    *) say source none '' ;;
  esac
}
