# shellcheck shell=sh disable=SC2034,SC2154
# What lies in a data folder and is no phext: exports, SQ's own folder, what ranch left.

# list_litter DATADIR: answers `entry NAME` for each, 200 at most
list_litter() {
  _most=200
  for _x in "$1"/*.phext.json "$1"/.sq "$1"/.ranch/restore-* "$1"/.ranch/tmp.* "$1"/.ranch/snapshots/*; do
    [ -e "$_x" ] || [ -L "$_x" ] || continue
    _most=$((_most - 1))
    [ $_most -ge 0 ] || break
    say entry "${_x#"$1"/}"
  done
  return 0
}
