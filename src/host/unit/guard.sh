# shellcheck shell=sh disable=SC2034,SC2154
# What runs from the copy kept beside the binary: COMMAND BINARY ARG...
command=$1
open_unit "$2"
shift 2
case $command in
  switch-work)
    read_armed "$d/armed" || fail confirm-lost 'it is not armed any more'
    has_release "$a_new" || fail upload-corrupt "the release $a_new is not on this host"
    switch_work
    ;;
  maintain-work) maintain_work ;;
  put-back)
    trap '' HUP TERM INT PIPE
    put_back "$d/armed.reverting" "$1"
    ;;
  fire) fire "$1" >/dev/null 2>&1 ;;
  at-boot) at_boot >/dev/null 2>&1 ;;
esac
exit 0
