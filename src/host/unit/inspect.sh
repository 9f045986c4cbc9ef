# shellcheck shell=sh disable=SC2034,SC2154

# nearly_full PORT FOLDER: true when there is less room than its phexts took at the proof, and a megabyte: while SQ
# writes one anew there is as much as that more
nearly_full() {
  [ -r "$d/proven/$1" ] || return 1
  _kb=1024
  while read -r _was _; do _kb=$((_kb + _was / 1024)); done <"$d/proven/$1"
  free_kb "$2"
  [ "$free" -lt $_kb ]
}

# list_full [PORT DATADIR]...: answers `full PORT` for each whose disk filled up since the proof
list_full() {
  while [ $# -ge 2 ]; do
    if nearly_full "$1" "$2"; then say full "$1"; fi
    shift 2
  done
}

# inspect [PORT KIND UNIT USER]...: how the unit stands, for a controller that comes back. Changes nothing.
inspect() {
  say boot "$boot"
  sum "$bin"
  say disk "$sum"
  _c='' _v=''
  [ -r "$d/confirmed" ] && read -r _c _ <"$d/confirmed"
  [ -r "$d/previous" ] && read -r _v _ <"$d/previous"
  say confirmed "$_c"
  say previous "$_v"
  for _a in armed armed.reverting armed.confirmed; do
    if read_armed "$d/$_a"; then
      uptime_now
      _left=$((a_deadline - uptime))
      [ "$a_boot" = "$boot" ] || _left=0
      say "$_a" "$a_holder" "$a_token" "$_left" "$a_new" "${a_old:--}"
    fi
  done
  switching_now && say switching "$_p"
  [ -r "$d/outcome" ] && say outcome "$(cat "$d/outcome")"
  while [ $# -ge 4 ]; do
    if running "$1" "$2" "$3" "$4"; then
      running_sum "$pid"
      say runs "$1" "$pid" "$start" "$sum"
    else
      say stopped "$1"
      if lost_power "$1"; then say startable "$1"; fi
    fi
    shift 4
  done
}
