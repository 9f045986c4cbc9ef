# shellcheck shell=sh disable=SC2034,SC2154
# Releases lie beside the binary, named by what they are: the first twelve digits of their sha256.

# release_path SHA: into $release
release_path() {
  release=$d/releases/$(printf %.12s "$1")/sq
}

# has_release SHA: true when it is there and still what it says
has_release() {
  release_path "$1"
  [ -f "$release" ] || return 1
  sum "$release"
  [ "$sum" = "$1" ]
}

# adopt_release FILE SHA: moves a verified file into its place, durably
adopt_release() {
  release_path "$2"
  [ ! -e "${release%/sq}" ] || rm -rf "${release%/sq}"
  mkdir -p "${release%/sq}" && chmod 755 "$1" && { printf '%s\n' "$2" >"${release%/sq}/sha256"; } 2>/dev/null &&
    mv -f "$1" "$release" && durable "$release" "${release%/sq}" "$d/releases"
}

# keep_current SHA BYTES: the live binary becomes a release too, so that there is a way back. Not where the one that is to
# come has no room beside it: SQ's own files could then not grow any more.
keep_current() {
  [ -f "$bin" ] || return 0
  sum "$bin"
  current=$sum
  if ! has_release "$current"; then
    _kb=1024
    has_release "$1" || _kb=$(($2 / 512 + 1024))
    room_for $((_kb + $(stat -c %s "$bin") / 1024)) "$d"
    cp "$bin" "$d/tmp.current.$$" || fail disk-full "cannot copy $bin into $d"
    sum "$d/tmp.current.$$"
    [ "$sum" = "$current" ] || fail host-moved "$bin changed while it was copied"
    adopt_release "$d/tmp.current.$$" "$current" || fail disk-full "cannot write in $d"
  fi
  # what a rollout placed that never decided was never confirmed
  [ -f "$d/confirmed" ] || [ -e "$d/armed" ] || [ -e "$d/armed.reverting" ] || put "$d/confirmed" "$current adopted" ||
    fail disk-full "cannot write in $d"
  say current "$current"
}

# drop_unused: where the disk had no room for this rollout, what was brought for it and is not used goes again
drop_unused() {
  [ -e "$d/lease/short" ] && [ -r "$d/lease/staged" ] || return 0
  nothing_armed || return 0
  read -r _new <"$d/lease/staged"
  sum "$bin"
  [ "$sum" != "$_new" ] || return 0
  for _f in confirmed previous; do
    [ -r "$d/$_f" ] && read -r _s _ <"$d/$_f" && [ "$_s" = "$_new" ] && return 0
  done
  release_path "$_new"
  [ -d "${release%/sq}" ] || return 0
  rm -rf "${release%/sq}"
  note "dropped $_new: there is no room"
}

# stage HOLDER TOKEN SHA BYTES check|put: `check` comes first; `put` reads the binary from standard input
stage() {
  check_lease "$1" "$2"
  [ -w "$bindir" ] || fail permission-denied "cannot write in $bindir"
  put "$d/lease/staged" "$3" || : # a full disk: then it is not sent either
  if [ "$5" = check ]; then
    keep_current "$3" "$4"
  fi
  if has_release "$3"; then
    say staged "$3" 0
    return
  fi
  if [ "$5" = check ]; then
    say missing "$3"
    return
  fi
  room_for $(($4 / 512 + 1024)) "$d"
  _t=$d/tmp.upload.$$
  trap 'rm -f "$_t"' EXIT
  trap 'exit 1' HUP TERM INT PIPE
  dd of="$_t" bs=65536 conv=fsync 2>/dev/null || fail disk-full "cannot write the binary into $d"
  # whoever sent it may have stood still meanwhile
  check_lease "$1" "$2"
  sum "$_t"
  [ "$sum" = "$3" ] || fail upload-corrupt "what arrived has sha256 ${sum:-none}, not $3"
  adopt_release "$_t" "$3" || fail disk-full "cannot write in $d"
  trap - EXIT HUP TERM INT PIPE
  note "staged $3"
  say staged "$3" 1
}
