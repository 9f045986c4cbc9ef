# shellcheck shell=sh disable=SC2034,SC2154,SC3013
# How an instance is stopped and started, as it was adopted: a systemd unit by systemd, a bare process by replaying
# what the kernel knew of it. An instance is five words: PORT KIND UNIT USER DATADIR, in $i_port and so on.

# user_id NAME: into $u
user_id() {
  u=0
  [ "$1" = root ] || u=$(id -u -- "$1" 2>/dev/null) || u=$1
}

# become NAME: into $as, the words that make a command run as that user; empty for ourselves
become() {
  user_id "$1"
  as=
  [ "$u" = "$me" ] && return 0
  if command -v setpriv >/dev/null 2>&1; then
    as="setpriv --reuid $u --regid $(id -g -- "$1") --init-groups --"
  else
    as="runuser -u $1 --"
  fi
}

# as_user NAME COMMAND...
as_user() {
  become "$1"
  shift
  # shellcheck disable=SC2086 # words
  $as "$@"
}

# sctl KIND USER ARG...: systemctl, of the system or of that user
sctl() {
  _kind=$1 _owner=$2
  shift 2
  if [ "$_kind" = systemd-user ]; then
    user_id "$_owner"
    as_user "$_owner" env "XDG_RUNTIME_DIR=/run/user/$u" systemctl --user "$@"
  else
    systemctl "$@"
  fi
}

# main_pid KIND USER UNIT: into $pid, 0 when it does not run. To ask systemd costs a host as much as to hash SQ twice, so
# what else is wanted of a unit comes with it: its drop-ins as systemd has read them ($shown_dropins) and its OnFailure=
# ($shown_failure), of the unit in $shown.
shown='' shown_dropins='' shown_failure=''
main_pid() {
  pid=0 shown="$1 $2 $3" shown_dropins='' shown_failure=''
  _shown=$(sctl "$1" "$2" show -p MainPID -p DropInPaths -p OnFailure -- "$3" 2>&1) || shown_failure=unknown
  IFS=$nl
  for _l in $_shown; do
    case $_l in
      MainPID=*) pid=${_l#*=} ;;
      DropInPaths=*) shown_dropins=${_l#*=} ;;
      OnFailure=*) shown_failure=${_l#*=} ;;
    esac
  done
  IFS=' '
  case $pid in '' | *[!0-9]*) pid=0 ;; esac
}

# dropin_dir KIND USER UNIT runtime|boot: where drop-ins go, into $dropin
dropin_dir() {
  case $1:$4 in
    systemd-system:runtime) dropin=/run/systemd/system/$3.d ;;
    systemd-system:boot) dropin=/etc/systemd/system/$3.d ;;
    systemd-user:runtime)
      user_id "$2"
      dropin=/run/user/$u/systemd/user/$3.d
      ;;
    systemd-user:boot)
      _home=$(sed -n "s/^$2:[^:]*:[^:]*:[^:]*:[^:]*:\([^:]*\):.*/\1/p" /etc/passwd)
      dropin=${_home:-$HOME}/.config/systemd/user/$3.d
      ;;
  esac
}

# dropins KIND USER UNIT on|quiet|boot|off: two drop-ins of a unit while it is armed. The one in /run makes a stop an
# immediate kill after which nothing restarts by itself, so that a frozen SQ ends frozen; such an end is no failure that
# would start a unit's OnFailure=. The other outlives a reboot: a start then first puts the confirmed binary back; its
# `-` makes sure that it can never keep SQ from starting. `quiet` is the first alone, for a stop outside of a rollout,
# `boot` the second alone: systemd reads it when it boots, and not before unless somebody has it read its units anew.
dropins() {
  case $1 in systemd-*) ;; *) return 0 ;; esac
  # what a system unit is made of is root's, whoever it runs as
  _all='' _whose=$2
  [ "$1" = systemd-system ] && _all=+ _whose=root
  for _when in runtime boot; do
    dropin_dir "$1" "$2" "$3" $_when
    if [ "$4" = off ]; then
      [ -d "$dropin" ] || continue
      rm -f "$dropin/50-ranch.conf"
      rmdir "$dropin" 2>/dev/null
      continue
    fi
    case $4:$_when in quiet:boot | boot:runtime) continue ;; esac
    become "$_whose"
    # shellcheck disable=SC2086 # words
    [ -d "$dropin" ] || $as mkdir -p "$dropin" || return 1
    case $_when in
      runtime) _conf="KillSignal=SIGKILL${nl}Restart=no${nl}SuccessExitStatus=SIGKILL" ;;
      boot) _conf="ExecStartPre=-$_all/bin/sh \"$d/guard.sh\" at-boot \"$bin\"" ;;
    esac
    write_as "$dropin/50-ranch.conf" "[Service]$nl$_conf" || return 1
  done
  case $4 in
    boot) return 0 ;;
    off)
      [ "$shown" = "$1 $2 $3" ] || main_pid "$1" "$2" "$3"
      case $shown_dropins in */50-ranch.conf*) ;; *) return 0 ;; esac
      ;;
  esac
  shown=
  sctl "$1" "$2" daemon-reload
}

