# Looks at a host once and changes nothing. Arguments: `b:PATH` (a binary the inventory names), `d:DIR` (a data
# directory), `p:PORT` (where the inventory has an SQ), `k:SHA256` (a program whose version is known: it is not asked
# again). Prints one record a line, fields separated by tabs; see parse-observation.ts for each record's fields.
# Few processes on purpose: what the shell can read by itself is not worth a fork on a small machine.
# shellcheck shell=sh
# shellcheck disable=SC3013 # -ef: in dash, busybox and bash; POSIX has it since 2024
set -f
roots_place=/var/lib/ranch
tab='	'
nl='
'
IFS=' '
LC_ALL=C
export LC_ALL

# clean TEXT: into $c, safe to print as one field
clean() {
  c=$1
  case $c in *[[:cntrl:]]*) c=$(printf %s "$c" | tr '\000-\037\177' '?') ;; esac
}

# record FIELD...: prints one record
record() {
  _r=
  for _f in "$@"; do
    clean "$_f"
    _r="$_r$tab$c"
  done
  printf '%s\n' "${_r#"$tab"}"
}

# add_path PATH: remembers a binary to describe
paths=
add_path() {
  case "$nl$paths" in *"$nl$1$nl"*) ;; *) paths="$paths$1$nl" ;; esac
}
dirs=
add_dir() {
  case "$nl$dirs" in *"$nl$1$nl"*) ;; *) dirs="$dirs$1$nl" ;; esac
}

