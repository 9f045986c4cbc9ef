# shellcheck shell=sh disable=SC2034,SC2154

# read_key FILE: the key in a key file, into $_key; false when it cannot be read or is empty
read_key() {
  _key=
  # shellcheck disable=SC2088 # the inventory's own tilde
  case $1 in '~/'*) _file=$HOME/${1#'~/'} ;; *) _file=$1 ;; esac
  [ -r "$_file" ] || return 1
  # a last line without its end is read as well
  read -r _key <"$_file" || :
  [ -n "$_key" ]
}

# key_of PID: the key among a process's arguments, into $_key; empty when it has none
key_of() {
  _key=$(tr '\000' '\n' <"/proc/$1/cmdline" 2>/dev/null)
  _key=$nl$_key
  case $_key in
    *"$nl--key$nl"*)
      _key=${_key#*"$nl--key$nl"}
      _key=${_key%%"$nl"*}
      ;;
    *) _key= ;;
  esac
}

# key PORT PID FILE: SQ's own key, for the one who has to ask SQ. It is in the process's arguments for all to see.
key() {
  if [ "$3" != - ]; then
    read_key "$3" || [ -r "$_file" ] || fail permission-denied "cannot read the key file $_file"
    say key "$_key"
    return
  fi
  key_of "$2"
  say key "$_key"
}
