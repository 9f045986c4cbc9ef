# Asks an HTTP server from a host that does not forward, with a program that the host has. The request is the first thing
# on the connection: nobody connects without asking.
# Arguments: address, port, GET or POST, path and query, seconds to wait, bytes of the answer to bring, programs to try in
# this order. What a POST sends is text, and comes on standard input.
# Prints `tried PROGRAM HUNDREDTHS HEX` for each program that it has, the last of which got something or ran out of time,
# then `end`.
export LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin
address=$1 port=$2 method=$3 path=$4 seconds=$5 bytes=$6
shift 6
body=.
[ "$method" = GET ] || body=$(cat && echo .)
body=${body%.}

# Hundredths of a second since the host was started.
now() {
  read -r up _ < /proc/uptime || up=0.00
  echo "${up%.*}${up#*.}"
}

request() {
  printf '%s %s HTTP/1.1\r\nhost: localhost\r\ncontent-length: %s\r\n\r\n%s' "$method" "$path" "${#body}" "$body"
}

by_bash() {
  # shellcheck disable=SC2016 # for the bash that runs it
  request | timeout "$seconds" bash -c 'exec 3<>"/dev/tcp/$1/$2" && cat >&3 && cat <&3' bash "$address" "$port"
}
by_nc() { request | timeout "$seconds" nc "$address" "$port"; }
by_busybox() { request | timeout "$seconds" busybox nc "$address" "$port"; }
by_curl() {
  set -- timeout "$seconds" curl -s -i --noproxy '*' "http://$address:$port$path"
  if [ "$method" = GET ]; then "$@"; else printf %s "$body" | "$@" -X "$method" --data-binary @- -H Expect:; fi
}
# It tells the head on standard error, in lines that begin with blanks.
by_wget() { http_proxy='' timeout "$seconds" wget -q -S -O - "http://$address:$port$path" 2>&1; }

command -v timeout > /dev/null || set --
for program; do
  command -v "$program" > /dev/null || continue
  began=$(now)
  got=$("by_$program" 2> /dev/null | head -c "$bytes" | od -An -v -tx1 | tr -d ' \n')
  took=$(($(now) - began))
  printf 'tried\t%s\t%s\t%s\n' "$program" "$took" "$got"
  [ -z "$got" ] && [ "$took" -lt "$((seconds * 90))" ] || break
done
echo end
