# The base image: what every host starts as, and the kinds made from it. Sourced by rig.
# shellcheck shell=bash disable=SC2154 # its variables come from rig

PACKAGES=systemd,systemd-sysv,dbus,dbus-user-session,libpam-systemd,openssh-server,iproute2,procps,curl,sudo,busybox,cron${RIG_PACKAGES:+,$RIG_PACKAGES}
recipe() { # what the image is made of: its hash decides whether a kept image still serves
  chroot "$1" useradd -m -s /bin/bash -u 1500 ranch
  chroot "$1" useradd -m -s /bin/bash -u 1501 guard
  echo "guard:$GUARD_PASSWORD" | chroot "$1" chpasswd
  echo 'ranch ALL=(ALL) NOPASSWD: ALL' >"$1/etc/sudoers.d/ranch"
  echo 'guard ALL=(ALL) ALL' >"$1/etc/sudoers.d/guard"
  chmod 440 "$1"/etc/sudoers.d/{ranch,guard}
  rm -f "$1"/etc/ssh/ssh_host_* "$1/etc/machine-id"
  : >"$1/etc/machine-id"
  : >"$1/etc/resolv.conf" # no name server: nothing here leaves the machine
  # Nobody reads the console, and upkeep timers would blur what a test measures.
  chroot "$1" systemctl -q mask console-getty.service apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer \
    fstrim.timer dpkg-db-backup.timer systemd-tmpfiles-clean.timer
}
base() {
  local want tmp=$R/base.tmp try
  want=$(echo "$PACKAGES $(declare -f recipe)" | sha256sum)
  [[ $(cat "$R/base/.recipe" 2>/dev/null) == "$want" ]] && return
  [[ -z $(hosts) ]] || die "the base image is missing or old and hosts stand on it: run \`rig down\` first"
  say "building the base image (about a minute)"
  for try in 1 2 3; do
    rm -rf --one-file-system "$R/base" "$tmp"
    if debootstrap --variant=minbase --include="$PACKAGES" bookworm "$tmp" ${RIG_MIRROR:+"$RIG_MIRROR"} >"$R/base.log" 2>&1; then
      recipe "$tmp"
      echo "$want" >"$tmp/.recipe"
      mv "$tmp" "$R/base"
      return
    fi
    say "debootstrap failed (try $try of 3): $(tail -n 2 "$R/base.log")"
  done
  die "no base image; all of it in $R/base.log"
}

apply_kind() { # HOST-ROOT KIND
  case $2 in
    full) ;;
    minimal) chroot "$1" dpkg --purge dbus-user-session libpam-systemd cron curl busybox >/dev/null 2>&1 ;;
    busybox)
      ln -sfn busybox "$1/usr/bin/sh"
      local t applets # /usr/local/bin comes first in everybody's PATH
      applets=" $(chroot "$1" busybox --list | tr '\n' ' ') "
      for t in awk cat chmod cp cut date df dd du env find grep head id kill ln ls mkdir mktemp mv nohup od ps pgrep \
        readlink rm rmdir sed setsid sha256sum sleep sort stat sync tail tar tee test timeout touch tr uname uniq wc xargs; do
        [[ $applets != *" $t "* ]] || ln -sfn /usr/bin/busybox "$1/usr/local/bin/$t"
      done ;;
    *) die "kind '$2' is none of full, minimal, busybox" ;;
  esac
}
