#!/bin/sh
# sq-bare.sh PORT DIR: SQ as people start it by hand: from its directory, which then holds the data.
set -eu
cd "$2"
nohup ./sq host "$1" >sq.log 2>&1 </dev/null &