# write_as FILE TEXT: as the user of $as
write_as() {
  if [ -n "$as" ]; then
    # shellcheck disable=SC2086 # words
    printf '%s\n' "$2" | $as tee "$1" >/dev/null
  else
    printf '%s\n' "$2" >"$1"
  fi
}

# words: NUL-separated standard input as quoted words of the shell
words() {
  tr '\000\n' '\n\001' | sed -e "$1" -e "s/'/'\\\\''/g" -e "s/^/'/" -e "s/\$/'/" | tr '\n\001' ' \n'
}

# forget_environment: prints what empties a shell's environment. Not `env -i NAME=VALUE...`: whoever is on the host could
# read the variables among its arguments, and an audit log would keep them. Only names that no shell can export go that
# way. Some of bash's own cannot be unset.
# shellcheck disable=SC2016 # expanded when it is replayed
forget_environment() {
  printf '%s\n' 'for _v in $(tr "\000\n" "\n " <"/proc/$$/environ" | sed -n "s/^\([A-Za-z_][A-Za-z0-9_]*\)=.*/\1/p"); do' \
    'case $_v in UID | EUID | PPID | SHELLOPTS | BASHOPTS | ranch_key) ;; *) unset "$_v" ;; esac' 'done' \
    '_k=${ranch_key-}; unset ranch_key PWD OLDPWD SHLVL _v; ranch_key=$_k; unset _k'
}

