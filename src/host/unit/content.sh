# shellcheck shell=sh disable=SC2034,SC2154
# A phext in the place of another: what a restore does for all files of an instance, for one. What is replaced is kept
# in DATADIR/.ranch/content/SECONDS-TOKEN-PORT/, so that it can go back; where there was none, NAME.phext.none says so.

# Of each phext the last three that were replaced.
KEPT_CONTENTS=3

# keep_replaced DATADIR: the files that the exchange replaces, into $kept_in. SQ is down; a second name costs no space,
# and the exchange is a rename, so that nothing writes to what is kept.
keep_replaced() {
  mkdir -p "$kept_in" && chmod 700 "$1/.ranch/content" "$kept_in" || return 1
  for _x in "$1/.ranch/restore-$a_token"/*.phext "$1/.ranch/restore-$a_token"/*.phext.gone; do
    [ -f "$_x" ] || continue
    _x=${_x##*/}
    _x=${_x%.gone}
    if [ -f "$1/$_x" ]; then
      ln "$1/$_x" "$kept_in/$_x" 2>/dev/null || cp -p "$1/$_x" "$kept_in/$_x" || return 1
    else
      : >"$kept_in/$_x.none" || return 1
    fi
  done
  durable "$kept_in" "$1/.ranch/content"
}

# deploy_instance PORT PID START KIND UNIT USER DATADIR KEYFILE: SQ is down from the first to the last rename
deploy_instance() {
  kept_in=$7/.ranch/content/$(date +%s)-$a_token-$1
  [ "$verb" = deploy ] || kept_in=$kept_in-$verb
  deploys_in=$7
  if put_in_place deployed "$@"; then
    # what a deploy had kept is live again
    [ "$verb" = deploy ] || rm -rf "$deploys_in/.ranch/content"/*-"$a_token-$1"
    prune_contents "$deploys_in"
    return 0
  fi
  rm -rf "$deploys_in/.ranch/restore-$a_token"
  rmdir "$deploys_in/.ranch/content" "$deploys_in/.ranch" 2>/dev/null
  return 1
}

# kept_contents DATADIR: the folders of what was replaced, newest first, one a line
kept_contents() {
  # shellcheck disable=SC2012 # the names are ours: digits and dashes
  ls "$1/.ranch/content" 2>/dev/null | sort -t- -k1,1nr -k2,2nr -k4,4r
}

# prune_contents DATADIR: the last few of each phext stay
prune_contents() {
  _seen=$nl
  IFS=$nl
  for _f in $(kept_contents "$1"); do
    for _x in "$1/.ranch/content/$_f"/*; do
      _x=${_x##*/}
      _x=${_x%.none}
      _n=0 _rest=$_seen
      while :; do
        case $_rest in *"$nl$_x$nl"*) _n=$((_n + 1)) _rest=$nl${_rest#*"$nl$_x$nl"} ;; *) break ;; esac
      done
      _seen=$_seen$_x$nl
      [ $_n -lt $KEPT_CONTENTS ] || rm -rf "${1:?}/.ranch/content/$_f"
    done
  done
  IFS=' '
  return 0
}

# list_contents DATADIR NAME: answers `content FOLDER BYTES SHA256 SECONDS` for each that was replaced, newest first; the
# time is that of the deploy, sha256 `-` where there was none
list_contents() {
  phext_name "$2"
  IFS=$nl
  for _f in $(kept_contents "$1"); do
    _x=$1/.ranch/content/$_f/$2.phext
    if [ -f "$_x" ]; then
      sum "$_x"
      say content "$_f" "$(wc -c <"$_x")" "$sum" "${_f%%-*}"
    elif [ -f "$_x.none" ]; then
      say content "$_f" 0 - "${_f%%-*}"
    fi
  done
  IFS=' '
}

# restore_take HOLDER TOKEN DATADIR NAME FOLDER: what was kept becomes what is put in place next
restore_take() {
  check_lease "$1" "$2"
  phext_name "$4"
  case $5 in *[!0-9a-z-]* | '') fail internal "no folder of a content: $5" ;; esac
  _x=$3/.ranch/content/$5/$4.phext _t=$3/.ranch/restore-$2/$4.phext
  if [ -f "$_x" ]; then
    cp "$_x" "$_t" && durable "$_t" || fail disk-full "cannot copy $_x to $_t"
    sum "$_t"
    say put "$sum"
  elif [ -f "$_x.none" ]; then
    : >"$_t.gone" || fail disk-full "cannot write $_t.gone"
    say put -
  else
    fail host-moved "what was kept of $4 in $5 is not there any more"
  fi
}

# content_prove HOLDER TOKEN SECONDS PORT PID START DATADIR NAME: the program of that instance, beside the live one, on a
# copy of what lies ready to be put in place; PID 0: the binary as it lies on the disk. Answers `scratch PORT SPARE KEY`.
content_prove() {
  check_lease "$1" "$2"
  phext_name "$8"
  _ready=$7/.ranch/restore-$2/$8.phext
  [ -f "$_ready" ] || fail internal "nothing lies ready: $_ready"
  program=$bin
  if [ "$5" != 0 ]; then
    same "$5" "$6" || fail host-moved "SQ on port $4 is not the process that was seen (pid $5)"
    running_program "$5"
  fi
  scratch_end
  mkdir "$d/scratch" && chmod 700 "$d/scratch" && mkdir "$d/scratch/$4" || fail disk-full "cannot write in $d"
  room_for $(($(wc -c <"$_ready") / 1024 + $(wc -c <"$program") / 1024 + 4096)) "$d"
  cp "$program" "$d/scratch/sq" && chmod 755 "$d/scratch/sq" && cp "$_ready" "$d/scratch/$4/" ||
    fail disk-full "cannot copy into $d/scratch"
  used_ports
  random_hex
  key=$hex
  scratch_start "$d/scratch/sq" "$d/scratch/$4" "$3" ||
    fail proof-failed "SQ does not start on it: $(tail -c 300 "$d/scratch/$4/out.log" 2>/dev/null)"
  say scratch "$4" "$sport" "$key"
}

# file_end DATADIR NAME: answers `tail BYTES HEX`, the last four bytes of that phext; nothing where there is none
file_end() {
  phext_name "$2"
  [ -f "$1/$2.phext" ] || return 0
  say tail "$(wc -c <"$1/$2.phext")" "$(tail -c 4 "$1/$2.phext" | od -An -tx1 | tr -d ' \n')"
}