host_facts() {
  arch=$(uname -sm)
  os=${arch%% *}
  arch=${arch#* }
  if [ "$os" != Linux ] || [ ! -r /proc/self/stat ]; then
    record host "$os" "$arch" unknown '' '' '' 0 0 "${USER-}" '' "$HOME" 0 "$(date +%s)"
    record end
    exit 0
  fi
  uid_of self
  uid=$puid
  user=${USER-${LOGNAME-}}
  user_name "$uid"
  user=$name
  read -r boot </proc/sys/kernel/random/boot_id
  read -r up _ </proc/uptime
  read -r kernel </proc/sys/kernel/osrelease
  release=
  if [ -r /etc/os-release ]; then
    while IFS='=' read -r k v; do
      [ "$k" = PRETTY_NAME ] && release=$v
    done </etc/os-release
  fi
  set +f
  libc=unknown
  for f in /lib/ld-musl-*; do [ -e "$f" ] && libc=musl; done
  for f in /lib64/ld-linux* /lib/ld-linux* /lib/*/ld-linux*; do [ -e "$f" ] && libc=gnu; done
  set -f
  wsl=0
  case $kernel in *[Mm]icrosoft*) wsl=1 ;; esac
  systemd=0
  [ -d /run/systemd/system ] && [ -z "${RANCH_SCOPE-}" ] && systemd=1
  # busybox knows no %N and prints it
  now=$(date +%s.%N)
  case $now in *N) now=${now%.*} ;; esac
  record host "$os" "$arch" "$libc" "$release" "$kernel" "$boot" "$up" "$wsl" "$user" "$uid" "$HOME" "$systemd" "$now"
}

# in_scope PID: on a shared machine (RANCH_SCOPE set) only the processes marked with it are seen
in_scope() {
  [ -z "${RANCH_SCOPE-}" ] && return 0
  tr '\000' '\n' <"/proc/$1/environ" 2>/dev/null | grep -qxF "RANCH_SCOPE=$RANCH_SCOPE"
}

# only_in_scope: of the command lines in $found those in scope, in one go: a shared machine may run a hundred SQ of others
only_in_scope() {
  marks=
  IFS=$nl
  for f in $found; do marks="$marks${f%cmdline}environ$nl"; done
  # shellcheck disable=SC2086 # one path a line
  found=$(grep -lxzF "RANCH_SCOPE=$RANCH_SCOPE" -- $marks 2>/dev/null)
  IFS=' '
}

# uid_of PID: the effective user, into $puid
uid_of() {
  puid=
  while IFS=$tab read -r k _ v _; do
    if [ "$k" = Uid: ]; then puid=$v; break; fi
  done <"/proc/$1/status"
}

# user_name UID: into $name. Who runs SQ is mostly who looks, and the shell reads a file byte by byte.
named=
user_name() {
  [ "$1" = "$named" ] && return
  named=$1
  name=$1
  if [ -r /etc/passwd ]; then
    while IFS=: read -r n _ u _; do
      if [ "$u" = "$1" ]; then name=$n && return; fi
    done </etc/passwd
  fi
}

# group_of PID: the control group as systemd names it, into $group
group_of() {
  group=
  while IFS=: read -r n k g; do
    case $n:$k in 0: | *:name=systemd) [ -n "$g" ] && [ "$g" != / ] && group=$g ;; esac
  done <"/proc/$1/cgroup"
}

# main_of_unit PID: true when PID is all there is in its unit's control group, so that it is the unit's main
# process. (systemctl would know for certain and costs as much as all the rest; a switch asks it before it acts.)
main_of_unit() {
  for f in /sys/fs/cgroup /sys/fs/cgroup/systemd /sys/fs/cgroup/unified; do
    f=$f$group/cgroup.procs
    [ -r "$f" ] || continue
    alone=0
    while read -r v; do
      [ "$v" = "$1" ] && alone=1 || return 1
    done <"$f"
    [ $alone = 1 ] && return 0
  done
  return 1
}

# supervised PID PPID: how it is kept, into $kind and $unit
supervised() {
  kind=bare unit=''
  group_of "$1"
  case $group in
    */docker/* | */docker-* | */lxc/* | */kubepods* | */libpod-* | */containerd*)
      kind=unsupported unit='runs in a container'
      return
      ;;
  esac
  [ "$systemd" = 1 ] || group=
  case $group in
    */user@*.service/*.service) kind=systemd-user unit=${group##*/} ;;
    */user@*.service) ;;
    */ranch-deadman-*) ;;
    *.service) kind=systemd-system unit=${group##*/} ;;
  esac
  [ -n "$unit" ] && ! main_of_unit "$1" && kind=bare unit=''
  [ $kind = bare ] || return 0
  # A parent that waits for SQ would start it again, or go on to its next command: not ours to replace.
  case $2 in
    1) ;;
    *)
      read -r parent <"/proc/$2/comm" 2>/dev/null || parent=
      case $parent in
        systemd | init | '' | sshd | tmux* | screen | login | bash | zsh | fish | sh | dash | ash | node | Relay*) ;;
        *) kind=unsupported unit="is kept by $parent (pid $2)" ;;
      esac
      # A shell that runs a script (not one that a person types into) restarts what it started.
      case $parent in
        bash | sh | dash | ash | zsh)
          read -r pargs <"/proc/$2/cmdline" 2>/dev/null || :
          case $pargs in
            *-c* | *.sh*) kind=unsupported unit="is started by a shell script (pid $2)" ;;
          esac
          ;;
      esac
      ;;
  esac
}

# parse_args ARG...: SQ's own arguments, into $want (port), $dd (data directory), $haskey, $shown
parse_args() {
  want='' dd='' haskey=0 shown=''
  [ "${1-}" = host ] && want=${2-}
  prev=
  for a in "$@"; do
    # what follows `--key=` SQ ignores, but whoever wrote it meant a secret
    case $prev:$a in
      --key:*) haskey=1 a='[redacted]' ;;
      --data-dir:*) dd=$a ;;
      *:--key=*) a='--key=[redacted]' ;;
    esac
    shown="$shown$tab$a"
    prev=$a
  done
}

