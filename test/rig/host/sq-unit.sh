#!/bin/sh
# sq-unit.sh PORT DATADIR: SQ as a system unit of root, enabled and started. The usual port's unit is sq.service.
set -eu
port=$1 data=$2
unit=sq
[ "$port" = 1337 ] || unit=sq-$port
cat >"/etc/systemd/system/$unit.service" <<UNIT
[Unit]
Description=SQ on port $port
After=network.target

[Service]
WorkingDirectory=$data
ExecStart=/usr/local/bin/sq host $port --data-dir $data
Restart=on-failure
RestartSec=1

[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload
systemctl enable -q "$unit"
systemctl restart "$unit"
