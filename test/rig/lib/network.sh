# Namespaces, cables, the common bridge and the private cable of a host behind another. Sourced by rig.
# shellcheck shell=bash disable=SC2154 # its variables come from rig

bridge() {
  if ! ip link show "$BRIDGE" >/dev/null 2>&1; then
    ip link add "$BRIDGE" type bridge
    ip link set "$BRIDGE" alias "$R" address "$(mac 0)" up
    ip addr add "$NET.1/24" dev "$BRIDGE"
  fi
  local owner; owner=$(cat "/sys/class/net/$BRIDGE/ifalias")
  [[ $owner == "$R" ]] || die "network $NET belongs to the rig in $owner: take another RIG_NET, or RIG_DIR=$owner rig down"
  # Each systemd takes many inotify instances; the kernel's default of 128 serves about four hosts.
  sysctl -qw fs.inotify.max_user_instances=65536 kernel.pty.max=4096 2>/dev/null || true
}
# A network card keeps its address for life. With a new one after each change of cable, and a bridge that takes the
# lowest of its ports, neighbours would send to the old ones for seconds.
mac() { printf '02:52:%s:%s:00:%02x' "${TAG:2:2}" "${TAG:4:2}" "$1"; }
outer() { local v; v=$(via_of "$1"); shift; ip ${v:+-n "$(netns "$v")"} "$@"; } # HOST ARGS: ip, where the far end of its cable is
plug() { # HOST: the far end of its cable up, and the way to it
  local v; v=$(via_of "$1")
  outer "$1" link set "$(cable "$1")" up
  [[ -z $v ]] || outer "$1" route replace "$(address "$1")/32" dev "$(cable "$1")" src "$(address "$v")"
}
wire() { # HOST: its namespace, cable and address, made again where an earlier run left half of them
  local h=$1 ns v; ns=$(netns "$h"); v=$(via_of "$h")
  if ! nsenter --net="/run/netns/$ns" true 2>/dev/null; then
    unwire "$h"
    ip netns add "$ns"
    ip -n "$ns" link set lo up
  fi
  if ! ip -n "$ns" link show host0 >/dev/null 2>&1; then
    ip link del "$(cable "$h")" 2>/dev/null || true
    ip link add "$(cable "$h")" ${v:+netns "$(netns "$v")"} type veth peer name host0 address "$(mac "${h#h}")" netns "$ns"
    [[ -n $v ]] || ip link set "$(cable "$h")" master "$BRIDGE"
    ip -n "$ns" link set host0 up
    ip -n "$ns" addr add "$(address "$h")/24" dev host0
    ip -n "$ns" route add default via "$NET.1"
  fi
  plug "$h"
}
unwire() {
  ip netns del "$(netns "$1")" 2>/dev/null || rm -f "/run/netns/$(netns "$1")"
  ip link del "$(cable "$1")" 2>/dev/null || true
}
