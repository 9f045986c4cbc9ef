# The part of ranch that runs on a host, for one binary (a unit) with all its instances. unit-script.ts joins the
# functions that a command needs; guard.sh is kept beside the binary while a dead man's switch is armed.
# Answers are records, one a line, fields separated by tabs, the last one `end`. Errors are records as well.
# shellcheck shell=sh
# shellcheck disable=SC3013 # -ef: in dash, busybox and bash; POSIX has it since 2024
# shellcheck disable=SC2034 # variables are used across the files of this folder
umask 022
LC_ALL=C
export LC_ALL
ROOTS_PLACE=/var/lib/ranch
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin
tab='	'
nl='
'
IFS=' '

# say FIELD...: one record of the answer
say() {
  _r=
  for _f in "$@"; do
    case $_f in *[[:cntrl:]]*) _f=$(printf %s "$_f" | tr '\000-\037\177' '?') ;; esac
    _r="$_r$tab$_f"
  done
  printf '%s\n' "${_r#"$tab"}"
}

# short_of_space: remembered until the lease is let go of
short_of_space() {
  [ ! -d "$d/lease" ] || { : >"$d/lease/short"; } 2>/dev/null
}

# fail CODE TEXT: ends the command with an error of domain/errors.ts
fail() {
  [ "$1" != disk-full ] || short_of_space
  say error "$@"
  say end
  exit 0
}

# open_unit BINARY: where everything of this unit lies: beside it. Where its folder cannot be written, not even by root,
# nothing can be rolled out, and what a stop or a backup needs lies in a place of root's own.
open_unit() {
  bin=$1
  bindir=${bin%/*}
  d=$bindir/.ranch
  [ "$me" = 0 ] && [ -d "$bindir" ] || return 0
  if [ ! -w "$bindir" ]; then
    d=$ROOTS_PLACE/$(printf %s "$bin" | cksum | tr ' ' -)
  elif [ -d "$ROOTS_PLACE" ]; then
    bring_kept "$ROOTS_PLACE/$(printf %s "$bin" | cksum | tr ' ' -)"
  fi
}

# bring_kept PLACE: what a stop kept there, while the folder could not be written, is brought beside the binary, where
# a start looks for it now that it can be
bring_kept() {
  [ ! -d "$1/lease" ] || return 0
  for _k in "$1"/stopped/*; do
    [ -f "$_k" ] || continue
    [ -d "$d/stopped" ] || { mkdir -p "$d" && mkdir "$d/stopped" && chmod 700 "$d/stopped"; } || return 0
    (umask 077 && cp "$_k" "$d/stopped/brought.$$") && durable "$d/stopped/brought.$$" &&
      mv -f "$d/stopped/brought.$$" "$d/stopped/${_k##*/}" && rm -f "$_k"
  done 2>/dev/null
  return 0
}

# note WORD...: one line in the unit's own log, append-only
note() {
  [ -d "$d" ] && printf '%s %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$*" >>"$d/log" 2>/dev/null
  return 0
}

# sum FILE: into $sum, empty where it cannot be read
sum() {
  sum=$(sha256sum <"$1" 2>/dev/null) || sum=
  sum=${sum%% *}
}

# durable PATH...: on the disk, not in a cache; old and small `sync`s know only everything
durable() {
  sync "$@" 2>/dev/null || sync
}

# put FILE TEXT: replaces a small file in one step; on a full disk nothing is left of the try
put() {
  { printf '%s\n' "$2" >"$1.tmp$$"; } 2>/dev/null && mv -f "$1.tmp$$" "$1" && return 0
  rm -f "$1.tmp$$"
  return 1
}

# put_durably FILE TEXT: the same, so that a power cut leaves the old text or the new one
put_durably() {
  { printf '%s\n' "$2" >"$1.tmp$$"; } 2>/dev/null && durable "$1.tmp$$" && mv -f "$1.tmp$$" "$1" && durable "${1%/*}" &&
    return 0
  rm -f "$1.tmp$$"
  return 1
}

# uptime_now: whole seconds of the monotonic clock, into $uptime
uptime_now() {
  read -r uptime _ </proc/uptime
  uptime=${uptime%.*}
}

read -r boot </proc/sys/kernel/random/boot_id

