#!/bin/sh
# One ESP8266 under Arduino, played with curl from its first question to success: what ESPhttpUpdate.update() sends.
#   esp-arduino.sh URL MAC VERSION
#   e.g. https://ota.example.com/ota/esp/lamp/TOKEN/firmware.bin 18:FE:34:00:00:01 1_0
set -eu
url=$1 mac=$2 version=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

ask() {	# MODE VERSION: the status; headers and body are in files
	curl -s -0 -o "$work/body" -D "$work/headers" -w '%{http_code}' -A ESP8266-http-Update -H 'Accept:' \
		-H 'Connection: close' -H 'x-ESP8266-Chip-ID: 1' -H "x-ESP8266-STA-MAC: $mac" -H "x-ESP8266-AP-MAC: $mac" \
		-H 'x-ESP8266-free-space: 2818048' -H 'x-ESP8266-sketch-size: 324560' \
		-H 'x-ESP8266-sketch-md5: d5a1a44dcb2a0d4a0d4c5f7d4b0e0d4f' -H 'x-ESP8266-chip-size: 4194304' \
		-H 'x-ESP8266-sdk-version: 2.2.2-dev(38a443e)' -H "x-ESP8266-mode: $1" -H "x-ESP8266-version: $2" "$url"
}
header() {
	sed -n "s/^$1: *\\([^[:cntrl:]]*\\).*/\\1/Ip" "$work/headers"
}

echo "I am $mac and run $version."
case $(ask version "$version") in
200) next=$(header x-version) ;;
304) echo "Nothing for me."; exit 1 ;;
*) echo "I am refused: $(header OTA-Reason)"; exit 1 ;;
esac
[ "$next" != "$version" ] || { echo "I am to stay there."; exit 1; }
echo "There is $next for me."

code=$(ask sketch "$version")
[ "$code" = 200 ] || { echo "I do not get it: $code, $(header OTA-Verdict)"; exit 1; }
[ "$(md5sum <"$work/body" | cut -d ' ' -f 1)" = "$(header x-MD5)" ] || { echo "x-MD5 does not match."; exit 1; }
echo "I have its $(header Content-Length) bytes, flash them and start again."

code=$(ask sketch "$next")
[ "$code" = 304 ] || { echo "I ask again and get $code."; exit 1; }
echo "I run $next, have said so, and there is nothing more for me."
