# shellcheck shell=sh disable=SC2034,SC2154
# A scratch server for checks: the very program that runs an instance, on a copy of its content or on nothing, so that
# what is dangerous is tried there and never on the live server.

# probe_begin HOLDER TOKEN SECONDS copy|empty keyed|colon|open held|roaming plain|odd free|bounded PORT PID START DATADIR:
# answers `scratch PORT SPARE KEY` and `copied PORT BYTES NAME` for each file. `open`: without a key. `colon`: with one in
# its key. `roaming`: without --data-dir, its data in the working directory, as many run it. `odd`: with flags that SQ
# passes over. `bounded`: what is tried on it takes memory without end.
probe_begin() {
  check_lease "$1" "$2"
  _seconds=$3 _content=$4 _keyed=$5 _roaming=$6 _flags=$7 _memory=$8
  shift 8
  same "$2" "$3" || fail host-moved "SQ on port $1 is not the process that was seen (pid $2)"
  scratch_end
  mkdir "$d/scratch" && chmod 700 "$d/scratch" || fail disk-full "cannot write in $d"
  running_program "$2"
  room_for $(($(phext_kb "$4") * 3 + 16384)) "$d"
  cp "$program" "$d/scratch/sq" && chmod 755 "$d/scratch/sq" || fail disk-full "cannot copy $program into $d/scratch"
  case $_content in
    copy) copy_quietly "$1" "$2" "$3" "$4" "$d/scratch/$1.kept" ;;
    *) mkdir "$d/scratch/$1.kept" || fail disk-full "cannot write in $d/scratch" ;;
  esac
  copy_phexts "$d/scratch/$1.kept" "$d/scratch/$1" || fail disk-full "cannot copy in $d/scratch"
  used_ports
  key=
  if [ "$_keyed" != open ]; then key=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n'); fi
  if [ "$_keyed" = colon ]; then key=$key:; fi
  printf '%s %s %s %s %s\n' "$_seconds" "$_roaming" "${key:--}" "$_flags" "$_memory" >"$d/scratch/how"
  probe_start "$1"
  for _f in "$d/scratch/$1"/*.phext; do
    [ -f "$_f" ] && say copied "$1" "$(wc -c <"$_f")" "${_f##*/}"
  done
  return 0
}

# is_elf FILE: a program, and no script
is_elf() {
  [ "$(head -c 4 "$1" | od -An -tx1 | tr -d ' \n')" = 7f454c46 ]
}

probe_start() { # PORT
  read -r _seconds _roaming key _flags _memory <"$d/scratch/how"
  if [ "$key" = - ]; then key=; fi
  if [ "$_flags" = odd ]; then odd=1; else odd=; fi
  # kB of addresses: SQ takes 0.1 GB to begin with, and grows by 250 MB/s where it loops. An interpreter (a stand-in's)
  # takes gigabytes at once.
  bound=
  if [ "$_memory" = bounded ] && is_elf "$d/scratch/sq"; then bound=1500000; fi
  if [ "$_roaming" = roaming ]; then roams=1; else roams=; fi
  scratch_start "$d/scratch/sq" "$d/scratch/$1" "$_seconds" ||
    fail proof-failed "a scratch SQ does not start: $(tail -c 300 "$d/scratch/$1/out.log" 2>/dev/null)"
  say scratch "$1" "$sport" "$key"
}

# probe_again HOLDER TOKEN PORT left|copy: kills it, whatever it does, and starts it on what it left, or on the content as
# it was copied at first. Answers `scratch` anew.
probe_again() {
  check_lease "$1" "$2"
  scratch_stop
  if [ "$4" = copy ]; then
    copy_phexts "$d/scratch/$3.kept" "$d/scratch/$3" || fail disk-full "cannot copy in $d/scratch"
  fi
  probe_start "$3"
}

# probe_file PORT NAME: the path of a scratch server's file, into $file. `../` may lead one folder up, into scratch/.
probe_file() {
  case ${2#../} in */* | . | ..) fail internal "no file of a scratch server: $2" ;; esac
  [ -d "$d/scratch/$1" ] || fail internal "no scratch server"
  file=$d/scratch/$1/$2
}

# probe_read HOLDER TOKEN PORT NAME: `file SECONDS INODE HEX`, and nothing where there is none
probe_read() {
  check_lease "$1" "$2"
  probe_file "$3" "$4"
  [ ! -d "$file" ] || say folder
  [ -f "$file" ] || return 0
  say file "$(stat -c %Y "$file")" "$(stat -c %i "$file")" "$(tail -c 60000 "$file" | od -An -v -tx1 | tr -d ' \n')"
}

# probe_put HOLDER TOKEN PORT NAME: a file from standard input, dated back so that a later write of SQ shows
probe_put() {
  check_lease "$1" "$2"
  probe_file "$3" "$4"
  cat >"$file" && touch -t 200001010000 "$file" || fail disk-full "cannot write $file"
  say put "$(stat -c %Y "$file")"
}

# probe_remove HOLDER TOKEN PORT NAME: that file is gone
probe_remove() {
  check_lease "$1" "$2"
  probe_file "$3" "$4"
  rm -f "$file" && say removed
}

# probe_block HOLDER TOKEN PORT NAME: that file can be written no more, though SQ be root: a folder has its name
probe_block() {
  check_lease "$1" "$2"
  probe_file "$3" "$4"
  rm -f "$file" && mkdir "$file" || fail disk-full "cannot make $file"
  say blocked
}

# probe_version HOLDER TOKEN PORT: what the program itself prints: `printed CODE TEXT`
probe_version() {
  check_lease "$1" "$2"
  _v=$(cd "$d/scratch/$3" && timeout 20 "$d/scratch/sq" version 2>&1 </dev/null)
  say printed "$?" "$(printf %.200s "$_v")"
}

# probe_figures HOLDER TOKEN: `figures KB THREADS` of the scratch server
probe_figures() {
  check_lease "$1" "$2"
  for _p in /proc/[0-9]*; do
    _words=
    read -r _words <"$_p/cmdline" || :
    case $_words in timeout*) continue ;; *"$d/scratch/sq"*) ;; *) continue ;; esac
    say figures "$(sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "$_p/status")" "$(sed -n 's/^Threads:[^0-9]*//p' "$_p/status")"
  done 2>/dev/null
  return 0
}

# forget_scratch DATADIR NAME: the scratch phext of a smoke test on a live server, gone afterwards
forget_scratch() {
  case $2 in
    ranch-smoke-*[!0-9a-f]* | */*) fail internal "no scratch phext: $2" ;;
    ranch-smoke-?*) [ -L "$1/$2.phext" ] || rm -f "$1/$2.phext" ;;
    *) fail internal "no scratch phext: $2" ;;
  esac
}
