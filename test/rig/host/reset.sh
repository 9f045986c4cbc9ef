#!/bin/sh
# reset.sh: what SQ and ranch left on a test host, away; run as root. Users' homes and the system stay.
set -eu
user() { systemctl --user --machine=ranch@.host "$@" 2>/dev/null || true; }
rm -f /run/nologin
for bus in user systemctl; do
  $bus stop 'ranch*.timer' 'ranch*.service' 'sq*.service' 2>/dev/null || true
done
find /etc/systemd /run/systemd/system /run/systemd/transient /home/ranch/.config/systemd /run/user/1500/systemd \
  \( -name 'sq*.service' -o -name 'sq*.service.d' -o -name 'ranch*' \) -exec rm -rf {} + 2>/dev/null || true
# What runs from no unit: SQ by hand, a scratch SQ, a detached switch or timer. The comm of a replaced binary stays `sq`.
pkill -KILL -x 'sq(-.*)?' || true
pkill -KILL -f '/\.ranch/' || true
for bus in user systemctl; do
  $bus daemon-reload || true
  $bus reset-failed || true
done
loginctl disable-linger ranch 2>/dev/null || true
crontab -r 2>/dev/null || true
crontab -u ranch -r 2>/dev/null || true
rm -rf /usr/local/bin/sq /usr/local/bin/.sq* /usr/local/bin/.ranch /var/lib/sq*
rm -rf /home/ranch/.sq /home/ranch/SQ* /home/ranch/.local/bin /root/.sq /root/.ranch /home/ranch/.ranch
