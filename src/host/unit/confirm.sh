# shellcheck shell=sh disable=SC2034,SC2154

# prune_snapshots DATADIR: the last three are kept
prune_snapshots() {
  _from=$1
  set -- "$1"/.ranch/snapshots/*
  [ $# -gt 3 ] || return 0
  set -- "$_from"
  _n=0
  IFS=$nl # else all the names would be one
  # shellcheck disable=SC2012,SC2045 # the names are ours
  for _x in $(ls -t "$1/.ranch/snapshots" 2>/dev/null); do
    _n=$((_n + 1))
    [ $_n -gt 3 ] && rm -rf "$1/.ranch/snapshots/$_x"
  done
  IFS=' '
  return 0
}

# forget_smoke PORT PID START KIND UNIT USER DATADIR: the scratch phexts of a smoke test are gone afterwards
forget_smoke() {
  set -- "$7" "$7"/ranch-smoke-*.phext
  [ ! -e "$2" ] || rm -f "$1"/ranch-smoke-*.phext
  prune_snapshots "$1"
}

# disarm FILE: everything an arming left, gone
disarm() {
  stop_timer
  each_instance "$1" end_hold
  each_instance "$1" dropins_off
  each_instance "$1" forget_smoke
  rm -rf "$d/guard.sh" "$d/back" "$d/proven" "$1"
}

# still_new PORT PID START KIND UNIT USER DATADIR: what the switch started runs there, and not one started after it died
still_new() {
  running "$1" "$4" "$5" "$6" || return 1
  if [ -r "$d/instances/$1" ]; then
    read -r _p _s <"$d/instances/$1"
    [ "$pid $start" = "$_p $_s" ] || return 1
  fi
  running_sum "$pid"
  [ "$sum" = "$a_new" ] || return 1
  say runs "$1" "$pid" "$start" "$sum"
}

# confirm HOLDER TOKEN SHA: the one rename that decides. Answers `confirmed` or `lost WHY`.
confirm() {
  check_lease "$1" "$2"
  if [ -e "$d/armed.confirmed" ]; then
    # confirmed before, and the controller died before it knew
    read_armed "$d/armed.confirmed" || fail confirm-lost 'the record of the arming cannot be read'
  else
    read_armed "$d/armed" && [ "$a_token" = "$2" ] || {
      # decided and tidied up before, and the answer never arrived
      [ -r "$d/confirmed" ] && read -r _c _h <"$d/confirmed" && [ "$_c $_h" = "$3 $1" ] && {
        say confirmed "$_c"
        return
      }
      say lost "$(cat "$d/outcome" 2>/dev/null)"
      return
    }
    each_instance "$d/armed" still_new || fail verify-failed 'the new SQ does not run any more'
    sum "$bin"
    [ "$sum" = "$a_new" ] || fail verify-failed "$bin is not the new binary any more (sha256 ${sum:-none})"
    mv "$d/armed" "$d/armed.confirmed" 2>/dev/null || {
      say lost "$(cat "$d/outcome" 2>/dev/null)"
      return
    }
  fi
  stop_timer
  _was=
  [ -r "$d/confirmed" ] && read -r _was _ <"$d/confirmed"
  if [ "$_was" != "$a_new" ] && [ -n "$_was" ]; then put "$d/previous" "$_was $a_holder"; fi
  put_durably "$d/confirmed" "$a_new $a_holder" || {
    # a full disk: the copy of the script that only an armed unit needs makes room for a line
    rm -f "$d/guard.sh"
    put_durably "$d/confirmed" "$a_new $a_holder" || fail disk-full "cannot write in $d"
  }
  disarm "$d/armed.confirmed"
  note "confirmed $a_new"
  say confirmed "$a_new"
}