# interpreted PID: true where an interpreter runs it. Into $_exe, what the kernel runs
interpreted() {
  _exe=$(readlink "/proc/$1/exe")
  _exe=${_exe% (deleted)}
  case ${_exe##*/} in node | nodejs | python* | perl* | ruby* | bun | deno) return 0 ;; *) return 1 ;; esac
}

# ignored_by PID: by number, which of HUP, INT, QUIT and TERM it ignores, into $ignored: `nohup` makes a process ignore the
# first, a script's `&` the next two
ignored_by() {
  ignored=
  _ign=$(sed -n 's/^SigIgn:.*\(....\)$/\1/p' "/proc/$1/status")
  for _sig in 1 2 3 15; do
    [ $((0x${_ign:-0} >> (_sig - 1) & 1)) = 0 ] || ignored="$ignored $_sig"
  done
  ignored=${ignored# }
}

# remember PORT PID [FILE]: what it takes to start a bare process again as it runs: environment, arguments, folder,
# umask, log; the first line says in which boot, and whose. Readable by its owner alone and gone with the rollout, for its arguments
# can hold a key. On the disk before it has its name, so that a power cut leaves all of it. In a FILE, which stays for
# longer, $ranch_key stands for the key.
remember() {
  _m=$d/replay/$1 _key_out=
  _named='/^[A-Za-z_][A-Za-z0-9_]*=/'
  [ $# -lt 3 ] || _m=$3 _key_out='/^--key$/{n;s/.*/@ranch-key@/;};s/^--key=.*/--key=/'
  [ -d "${_m%/*}" ] || { mkdir "${_m%/*}" && chmod 700 "${_m%/*}"; } || return 1
  _cwd=$(readlink "/proc/$2/cwd") || return 1
  _out=$(readlink "/proc/$2/fd/1" 2>/dev/null)
  case $_out in /*) _out=${_out% (deleted)} ;; *) _out=/dev/null ;; esac
  _mask=$(sed -n 's/^Umask:[^0-9]*//p' "/proc/$2/status")
  # the program, as it was called where that leads to this binary, else by its path
  _prog=$(tr '\000\n' '\n\001' <"/proc/$2/cmdline" | sed -n 1p)
  _skip=1d
  if interpreted "$2"; then # its script is the program
    _prog=$(tr '\000\n' '\n\001' <"/proc/$2/cmdline" | sed -n 2p)
    _skip=1,2d
  fi
  case $_prog in
    */*) (cd "$_cwd" 2>/dev/null && [ "$_prog" -ef "$bin" ]) || _prog=$bin ;;
    *) _prog=$bin ;;
  esac
  (
    umask 077
    {
      [ $# -gt 2 ] || printf '# %s %s\n' "$boot" "$(stat -c %U "/proc/$2")"
      printf 'cd %s || exit 1\numask %s\n' "$(printf %s "$_cwd" | words '')" "${_mask:-022}"
      ignored_by "$2"
      [ -z "$ignored" ] || printf "trap '' %s\n" "$ignored"
      forget_environment
      printf 'export ranch_none '
      words "$_named!d;/^UID=/d;/^EUID=/d;/^PPID=/d;/^SHELLOPTS=/d;/^BASHOPTS=/d" <"/proc/$2/environ"
      printf '\nexec '
      _odd=$(words "$_named"'d;/^[^=]*=/!d' <"/proc/$2/environ")
      [ -z "$_odd" ] || printf 'env %s ' "$_odd"
      printf '%s ' "$(printf %s "$_prog" | words '')"
      # shellcheck disable=SC2016 # expanded when it is replayed
      words "$_skip;$_key_out" <"/proc/$2/cmdline" | sed "s/'@ranch-key@'/\"\$ranch_key\"/g"
      printf ' >>%s 2>&1 </dev/null\n' "$(printf %s "$_out" | words '')"
    } >"$_m.new"
  ) && { [ $# -gt 2 ] || durable "$_m.new"; } && mv -f "$_m.new" "$_m" && { [ $# -gt 2 ] || durable "${_m%/*}" "$d"; } &&
    return 0
  rm -f "$_m.new"
  return 1
}

# remember_all [PORT PID START KIND]...: how each bare process runs, before anything else is done to the host: after a
# power cut nothing else would know it.
remember_all() {
  while [ $# -ge 4 ]; do
    if [ "$4" = bare ] && same "$2" "$3" && [ -r "/proc/$2/environ" ]; then remember "$1" "$2"; fi
    shift 4
  done
}

# replay PORT USER: starts it again, from $replay_from where that is set. Into $pid
replay() {
  _m=${replay_from:-$d/replay}/$1
  [ -r "$_m" ] || return 1
  become "$2"
  # shellcheck disable=SC2086 # words
  pid=$(export ranch_key="${ranch_key-}"; detach $as sh -s <"$_m"; echo "$pid")
  [ -n "$pid" ]
}

# start_instance PORT KIND UNIT USER [PID START]: starts it (or, under systemd, starts it anew at once, in place of the
# frozen PID) and waits until it listens. Into $pid and $start; false when it does not come up.
start_instance() {
  case $2 in
    systemd-*)
      # restart of the frozen unit keeps what requires it alive; stop and start would not
      if held "$1" && [ "${5:-0}" != 0 ]; then
        exchange_held "$1" "$2" "$4" "$3" "$5" "$6" || return 1
      else
        sctl "$2" "$4" reset-failed -- "$3" 2>/dev/null
        sctl "$2" "$4" restart -- "$3" 2>/dev/null || return 1
      fi
      main_pid "$2" "$4" "$3"
      ;;
    bare) replay "$1" "$4" || return 1 ;;
    *) return 1 ;;
  esac
  _n=0
  while [ $_n -lt 1500 ]; do
    start_of "$pid" || return 1
    listens "$1" "$pid" && return 0
    _n=$((_n + 1))
    sleep 0.005
  done
  return 1
}

# stop_frozen PID START: ends a frozen process, without a write being torn
stop_frozen() {
  kill -KILL "$1" 2>/dev/null
  gone "$1" "$2"
}

# runs_script PID: true where the first argument of an interpreter is this binary
runs_script() {
  _script=$(tr '\000\n' '\n\001' <"/proc/$1/cmdline" | sed -n 2p)
  (cd "/proc/$1/cwd" && [ "$_script" -ef "$bin" ])
}

# running PORT KIND UNIT USER: the process that serves it now, into $pid and $start; false when none does
running() {
  pid=0
  case $2 in
    systemd-*)
      main_pid "$2" "$4" "$3"
      [ "$pid" != 0 ] && start_of "$pid"
      return
      ;;
  esac
  # the record of the last start first, then whoever runs this binary and listens there
  if [ -r "$d/instances/$1" ]; then
    read -r pid _s <"$d/instances/$1"
    same "$pid" "$_s" && return 0
  fi
  # the kernel keeps fifteen characters of a name
  _name=$(printf %.15s "${bin##*/}")
  for _p in /proc/[0-9]*; do
    read -r _c <"$_p/comm" 2>/dev/null || continue
    case $_c in
      sq | sq[-_.]* | node* | MainThread | python* | perl* | ruby* | bun | deno | "$_name") ;;
      *) [ "$_p/exe" -ef "$bin" ] || continue ;;
    esac
    pid=${_p#/proc/}
    listens "$1" "$pid" && start_of "$pid" || continue
    # another's script, under the same interpreter
    case $_c in sq* | "$_name") ;; *) [ "$_p/exe" -ef "$bin" ] || runs_script "$pid" || continue ;; esac
    return 0
  done 2>/dev/null
  pid=0
  return 1
}

# record_instance PORT PID START
record_instance() {
  { [ -d "$d/instances" ] || mkdir -p "$d/instances"; } && put "$d/instances/$1" "$2 $3"
}

# running_program PID: a path at which what runs can be read, into $program; of the script where an interpreter runs it
running_program() {
  program=/proc/$1/exe
  interpreted "$1" || return 0
  # the open file where it keeps one, else the file at the path
  program=$bin
  IFS=$nl
  # shellcheck disable=SC2012,SC2045 # one process for all descriptors
  for _l in $(ls -l "/proc/$1/fd" 2>/dev/null); do
    case $_l in *" -> $bin" | *" -> $bin (deleted)") _l=${_l%% -> *} program=/proc/$1/fd/${_l##* } ;; esac
  done
  IFS=' '
}

# running_sum PID: the sha256 of what runs, into $sum
running_sum() {
  running_program "$1"
  sum "$program"
}