# listen_on TABLE: adds the inodes of its listening sockets to $listeners. The kernel lists them first; to look for more it
# walks a hash table that grows with memory (5 ms at 24 GB, a fifth of a look), so it is read no further than need be.
# SQ listens on IPv4: tcp6 is read where that did not do.
listen_on() {
  [ -r "/proc/net/$1" ] || return 0
  while read -r _ _ _ s _ _ _ _ _ i _; do
    case $s in
      0A) listeners=$listeners$i$nl ;;
      03 | st) ;;
      *) break ;;
    esac
  done <"/proc/net/$1"
}

# port_of_sockets: the port of the server whose descriptors are $fds, if it listens, into $port; their number into $files
port_of_sockets() {
  port=
  files=-4
  IFS=$nl
  for l in $fds; do
    files=$((files + 1))
    case $l in *socket:*) l=${l##*socket:[} l=${l%]} ;; *) continue ;; esac
    case $listeners in *"$nl$l$nl"*) port=$want ;; esac
  done
  IFS=' '
}

# is_named PATH: true for a binary that the inventory names
is_named() {
  case "$nl$paths" in *"$nl$1$nl"*) return 0 ;; esac
  IFS=$nl
  for l in $paths; do
    if [ "$1" -ef "$l" ]; then IFS=' ' && return 0; fi
  done
  IFS=' '
  return 1
}

# wanted_here WORD PORT: true when the words that follow a program's name are those of an SQ that the inventory has there
wanted_here() {
  [ "$1" = host ] || return 1
  case $2 in '' | *[!0-9]*) return 1 ;; esac
  case $ports in *" $2 "*) return 0 ;; *) return 1 ;; esac
}

# is_sq WORD PORT: true for a program of another name that is SQ by what it does: it was called as SQ is, it listens on
# that very port, and either the inventory has an SQ there or it made the folder that SQ makes where it runs. The first
# two alone are not enough: what is taken for SQ is asked for its version, and another program might do anything then.
is_sq() {
  wanted_here "$@" || { [ "$1" = host ] && [ -d "/proc/$p/cwd/.sq" ]; } || return 1
  case $2 in '' | *[!0-9]*) return 1 ;; esac
  want=$2
  find_port
  [ -n "$port" ] && listens_on_want
}

# listens_on_want: true when one of the sockets of $fds is that of the port $want, and not just any
listens_on_want() {
  at=$(sed -n "s/^ *[0-9]*: [0-9A-F]*:$(printf %04X "$want") [0-9A-F]*:[0-9A-F]* 0A [^ ]* [^ ]* [^ ]* *[0-9]* *[0-9]* *\([0-9]*\) .*/\1/p" /proc/net/tcp /proc/net/tcp6 2>/dev/null)
  IFS=$nl
  for l in $at; do
    case $fds in *"socket:[$l]"*) IFS=' ' && return 0 ;; esac
  done
  IFS=' '
  return 1
}

# find_port: port_of_sockets, in tcp6 as well where need be
find_port() {
  port_of_sockets
  [ -z "$port" ] && [ "$seen6" = 0 ] && { listen_on tcp6; seen6=1; port_of_sockets; }
  return 0
}

