# shellcheck shell=sh disable=SC2034,SC2154,SC3013
# Phext files out of a host and back: a snapshot taken at a quiet moment and read piece by piece, and a restore, whose
# files lie ready beside the live ones before anything is stopped.

# snapshot_one HOLDER TOKEN NAME [PORT PID START DATADIR]...: the same for the one phext of that name
snapshot_one() {
  phext_name "$3"
  only=$3 _who=$1 _t=$2
  shift 3
  snapshot_of "$_who" "$_t" "$@"
}

# snapshot_of HOLDER TOKEN [PORT PID START DATADIR]...: answers `snapshot PORT FOLDER` and `phext PORT BYTES SHA256
# MTIME NAME` for each file
snapshot_of() {
  check_lease "$1" "$2"
  _token=$2
  shift 2
  while [ $# -ge 4 ]; do
    _port=$1 _dir=$4
    _folder=$_dir/.ranch/snapshots/$_token-$1
    for _x in "$_dir"/*.phext; do
      case $_x in *[[:cntrl:]]*) fail host-unsupported "the name of a phext file in $_dir holds a control character" ;; esac
    done
    mkdir -p "$_dir/.ranch/snapshots" 2>/dev/null || fail permission-denied "cannot write in $_dir"
    room_for $(($(phext_kb "$_dir") + 1024)) "$_dir"
    copy_quietly "$1" "$2" "$3" "$4" "$_folder"
    shift 4
    say snapshot "$_port" "$_folder"
    for _x in "$_folder"/*.phext; do
      [ -f "$_x" ] || continue
      sum "$_x"
      say phext "$_port" "$(wc -c <"$_x")" "$sum" "$(stat -c %Y "$_x")" "${_x##*/}"
    done
  done
}

# phext_kb DIR: what its phext files take on the disk, in kilobytes
phext_kb() {
  _kb=$(du -ck -- "$1"/*.phext 2>/dev/null | sed -n '$s/[^0-9].*//p')
  printf %s "${_kb:-0}"
}

# read_snapshot FILE MEGABYTES: up to eight megabytes of a file of a snapshot, or of one that a deploy replaced, from
# there; bytes, not records
read_snapshot() {
  case $1 in
    *..*) ;;
    */.ranch/snapshots/*/*.phext | */.ranch/content/*/*.phext) dd if="$1" bs=1048576 skip="$2" count=8 2>/dev/null ;;
  esac
}

# drop_snapshot HOLDER TOKEN [PORT DATADIR]...: this lease's own
drop_snapshot() {
  check_lease "$1" "$2"
  _token=$2
  shift 2
  while [ $# -ge 2 ]; do
    rm -rf "$2/.ranch/snapshots/$_token-$1"
    rmdir "$2/.ranch/snapshots" "$2/.ranch" 2>/dev/null
    shift 2
  done
  return 0
}

# restore_begin HOLDER TOKEN DATADIR KB: an empty place for what is to come, with room for it and for a snapshot
restore_begin() {
  check_lease "$1" "$2"
  [ -d "$3" ] || fail host-moved "there is no folder $3"
  rm -rf "$3"/.ranch/restore-*
  mkdir -p "$3/.ranch/restore-$2" && chmod 700 "$3/.ranch/restore-$2" || fail permission-denied "cannot write in $3"
  room_for $(($4 + $(phext_kb "$3") + 4096)) "$3"
}

# restore_put HOLDER TOKEN DATADIR NAME SHA256: one file, from standard input
restore_put() {
  check_lease "$1" "$2"
  phext_name "$4"
  [ ! -L "$3/$4.phext" ] || fail host-unsupported "$3/$4.phext is a symbolic link"
  _t=$3/.ranch/restore-$2/$4.phext
  dd of="$_t" bs=65536 conv=fsync 2>/dev/null || {
    rm -f "$_t"
    fail disk-full "cannot write $_t"
  }
  sum "$_t"
  [ "$sum" = "$5" ] || {
    rm -f "$_t"
    fail upload-corrupt "what arrived has sha256 ${sum:-none}, not $5"
  }
  say put "$sum"
}

# restore_end HOLDER TOKEN DATADIR: nothing of it stays
restore_end() {
  check_lease "$1" "$2"
  rm -rf "$3/.ranch/restore-$2"
  rmdir "$3/.ranch" 2>/dev/null
  return 0
}

# phext_name NAME: ends what would lead elsewhere
phext_name() {
  case $1 in '' | */* | .*) fail internal "no name of a phext: $1" ;; esac
}

