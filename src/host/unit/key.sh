# shellcheck shell=sh disable=SC2034,SC2154

# key PORT PID FILE: SQ's own key, for the one who has to ask SQ. It is in the process's arguments for all to see.
key() {
  if [ "$3" != - ]; then
    # shellcheck disable=SC2088 # the inventory's own tilde
    case $3 in '~/'*) _file=$HOME/${3#'~/'} ;; *) _file=$3 ;; esac
    [ -r "$_file" ] || fail permission-denied "cannot read the key file $_file"
    read -r _key <"$_file"
    say key "$_key"
    return
  fi
  _key=$(tr '\000' '\n' <"/proc/$2/cmdline" 2>/dev/null | sed -n '/^--key$/{n;p;}')
  say key "$_key"
}