# server PID: prints one server
server() {
  p=$1
  args=$(tr '\t\n\000' '  \n' <"/proc/$p/cmdline" 2>/dev/null) || return 0
  IFS=$nl
  # shellcheck disable=SC2086 # one argument a line
  set -- $args
  IFS=' '
  fds=$(ls -l "/proc/$p/exe" "/proc/$p/fd/" 2>/dev/null)
  exe=${fds%%"$nl"*}
  case $exe in *" /proc/$p/exe -> "*) exe=${exe#*" /proc/$p/exe -> "} exe=${exe% (deleted)} ;; *) exe='' ;; esac
  hash=/proc/$p/exe
  base=${exe##*/}
  case $base in
    sq | sq[-_.]*) shift ;;
    node | nodejs | python* | perl* | ruby* | bun | deno)
      # An interpreted server is its script: the open file where it keeps one, else the file at the path.
      exe=${2-}
      case $exe in /*) ;; *) exe=$(cd -P "/proc/$p/cwd" && pwd -P)/$exe ;; esac
      case ${exe##*/} in sq | sq[-_.]*) ;; *) is_named "$exe" || return 0 ;; esac
      shift 2
      hash=$exe
      IFS=$nl
      for l in $fds; do
        case $l in *" -> $exe" | *" -> $exe (deleted)") l=${l% -> *} hash=/proc/$p/fd/${l##* } ;; esac
      done
      IFS=' '
      ;;
    '')
      # another user's, and we are not root: all there is to see is its arguments
      exe=${1-} hash=''
      case ${exe##*/} in
        sq | sq[-_.]*) ;;
        *) is_named "$exe" || wanted_here "${2-}" "${3-}" || return 0 ;;
      esac
      shift
      ;;
    *)
      [ $# -gt 2 ] || return 0
      is_named "$exe" || is_sq "$2" "$3" || return 0
      shift
      ;;
  esac
  in_scope "$p" || return 0
  parse_args "$@"
  case $want in '' | *[!0-9]*) return 0 ;; esac
  cwd=$(cd -P "/proc/$p/cwd" 2>/dev/null && pwd -P) || cwd=
  case $dd in '') dir=$cwd ;; /*) dir=$dd ;; *) dir=$cwd/$dd ;; esac
  read -r line <"/proc/$p/stat" || return 0
  line=${line##*) }
  # shellcheck disable=SC2086 # the kernel's fields
  set -- $line
  state=$1 ppid=$2 threads=${18} start=${20} rss=${22}
  uid_of "$p"
  user_name "$puid"
  supervised "$p" "$ppid"
  find_port
  replaced=1
  [ -z "$hash" ] || [ "$hash" -ef "$exe" ] && replaced=0
  if [ -n "$hash" ]; then
    [ $replaced = 1 ] || hash=$exe
    add_path "$exe"
    add_dir "$dir"
  else
    port=$want
    files=0
  fi
  [ $replaced = 1 ] && hashes="$hashes$hash$nl"
  record server "$p" "$start" "$exe" "$hash" "$replaced" "$haskey" "$cwd" "$puid" "$name" "$port" "$dir" "$kind" "$unit" "$ppid" "$rss" "$threads" "$files" "$state" "$want"
  printf 'args\t%s' "$p"
  printf '%s\n' "$shown"
}

# called_host: the command lines with SQ's `host`, whatever its program is called, into $found, one a line. The shell reads
# byte by byte: beyond a few processes one grep costs less. Its `-z` is not in the oldest busybox: then those that are
# called SQ are found. What it finds counts, not how it ends: processes that end meanwhile are errors to it.
called_host() {
  found=
  set +f
  set -- /proc/[0-9]*
  set -f
  if [ $# -gt 50 ]; then
    set +f
    found=$(grep -lxzF host /proc/[0-9]*/cmdline 2>/dev/null)
    [ -n "$found" ] || found=$(grep -lE '^(sq([-_.]|$)|node|MainThread|python|perl|ruby|bun$|deno$)' /proc/[0-9]*/comm 2>/dev/null)
    set -f
    [ -z "${RANCH_SCOPE-}" ] || case $found in */cmdline*) only_in_scope ;; esac
    return
  fi
  for d in "$@"; do
    read -r comm <"$d/comm" || continue
    # on every host, and each byte of a command line costs the kernel more than one of a name
    case $comm in systemd* | '(sd-pam)' | dbus* | sshd* | *getty | cron | sh | bash | dash | ash | sleep) continue ;; esac
    # NUL bytes are dropped by `read`: the arguments come glued together, good enough for a first look
    glued=
    read -r glued <"$d/cmdline" || :
    case $glued in *host[0-9]*) found="$found$d/cmdline$nl" ;; esac
  done 2>/dev/null
}

