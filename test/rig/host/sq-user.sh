#!/bin/sh
# sq-user.sh PORT DATADIR: SQ as a unit of the user who runs this, enabled and started.
set -eu
port=$1 data=$2
unit=sq
[ "$port" = 1337 ] || unit=sq-$port
cat >"$HOME/.config/systemd/user/$unit.service" <<UNIT
[Unit]
Description=SQ on port $port

[Service]
WorkingDirectory=$data
ExecStart=%h/.local/bin/sq host $port --data-dir $data
Restart=on-failure
RestartSec=1

[Install]
WantedBy=default.target
UNIT
systemctl --user daemon-reload
systemctl --user enable -q "$unit"
systemctl --user restart "$unit"
