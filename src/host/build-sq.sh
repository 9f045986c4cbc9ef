# Builds one release of SQ with the user's own cargo, in a folder that is gone afterwards, and prints the program.
# Arguments: VERSION, `locked` or `newest` (the dependencies), the largest program in bytes that may be printed.
# Answers are records, one a line, fields separated by tabs, the last one `end`; see build-sq.ts. The record
# `binary BYTES` is followed by that many raw bytes and a line break.
# shellcheck shell=sh
LC_ALL=C
export LC_ALL
PATH=$PATH:/usr/local/bin:/usr/bin:/bin
tab='	'
IFS=' '
tmp=
job=

# say FIELD...: one record of the answer
say() {
  _r=
  for _f in "$@"; do
    case $_f in *[[:cntrl:]]*) _f=$(printf %s "$_f" | tr '\000-\037\177' '?') ;; esac
    _r="$_r$tab$_f"
  done
  printf '%s\n' "${_r#"$tab"}"
}

# cleanup: a compiler that has not noticed yet may still write where we remove
cleanup() {
  [ -n "$tmp" ] || return 0
  for _ in 1 2 3; do
    rm -rf "$tmp" 2>/dev/null && break
    sleep 1
  done
}

stop() {
  trap '' HUP INT TERM PIPE
  [ -n "$job" ] && kill "$job" 2>/dev/null && wait "$job" 2>/dev/null
  exit 1
}

# place: into $tmp, a new folder where programs may be run (/tmp is sometimes mounted noexec)
place() {
  for _p in "${TMPDIR:-/tmp}" "$HOME"; do
    tmp=$(mktemp -d "$_p/ranch-build.XXXXXX" 2>/dev/null) || continue
    printf '#!/bin/sh\n' >"$tmp/try" && chmod 700 "$tmp/try" && "$tmp/try" 2>/dev/null && return 0
    rm -rf "$tmp"
  done
  tmp=
  return 1
}

# ask_version PROGRAM: into $printed; SQ makes a `.sq` in the folder where it is started
ask_version() {
  printed=$(cd "$tmp" && "$1" version </dev/null 2>/dev/null | head -c 200)
}

trap cleanup EXIT
trap stop HUP INT TERM PIPE

cargo=$(command -v cargo) || cargo=${CARGO_HOME:-$HOME/.cargo}/bin/cargo
if [ ! -x "$cargo" ]; then
  say no-cargo
  say end
  exit 0
fi
if ! place; then
  say error permission-denied "no folder where a program can be built and run: neither ${TMPDIR:-/tmp} nor $HOME"
  say end
  exit 0
fi
set -- "$1" "$2" "$3" --version "$1" --root "$tmp/root" --color never
[ "$2" = locked ] && set -- "$@" --locked
max=$3
shift 3
# The lowest priority: SQ may be serving on this machine. In the background, so that a signal is heard at once.
CARGO_TARGET_DIR=$tmp/target nice -n 19 "$cargo" install sq "$@" </dev/null >"$tmp/log" 2>&1 &
job=$!
wait "$job"
code=$?
job=
sq=$tmp/root/bin/sq
if [ "$code" != 0 ] || [ ! -f "$sq" ]; then
  say failed "$code"
  tail -n 8 "$tmp/log" | while IFS= read -r line; do say log "$(printf '%.300s' "$line")"; done
  say end
  exit 0
fi
bytes=$(wc -c <"$sq")
bytes=$((bytes))
if [ "$bytes" -gt "$max" ]; then
  say error answer-too-large "the program is $bytes bytes long, more than $max"
  say end
  exit 0
fi
ask_version "$sq"
say printed "$printed"
say libphext "$(sed -n 's/^ *Compiling libphext v\([0-9.]*\).*/\1/p' "$tmp/log" | head -n 1)"
say binary "$bytes"
cat "$sq"
printf '\n'
say end