find_servers() {
  listeners=$nl seen6=0
  listen_on tcp
  hashes=
  called_host
  IFS=$nl
  for d in $found; do
    IFS=' '
    d=${d#/proc/}
    server "${d%/*}" 2>/dev/null
  done
  IFS=' '
}

# stopped unit files: who would start SQ, were it running
find_units() {
  [ "$systemd" = 1 ] || return 0
  set +f
  # shellcheck disable=SC2013 # unit files have no spaces in their names
  for f in $(grep -l '^ExecStart=[^ ][^ ]*  *host  *[0-9]' /etc/systemd/system/*.service /usr/lib/systemd/system/sq*.service /usr/local/lib/systemd/system/*.service "$HOME"/.config/systemd/user/*.service 2>/dev/null); do
    set -f
    cwd='' exec=''
    while IFS='=' read -r k v; do
      case $k in WorkingDirectory) cwd=$v ;; ExecStart) exec=$v ;; esac
    done <"$f"
    # shellcheck disable=SC2086 # words of a command line
    set -- $exec
    exe=$1
    case $exe in %h*) exe=$HOME${exe#%h} ;; esac
    case ${exe##*/} in
      *sq*) ;;
      *) is_named "$exe" || wanted_here "${2-}" "${3-}" || continue ;;
    esac
    [ $# -gt 0 ] && shift
    parse_args "$@"
    case $cwd in '~') cwd=$HOME ;; %h*) cwd=$HOME${cwd#%h} ;; esac
    case $dd in '') dir=$cwd ;; %h*) dir=$HOME${dd#%h} ;; *) dir=$dd ;; esac
    kind='systemd-system'
    case $f in "$HOME"/*) kind='systemd-user' ;; esac
    add_path "$exe"
    [ -n "$dir" ] && add_dir "$dir"
    record unit "$kind" "${f##*/}" "$exe" "$want" "$dir" "$haskey"
    set +f
  done
  set -f
}

# describe_binaries: one stat, one df and one sha256sum for all of them
describe_binaries() {
  bins='' folders=''
  IFS=$nl
  for b in $paths; do
    [ -f "$b" ] || { record missing "$b"; continue; }
    r=$b
    [ -L "$b" ] || case $b in */./* | */../*) true ;; *) false ;; esac && r=$(readlink -f "$b")
    # a link in the folders above is resolved as well: a switch happens at the real place
    d=$(cd -P "${r%/*}/" && pwd -P)
    case $d in /) r=/${r##*/} ;; *) r=$d/${r##*/} ;; esac
    record path "$b" "$r"
    case "$nl$bins" in *"$nl$r$nl"*) continue ;; esac
    bins="$bins$r$nl"
    w=0
    [ -w "$d" ] && w=1
    record binary "$r" "$w"
    case "$nl$folders" in *"$nl$d$nl"*) ;; *) folders="$folders$d$nl" ;; esac
  done
  # shellcheck disable=SC2086 # one path a line
  [ -n "$hashes$bins" ] && sums=$(sha256sum -- $hashes $bins 2>/dev/null)
  for l in $sums; do
    record sha "${l%% *}" "${l#*  }"
  done
  IFS=' '
}

# ask_versions: asks each different program once, from a place where it can create nothing
ask_versions() {
  IFS=$nl
  asked=
  for l in $sums; do
    s=${l%% *}
    b=${l#*  }
    [ -x "$b" ] || continue
    case $known$asked in *"$s"*) continue ;; esac
    asked="$asked$s "
    v=$(cd /proc && timeout 5 "$b" version 2>/dev/null </dev/null)
    record version "$s" "${v%%"$nl"*}"
  done
  IFS=' '
}

