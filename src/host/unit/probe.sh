# shellcheck shell=sh disable=SC2034,SC2154
# A scratch server for checks: the very program that runs an instance, on a copy of its content or on nothing, so that
# what is dangerous is tried there and never on the live server.

# probe_begin HOLDER TOKEN SECONDS copy|empty keyed|open held|roaming PORT PID START DATADIR: answers `scratch PORT SPARE
# KEY` and `copied PORT BYTES NAME` for each file. `open`: without a key. `roaming`: without --data-dir, its data in the
# working directory, as many run it.
probe_begin() {
  check_lease "$1" "$2"
  same "$8" "$9" || fail host-moved "SQ on port $7 is not the process that was seen (pid $8)"
  _seconds=$3 _content=$4 _keyed=$5 _roaming=$6
  shift 6
  scratch_end
  mkdir "$d/scratch" && chmod 700 "$d/scratch" || fail disk-full "cannot write in $d"
  running_program "$2"
  room_for "$d" $(($(phext_kb "$4") * 3 + 16384))
  cp "$program" "$d/scratch/sq" && chmod 755 "$d/scratch/sq" || fail disk-full "cannot copy $program into $d/scratch"
  case $_content in
    copy) copy_quietly "$1" "$2" "$3" "$4" "$d/scratch/$1" ;;
    *) mkdir "$d/scratch/$1" || fail disk-full "cannot write in $d/scratch" ;;
  esac
  used_ports
  key=
  if [ "$_keyed" = keyed ]; then key=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n'); fi
  printf '%s %s %s\n' "$_seconds" "$_roaming" "${key:--}" >"$d/scratch/how"
  probe_start "$1"
  for _f in "$d/scratch/$1"/*.phext; do
    [ -f "$_f" ] && say copied "$1" "$(wc -c <"$_f")" "${_f##*/}"
  done
  return 0
}

probe_start() { # PORT
  read -r _seconds _roaming key <"$d/scratch/how"
  if [ "$key" = - ]; then key=; fi
  if [ "$_roaming" = roaming ]; then roams=1; else roams=; fi
  scratch_start "$d/scratch/sq" "$d/scratch/$1" "$_seconds" ||
    fail proof-failed "a scratch SQ does not start: $(tail -c 300 "$d/scratch/$1/out.log" 2>/dev/null)"
  say scratch "$1" "$sport" "$key"
}

# probe_again HOLDER TOKEN PORT: kills it, whatever it does, and starts it on what it left. Answers `scratch` anew.
probe_again() {
  check_lease "$1" "$2"
  scratch_stop
  probe_start "$3"
}

# forget_scratch DATADIR NAME: the scratch phext of a smoke test on a live server, gone afterwards
forget_scratch() {
  case $2 in
    ranch-smoke-*[!0-9a-f]* | */*) fail internal "no scratch phext: $2" ;;
    ranch-smoke-?*) [ -L "$1/$2.phext" ] || rm -f "$1/$2.phext" ;;
    *) fail internal "no scratch phext: $2" ;;
  esac
}
