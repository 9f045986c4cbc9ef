# shellcheck shell=sh disable=SC2034,SC2154
# Units that systemd takes down with SQ's: those that require it, are bound to it or are part of it, and so on. A stop
# notes which of them run; the start that follows brings back those that are down, and no others.

# Tenths of a second for all of them to come up: what takes longer is told as not yet up.
BACK_TENTHS=300

# dependents KIND USER UNIT: the running ones, nearest first, into $dependents
dependents() {
  dependents=
  case $1 in systemd-*) ;; *) return 0 ;; esac
  _seen=" $3 " _next=$3
  while [ -n "$_next" ]; do
    _found=
    for _u in $_next; do
      # a property that an older systemd does not know gives nothing
      _near=$(sctl "$1" "$2" show -p RequiredBy -p RequisiteOf -p BoundBy -p ConsistsOf -p PropagatesStopTo --value -- "$_u" 2>/dev/null | tr '\n' ' ')
      for _v in $_near; do
        case $_seen in *" $_v "*) continue ;; esac
        _seen="$_seen$_v "
        if unit_is "$1" "$2" "$_v" active; then _found="$_found $_v"; fi
      done
    done
    dependents="$dependents$_found"
    _next=${_found# }
  done
  dependents=${dependents# }
}

# unit_is KIND USER UNIT STATE
unit_is() {
  [ "$(sctl "$1" "$2" show -p ActiveState --value -- "$3" 2>/dev/null)" = "$4" ]
}

# kept_dependents PORT: what the record of a stop names, into $dependents
kept_dependents() {
  dependents=$(sed -n "s/^with$tab//p" "$d/stopped/$1" 2>/dev/null | tr '\n' ' ')
}

# tell_taken PORT KIND USER: answers `with PORT UNIT` for each that is down
tell_taken() {
  kept_dependents "$1"
  _n=0
  for _u in $dependents; do
    # one that is told to stop takes its time
    while unit_is "$2" "$3" "$_u" deactivating && [ $_n -lt $BACK_TENTHS ]; do
      _n=$((_n + 1))
      sleep 0.1
    done
    unit_is "$2" "$3" "$_u" active || say with "$1" "$_u"
  done
}

# bring_back PORT KIND USER: starts those that are down, and answers `with PORT UNIT` for each that came up, `down PORT UNIT`
# for each that did not; false where there is such a one
bring_back() {
  kept_dependents "$1"
  _left='' _down=
  for _u in $dependents; do
    unit_is "$2" "$3" "$_u" active && continue
    _down="$_down $_u"
    # a target would bring along all that it wants, which nobody stopped; systemd orders the rest by itself
    case $_u in
      *.target) sctl "$2" "$3" start --no-block --job-mode=ignore-dependencies -- "$_u" 2>/dev/null ;;
      *) sctl "$2" "$3" start --no-block -- "$_u" 2>/dev/null ;;
    esac
  done
  _n=0
  for _u in $_down; do
    while [ $_n -lt $BACK_TENTHS ] && { unit_is "$2" "$3" "$_u" activating || has_job "$2" "$3" "$_u"; }; do
      _n=$((_n + 1))
      sleep 0.1
    done
    if unit_is "$2" "$3" "$_u" active; then
      say with "$1" "$_u"
    else
      say down "$1" "$_u"
      _left=1
    fi
  done
  [ -z "$_left" ]
}

# has_job KIND USER UNIT: true while systemd has not done what it was told
has_job() {
  _job=$(sctl "$1" "$2" show -p Job --value -- "$3" 2>/dev/null)
  [ "${_job:-0}" != 0 ]
}
