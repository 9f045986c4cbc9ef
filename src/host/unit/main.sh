# shellcheck shell=sh disable=SC2034,SC2154
# main COMMAND BINARY ARG...
case $1 in
  switch-work | maintain-work | fire | at-boot)
    # started from the kept copy beside the binary
    command=$1
    open_unit "$2"
    shift 2
    case $command in
      switch-work)
        read_armed "$d/armed" && has_release "$a_new" || fail confirm-lost 'it is not armed any more'
        switch_work
        ;;
      maintain-work) maintain_work ;;
      fire) fire "$1" >/dev/null 2>&1 ;;
      at-boot) at_boot >/dev/null 2>&1 ;;
    esac
    exit 0
    ;;
esac
command=$1
open_unit "$2"
shift 2
case $command in
  lease) lease "$@" ;;
  stage) stage "$@" ;;
  prove-begin) prove_begin "$@" ;;
  prove-again) prove_again "$@" ;;
  prove-end)
    check_lease "$1" "$2"
    scratch_end
    ;;
  arm) arm "$@" ;;
  switch)
    switch "$@"
    exit 0
    ;;
  switch-result)
    switch_result
    exit 0
    ;;
  confirm) confirm "$@" ;;
  revert) revert "$@" ;;
  release) release "$@" ;;
  inspect) inspect "$@" ;;
  key) key "$@" ;;
  maintain)
    maintain "$@"
    exit 0
    ;;
  maintain-result)
    maintain_result "$@"
    exit 0
    ;;
  kept) list_kept ;;
  snapshot) snapshot_of "$@" ;;
  read-snapshot)
    read_snapshot "$@"
    exit 0
    ;;
  drop-snapshot) drop_snapshot "$@" ;;
  restore-begin) restore_begin "$@" ;;
  restore-put) restore_put "$@" ;;
  restore-end) restore_end "$@" ;;
  logs) logs "$@" ;;
  *) fail internal "no such command: $command" ;;
esac
say end
