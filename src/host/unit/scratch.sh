# shellcheck shell=sh disable=SC2034,SC2154
# Scratch servers: the candidate (and the old binary) on a copy of the real content, on a spare port, behind a random
# key. `timeout` ends each by itself, whatever happens to its controller.

# used_ports: those that are listened on, in hexadecimal, kept for as long as the proof lasts
used_ports() {
  for _table in /proc/net/tcp /proc/net/tcp6; do
    [ -r "$_table" ] || continue
    # as in `listens`: no further than need be
    while read -r _ _local _ _state _; do
      case $_state in
        0A) printf '%s\n' "${_local##*:}" ;;
        03 | st) ;;
        *) break ;;
      esac
    done <"$_table"
  done >"$d/scratch/used"
}

# scratch_start BINARY FOLDER SECONDS: starts one behind $key, where there is one; into $sport and $spid. It keeps to
# FOLDER, unless $roams. $odd: with flags that it passes over. $bound: kB of addresses, at most.
roams='' odd='' bound=''
scratch_start() {
  _try=0
  _used=$nl
  while read -r _f; do _used=$_used$_f$nl; done <"$d/scratch/used"
  if [ -n "$roams" ]; then _held=; else _held=$2; fi
  while [ $_try -lt 20 ]; do
    _try=$((_try + 1))
    # 20000..31999: below the range from which kernels take ports for outgoing connections
    random_hex
    sport=$((20000 + (0x${hex#????????????????????????} % 12000)))
    case $_used in *"$nl$(printf %04X "$sport")$nl"*) continue ;; esac
    (cd "$2" && within_bound && exec setsid timeout -s KILL "$3" "$1" host "$sport" ${odd:+--verbose --key=x --data-dir other} ${key:+--key "$key"} ${_held:+--data-dir "$_held"} >"$2/out.log" 2>&1 </dev/null) &
    _parent=$!
    _n=0
    while [ $_n -lt 1000 ] && same_parent "$_parent"; do
      # SQ says a word before it listens; one that does not is looked for all the same, a little later
      if { [ -s "$2/out.log" ] || [ $_n -gt 20 ]; } && listens "$sport"; then
        start_of "$_parent" || continue
        printf '%s %s\n' "$_parent" "$start" >>"$d/scratch/pids"
        spid=$_parent
        return 0
      fi
      _n=$((_n + 1))
      sleep 0.005
    done
    kill -KILL "$_parent" 2>/dev/null
  done
  return 1
}

within_bound() {
  # shellcheck disable=SC3045 # in dash, busybox and bash
  [ -z "$bound" ] || ulimit -v "$bound" 2>/dev/null
  return 0
}

same_parent() {
  start_of "$1"
}

# scratch_stop: ends every scratch server of this unit
scratch_stop() {
  [ -r "$d/scratch/pids" ] || return 0
  while read -r _p _s; do
    same "$_p" "$_s" || continue
    # the server is a child of its timeout; both are in a session of their own
    kill -KILL "-$_p" 2>/dev/null || kill -KILL "$_p" 2>/dev/null
  done <"$d/scratch/pids"
  while read -r _p _s; do gone "$_p" "$_s"; done <"$d/scratch/pids"
  rm -f "$d/scratch/pids"
  end_watchers
}

# end_watchers: busybox's timeout becomes the server itself and leaves a watcher in a session of its own, which would
# notice only within a second that the server is gone
end_watchers() {
  _t=$(command -v timeout)
  [ -L "$_t" ] || return 0
  case $(readlink -f "$_t") in *busybox*) ;; *) return 0 ;; esac
  for _p in /proc/[0-9]*; do
    _words=
    read -r _words <"$_p/cmdline" || :
    case $_words in timeout*"$d/scratch/"*) kill -KILL "${_p#/proc/}" ;; esac
  done 2>/dev/null
  return 0
}

scratch_end() {
  scratch_stop
  [ ! -e "$d/scratch" ] || rm -rf "$d/scratch"
}

