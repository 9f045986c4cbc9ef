# Stands beside a lab and outlives it: when standard input ends, the lab's process is gone, however it went, and every
# process that carries the lab's mark is killed. $1: the mark, `RANCH_LAB=<id>`. Passes until one finds nothing, so
# that what was being started meanwhile is found as well.
while read -r _; do :; done
found=1
while [ "$found" = 1 ]; do
  found=0
  for folder in /proc/[0-9]*; do
    tr '\000' '\n' <"$folder/environ" 2>/dev/null | grep -qxF "$1" || continue
    found=1
    kill -KILL "${folder#/proc/}" 2>/dev/null
  done
done