# folders_and_space: phext files, what ranch left, free space
describe_folders() {
  IFS=$nl
  set +f
  files=
  for d in $dirs; do
    [ -d "$d" ] || continue
    w=0
    [ -w "$d" ] && w=1
    record datadir "$d" "$w"
    for f in "$d"/*.phext; do [ -f "$f" ] && files="$files$f$nl"; done
    folders="$folders$d$nl"
  done
  # shellcheck disable=SC2086
  [ -n "$files$bins" ] && stat -c "stat$tab%s$tab%Y$tab%a$tab%U$tab%n" -- $bins $files 2>/dev/null
  set -f
  # shellcheck disable=SC2086
  [ -n "$folders" ] && df -Pk -- $folders 2>/dev/null | { IFS=' '; i=0; while read -r _ _ _ free _; do
    [ $i -gt 0 ] && printf 'df\t%s\t%s\n' "$i" "$free"
    i=$((i + 1))
  done; }
  for d in $folders; do record folder "$d"; done
  IFS=' '
}

ranch_folders() {
  IFS=$nl
  set +f
  for b in $bins; do
    d=${b%/*}/.ranch
    # where not even root can write, or could not, what a stop keeps lies elsewhere: see open_unit in unit/core.sh
    elsewhere=''
    if [ "$uid" = 0 ] && { [ -d "$roots_place" ] || [ ! -w "${b%/*}" ]; }; then
      elsewhere=$roots_place/$(printf %s "$b" | cksum | tr ' ' -)
      if [ ! -d "$d" ] || [ ! -w "${b%/*}" ]; then d=$elsewhere elsewhere=''; fi
    fi
    [ -d "$d" ] || continue
    confirmed='' previous='' armed=0 a_new='' a_old='' left=0 list=''
    [ -r "$d/confirmed" ] && IFS=' ' read -r confirmed _ <"$d/confirmed"
    [ -r "$d/previous" ] && IFS=' ' read -r previous _ <"$d/previous"
    for f in "$d"/releases/*/sha256; do [ -f "$f" ] && { read -r s <"$f"; list="$list $s"; }; done
    for f in "$d"/tmp.* "$d"/scratch* "$d"/progress*; do [ -e "$f" ] && left=$((left + 1)); done
    for f in "$d/armed" "$d/armed.reverting"; do
      [ -e "$f" ] && armed=1 && [ -r "$f" ] && IFS=' ' read -r _ _ _ _ a_new a_old <"$f"
    done
    record ranch "${b%/*}" "$confirmed" "$previous" "$armed" "$left" "${list# }" "$a_new" "$a_old"
    for f in "$d"/stopped/* "$elsewhere"/stopped/*; do
      # what ranch stopped, and how it would start it again
      case ${f##*/} in *[!0-9]*) continue ;; esac
      IFS=$tab read -r k kind _ _ keyed _ dir _ <"$f"
      [ "$kind" = bare ] && record unit bare '' "$b" "${f##*/}" "$dir" "$keyed"
    done
    if [ -r "$d/lease/owner" ]; then
      read -r o <"$d/lease/owner"
      switching=0
      [ -e "$d/lease/switching" ] && switching=1
      record lease "${b%/*}" "$o" "$switching"
    fi
  done
  set -f
  IFS=' '
}

known=
sums=
ports=' '
host_facts
for a in "$@"; do
  case $a in
    b:'~/'*) add_path "$HOME/${a#b:'~/'}" ;;
    d:'~/'*) add_dir "$HOME/${a#d:'~/'}" ;;
    b:*) add_path "${a#b:}" ;;
    d:*) add_dir "${a#d:}" ;;
    k:*) known="$known${a#k:} " ;;
    p:*) ports="$ports${a#p:} " ;;
  esac
done
if [ -z "${RANCH_SCOPE-}" ]; then
  for b in /usr/local/bin/sq /opt/sq/sq /exo/sq "$HOME/.cargo/bin/sq" "$HOME/.local/bin/sq"; do
    [ -f "$b" ] && add_path "$b"
  done
fi
find_servers
find_units
describe_binaries
ask_versions
describe_folders
ranch_folders
record end