# dress FILE MODEL: with the mode and owner of MODEL
dress() {
  _look=$(stat -c '%a %u:%g' "$2") || return 1
  chown "${_look#* }" "$1" 2>/dev/null
  chmod "${_look%% *}" "$1"
}

# exchange PORT DATADIR: what lies ready becomes live, file by file
exchange() {
  rm -f "$d/tmp.new"
  for _x in "$2/.ranch/restore-$a_token"/*.phext; do
    [ -f "$_x" ] || continue
    _live=$2/${_x##*/}
    if [ -e "$_live" ]; then
      dress "$_x" "$_live"
    else
      printf '%s\n' "$_live" >>"$d/tmp.new" && dress "$_x" "$2" && chmod a-x "$_x"
    fi && mv -f "$_x" "$_live" || return 1
    sum "$_live"
    say restored "$1" "$sum" "${_x##*/}"
  done
  for _x in "$2/.ranch/restore-$a_token"/*.phext.gone; do
    [ -f "$_x" ] || continue
    _x=${_x##*/}
    rm -f "$2/${_x%.gone}" || return 1
  done
  durable "$2"/*.phext "$2"
}

# take_back DATADIR: the files as they were, and none that was not there. By renames: a disk may have no room for copies.
take_back() {
  if [ -r "$d/tmp.new" ]; then
    while IFS= read -r _x; do rm -f "$_x"; done <"$d/tmp.new"
  fi
  for _x in "$kept_in"/*.phext; do
    [ -f "$_x" ] || continue
    _live=$1/${_x##*/}
    # a second name of what was not exchanged; some `mv` refuse that
    [ "$_x" -ef "$_live" ] || mv -f "$_x" "$_live" || return 1
  done
  durable "$1"/*.phext "$1"
}

# restore_instance PORT PID START KIND UNIT USER DATADIR KEYFILE: SQ is down from the first to the last file. What it was
# is what it is afterwards: stopped stays stopped.
restore_instance() {
  kept_in=$7/.ranch/snapshots/$a_token-$1
  put_in_place restored "$@" || return 1
  prune_snapshots "$7"
}

# keep_what_is_there DATADIR: what the exchange replaces, into $kept_in. A restore keeps all, a deploy what it replaces.
keep_what_is_there() {
  case $verb in
    restore) copy_phexts "$1" "$kept_in" ;;
    *) keep_replaced "$1" ;;
  esac
}

# put_in_place STATE PORT PID START KIND UNIT USER DATADIR KEYFILE
put_in_place() {
  done_as=$1 replacing=
  shift
  hush "$@" && quiet_end "$@" || return 1
  if keep_what_is_there "$7"; then
    say snapshot "$1" "$kept_in"
    for _x in "$kept_in"/*.phext; do
      [ -f "$_x" ] && [ ! -e "$7/.ranch/restore-$a_token/${_x##*/}" ] &&
        [ ! -e "$7/.ranch/restore-$a_token/${_x##*/}.gone" ] && say left "$1" "${_x##*/}"
    done
    replacing=1
    exchange "$1" "$7" || why="disk-full cannot rename the files into $7"
  else
    why="disk-full no room to keep what is in $7"
  fi
  if [ -z "$why" ] && [ "$was" != 0 ]; then start_again "$@"; fi
  if [ -n "$why" ]; then
    undo_restore "$@"
    return 1
  fi
  rm -rf "$7/.ranch/restore-$a_token"
  if [ "$was" = 0 ]; then
    say acted "$1" "$done_as-stopped" 0 0 0 0 -
  else
    say acted "$1" "$done_as" "$pid" "$start" "$tries" "$(((now - down) * 10))" "$sum"
  fi
}

# undo_restore, same words: the old files again, and SQ on them. Before the first was exchanged they are where they were,
# and what was kept of them may be cut off.
undo_restore() {
  if [ -n "$replacing" ] && ! take_back "$7"; then
    why="$why; the old files are in $kept_in"
    return
  fi
  rm -rf "$kept_in"
  if [ "$was" != 0 ] && ! came_up "$1" "$4" "$5" "$6"; then
    why="$why; the old content is back, and SQ is down"
  else
    why="$why; the old content is back"
  fi
}
