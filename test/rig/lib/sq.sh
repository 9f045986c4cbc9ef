# SQ on a host, in the three ways that people run it. Sourced by rig.
# shellcheck shell=bash disable=SC2154 # its variables come from rig

run() { # [USER@]HOST CMD...: over ssh, from within the host's own network so that no cable or jump matters
  local h=${1#*@} u=root; [[ $1 != *@* ]] || u=${1%%@*}
  nsenter --net="/run/netns/$(netns "$h")" ssh -q -i "$R/id" -o BatchMode=yes -o ConnectTimeout=10 -o IdentitiesOnly=yes \
    -o UserKnownHostsFile="$R/$h/known_hosts" -o StrictHostKeyChecking=yes "$u@$(address "$h")" "${@:2}"
}
place() { # WAY PORT: the directory of its data on the host
  local n=''; [[ $2 == 1337 ]] || n=-$2
  case $1 in
    unit) echo "/var/lib/sq$n" ;;
    user) echo "/home/ranch/.sq/data$n" ;;
    bare) echo "/home/ranch/SQ$n" ;;
    *) die "way '$1' is none of unit, user, bare" ;;
  esac
}
listens() { [[ -n $(nsenter --net="/run/netns/$(netns "$1")" ss -Hltn "sport = :$2") ]]; }
await_port() { # HOST PORT: by the host's socket table, since a bare connect ends SQ 0.5.1
  local i
  for ((i = 0; i < 300; i++)); do listens "$1" "$2" && return; sleep .05; done
  say "nothing listens on port $2 of $1 after 15 s"
  run "$1" 'systemctl status --no-pager "sq*"; journalctl -n 15 --no-pager; tail -n 5 /home/ranch/SQ*/sq.log' >&2 || true
  return 1
}
as_ranch() { local root=$R/$1/root; shift; install -o 1500 -g 1500 "${@:1:$#-1}" "$root/${*: -1}"; } # HOST install's arguments
sq() { # WAY HOST BIN [PORT]
  local way=$1 h=$2 bin=$3 port=${4:-1337} root=$R/$2/root data d
  [[ -x $bin ]] || die "no SQ binary at '$bin'"
  [[ $way != user || $(cat "$R/$h/made") != minimal ]] || die "$h is minimal: users there have no systemd of their own"
  data=$(place "$way" "$port")
  case $way in
    unit) install -d "$root$data" && install -m 755 "$bin" "$root/usr/local/bin/.sq.new" && mv "$root/usr/local/bin/.sq.new" "$root/usr/local/bin/sq" ;;
    user)
      for d in .local .local/bin .config .config/systemd .config/systemd/user .sq; do as_ranch "$h" -d "home/ranch/$d"; done
      as_ranch "$h" -d "$data"
      as_ranch "$h" -m 755 "$bin" home/ranch/.local/bin/.sq.new && mv "$root"/home/ranch/.local/bin/{.sq.new,sq}
      run "$h" 'loginctl enable-linger ranch && systemctl start user@1500' ;;
    bare) as_ranch "$h" -d "$data" && as_ranch "$h" -m 755 "$bin" "$data/.sq.new" && mv "$root$data"/{.sq.new,sq} ;;
  esac
  if [[ $way == unit ]]; then run "$h" sh -s "$port" "$data" <"$here/host/sq-unit.sh"; else run "ranch@$h" sh -s "$port" "$data" <"$here/host/sq-$way.sh"; fi
  await_port "$h" "$port"
}
content() { # HOST FILE NAME [WAY] [PORT]
  local h=$1 way=${4:-unit} port=${5:-1337} dir
  dir=$(place "$way" "$port")
  ! listens "$h" "$port" || die "port $port of $h is served already: SQ would overwrite what is put under it; \`rig reset $h\` first"
  if [[ $way == unit ]]; then install -d "$R/$h/root$dir" && install -m 644 "$2" "$R/$h/root$dir/$3.phext"
  else
    [[ $way != user ]] || as_ranch "$h" -d home/ranch/.sq
    as_ranch "$h" -d "$dir" && as_ranch "$h" -m 644 "$2" "$dir/$3.phext"
  fi
}