# start_of PID: its start time in ticks, into $start; false when there is no such process (a zombie is none)
start_of() {
  start=
  { read -r _stat <"/proc/$1/stat"; } 2>/dev/null || return 1
  _stat=${_stat##*) }
  case $_stat in Z* | X*) return 1 ;; esac
  _i=1
  for _f in $_stat; do
    if [ $_i = 20 ]; then start=$_f && return 0; fi
    _i=$((_i + 1))
  done
  return 1
}

# same PID START: true while exactly that process lives
same() {
  start_of "$1" && [ "$start" = "$2" ]
}

# lingers PID START: true while a process that has ended still has threads. They hold its port and its files; the first
# of them can be a zombie before the others have let go, and the next SQ then finds its port in use.
lingers() {
  { read -r _stat <"/proc/$1/stat"; } 2>/dev/null || return 1
  # shellcheck disable=SC2086 # the kernel's fields
  set -- "$2" ${_stat##*) }
  [ "$2" = Z ] && [ "${21}" = "$1" ] && [ "${19}" -gt 1 ]
}

# gone PID START [TRIES]: waits until that process is gone, with all its threads
gone() {
  _n=${3:-500}
  while same "$1" "$2" || lingers "$1" "$2"; do
    _n=$((_n - 1))
    [ $_n -gt 0 ] || return 1
    sleep 0.01
  done
}

# detach CMD...: starts it silently, in a session of its own, and waits for nothing; its pid into $pid. Not by `&`: what a
# shell starts so ignores INT and QUIT, no shell may undo that, and an SQ started again from there would as well. So the
# shell that would wait for it is ended by it. What this script ignores itself it does not.
detach() {
  {
    pid=$(
      trap - HUP TERM INT PIPE
      # shellcheck disable=SC2016 # expanded by the shells that are started
      sh -c '(exec sh -c "$0" "$$" "$@"); :' 'kill -KILL "$0"; echo $$; exec setsid "$@" >/dev/null' "$@"
    )
  } 2>/dev/null
}

# listens PORT [PID]: true when PORT is listened on (by PID). Never connects: SQ 0.5.1 dies of a bare connect. The kernel
# lists the sockets that listen first; to look for more it walks a table that grows with memory (8 ms at 24 GB). So a
# list is read line by line and no further than need be, and a process without a socket is not looked for.
listens() {
  _hex=$(printf %04X "$1")
  _fds=
  if [ $# -gt 1 ]; then
    # shellcheck disable=SC2012 # one process, and only socket inodes are read from it
    _fds=$(ls -l "/proc/$2/fd" 2>/dev/null)
    case $_fds in *'socket:['*) ;; *) return 1 ;; esac
  fi
  for _table in /proc/net/tcp /proc/net/tcp6; do
    [ -r "$_table" ] || continue
    while read -r _ _local _ _state _ _ _ _ _ _inode _; do
      case $_state in 0A) ;; 03 | st) continue ;; *) break ;; esac
      case $_local in *":$_hex") ;; *) continue ;; esac
      [ $# -gt 1 ] || return 0
      case $_fds in *"socket:[$_inode]"*) return 0 ;; esac
    done <"$_table"
  done
  return 1
}

# free_kb DIR...: kilobytes free, into $free: in the one that has the least
free_kb() {
  _df=$(df -Pk -- "$@" 2>/dev/null) || _df=
  free=
  IFS=$nl
  for _l in ${_df#*"$nl"}; do
    IFS=' '
    # shellcheck disable=SC2086 # fields: device, size, used, free
    set -- $_l
    case ${4:-x} in *[!0-9]*) continue ;; esac
    if [ "${free:-$4}" -ge "$4" ]; then free=$4; fi
  done
  IFS=' '
  free=${free:-0}
}

# unit_id: names what of this unit lies where others' things do as well, into $unit_id
unit_id() {
  # shellcheck disable=SC2046 # checksum and length
  [ -n "${unit_id-}" ] || { set -- $(printf %s "$bin" | cksum) && unit_id=$1-$2; }
}

# random_hex: 122 random bits of the kernel's in 32 digits, into $hex; no process
random_hex() {
  read -r hex </proc/sys/kernel/random/uuid
  IFS=-
  # shellcheck disable=SC2086 # the five parts
  set -- $hex
  IFS=' '
  hex=$1$2$3$4$5
}

# user_is_root: whether system units and other users' processes are ours to act on
me=
while IFS="$tab" read -r _k _ _v _; do
  if [ "$_k" = Uid: ]; then me=$_v; break; fi
done </proc/self/status
systemd=0
[ -d /run/systemd/system ] && [ -z "${RANCH_SCOPE-}" ] && systemd=1