# runs_here FILE: whether the candidate runs at all on this host; answers `version TEXT`
runs_here() {
  _v=$(cd /proc && timeout 20 "$1" version 2>&1 </dev/null)
  _rc=$?
  # 126 and 127: not for this machine, or a library is lacking. 0.5.1 answers with an error in a folder like /proc.
  case $_rc in
    126 | 127 | 13[0-9]) fail proof-failed "the binary does not run on this host: $(printf %.200s "$_v")" ;;
  esac
  say version "${_v%%"$nl"*}"
}

# room_for KB DIR...: fails where there is not the space for what comes, in each
room_for() {
  _need=$1
  shift
  free_kb "$@"
  [ "$free" -ge "$_need" ] || fail disk-full "$free kB free at $*, $_need kB needed"
}

# prove_begin HOLDER TOKEN SHA SECONDS [PORT PID START DATADIR]...: copies each instance's content at a quiet moment
# and starts the candidate on it. Answers `scratch PORT SPARE KEY` and `copied PORT BYTES NAME` for each file.
prove_begin() {
  check_lease "$1" "$2"
  has_release "$3" || fail upload-corrupt "the release $3 is not on this host"
  candidate=$release
  seconds=$4
  shift 4
  runs_here "$candidate"
  scratch_end
  [ ! -e "$d/proven" ] || rm -rf "$d/proven"
  mkdir -m 700 "$d/scratch" "$d/proven" || fail disk-full "cannot write in $d"
  used_ports
  random_hex
  key=$hex
  while [ $# -ge 4 ]; do
    _port=$1 _pid=$2 _start=$3 _dir=$4
    shift 4
    [ -d "$_dir" ] || mkdir -p -- "$_dir" || fail permission-denied "cannot make the data folder $_dir"
    _kb=$(du -ck -- "$_dir"/*.phext 2>/dev/null)
    _kb=${_kb##*"$nl"} # the total
    _kb=${_kb%%[!0-9]*}
    _kb=${_kb:-0}
    # two copies for the proof, one snapshot for the switch, and room for what is written meanwhile
    room_for $((_kb * 2 + 4096)) "$d" "$_dir"
    copy_quietly "$_port" "$_pid" "$_start" "$_dir" "$d/scratch/$_port"
    scratch_start "$candidate" "$d/scratch/$_port" "$seconds" ||
      fail proof-failed "the new SQ does not start: $(tail -c 300 "$d/scratch/$_port/out.log" 2>/dev/null)"
    say scratch "$_port" "$sport" "$key"
    for _f in "$d/scratch/$_port"/*.phext; do
      [ -f "$_f" ] || continue
      _bytes=$(wc -c <"$_f")
      say copied "$_port" "$_bytes" "${_f##*/}"
      printf '%s %s\n' "$_bytes" "${_f##*/}" >>"$d/proven/$_port"
    done
  done
}

# prove_again HOLDER TOKEN SHA OLDSHA SECONDS PORT...: starts the candidate once more on what it wrote, and the old
# binary on a copy of it. Answers `again PORT SPARE KEY` and `old PORT SPARE KEY`.
prove_again() {
  check_lease "$1" "$2"
  release_path "$3"
  candidate=$release old=
  if [ -n "$4" ]; then
    has_release "$4" || fail upload-corrupt "the release $4 is not on this host"
    old=$release
  fi
  seconds=$5
  shift 5
  scratch_stop
  random_hex
  key=$hex
  for _port in "$@"; do
    if [ -n "$old" ]; then
      copy_phexts "$d/scratch/$_port" "$d/scratch/$_port.old" || fail disk-full "cannot copy in $d/scratch"
    fi
    scratch_start "$candidate" "$d/scratch/$_port" "$seconds" ||
      fail proof-failed "the new SQ does not start a second time: $(tail -c 300 "$d/scratch/$_port/out.log" 2>/dev/null)"
    say again "$_port" "$sport" "$key"
    [ -n "$old" ] || continue
    scratch_start "$old" "$d/scratch/$_port.old" "$seconds" ||
      fail proof-failed "the old SQ does not start on what the new one wrote: $(tail -c 300 "$d/scratch/$_port.old/out.log" 2>/dev/null)"
    say old "$_port" "$sport" "$key"
  done
}

# prove_end HOLDER TOKEN
prove_end() {
  check_lease "$1" "$2"
  scratch_end
}
