#!/bin/sh
# One ESP8266 with the NONOS SDK, played with curl from its first question to success: what system_upgrade_start()
# sends for an application whose path lacks its slash.
#   esp-sdk.sh HOST:PORT PATH VERSION NEXT [RUNS]
#   e.g. 192.168.0.106:8070 pato/espOtaTest/ 1_0 1_1 1: it runs from user1, and asks for user2.app
set -eu
server=$1 path=$2 version=$3 next=$4 runs=${5:-1}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

ask() {	# FILE VERSION [OPTION...]: the status; headers and body are in files
	target="$path$1?version=$2"
	shift 2
	curl -s -0 -o "$work/body" -D "$work/headers" -w '%{http_code}' -A '' -H 'Accept:' -H "Host: $server" \
		-H 'Connection: close' --request-target "$target" "$@" "http://$server/"
}
length() {
	sed -n 's/^Content-Length: \([0-9]*\).*/\1/p' "$work/headers"
}

other=$((3 - runs))
echo "I run $version from user$runs."
code=$(ask "user$other.app" "$version" -I)
[ "$code" = 200 ] || { echo "There is nothing for me: $code"; exit 1; }
[ "$(wc -c <"$work/headers")" -lt 512 ] || { echo "The header does not fit my buffer."; exit 1; }
size=$(length)
echo "There is an image of $size bytes for user$other; I erase $(((size + 4095) / 4096)) sectors."

code=$(ask "user$other.app" "$version")
[ "$code" = 200 ] && [ "$(length)" = "$size" ] || { echo "I do not get it: $code"; exit 1; }
[ "$(od -An -tu1 -j3 -N1 "$work/body" | tr -d ' ')" = "$other" ] || { echo "It is not for user$other."; exit 1; }
echo "I have flashed it, and start again from user$other."

code=$(ask "user$runs.app" "$next" -I)
[ "$code" = 404 ] || { echo "I ask again and get $code."; exit 1; }
echo "I run $next, have said so, and there is nothing more for me."
