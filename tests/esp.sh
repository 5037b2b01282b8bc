#!/usr/bin/env bash
# ESP8266 and ESP32 devices behind the real nginx, once as plain CGI under fcgiwrap and once as FastCGI: the
# clients of tests/esp.py, each with its own reading habits, and the players of examples/.
set -eu
cd "$(dirname "$0")/.."
. tests/server.sh
WORK=$(mktemp -d)
export WORK
# shellcheck disable=SC2154
trap 'code=$?; kill "$players" 2>/dev/null || :; server_stop; rm -rf "$WORK"; exit $code' EXIT
otactl() { "$B/otactl" --quiet "$@"; }
expect() {	# WHAT WANTED GOT
	[ "$2" = "$3" ] || { echo "$way: $1: wanted $2, got $3"; exit 1; }
}
# One process plays them all, through the descriptors 7 and 8.
coproc python3 tests/esp.py serve
players=$COPROC_PID
exec 7>&"${COPROC[1]}" 8<&"${COPROC[0]}"
esp() {	# PORT KIND ADDRESS ...: what it got is in $WORK/got
	local words answer
	words=$(printf '\t%s' "$2" "$1" "${@:3}")
	printf '%s%s\n' "$WORK/got" "$words" >&7
	read -r answer <&8
	[ "$answer" = ok ] || { echo "$way: $*: $answer" >&2; exit 1; }
}
gets() {	# FILE PORT KIND ADDRESS ...: the client ends well, with these bytes
	esp "${@:2}"
	cmp "$WORK/got" "$1" || { echo "$way: $*: other bytes"; exit 1; }
}
says() {	# TEXT PORT KIND ADDRESS ...
	esp "${@:2}"
	expect "${*:2}" "$1" "$(cat "$WORK/got")"
}
plain() {	# ADDRESS BYTES: the status line, and the body behind the header
	esp "$slots" plain "$@"
	awk 'NR == 1 { printf("%s", $2) } body { printf(" %s", $0) } /^\r?$/ { body = 1 }' "$WORK/got"
}
tally() {	# STATE PLAN
	otactl plan status "$2" --json | sed -n 's/.*"'"$1"'":[^0-9]*\([0-9]*\).*/\1/p'
}

python3 tests/esp.py image 1 2_0 "$WORK/user1.bin"
python3 tests/esp.py image 2 2_0 "$WORK/user2.bin"
head -c 262144 /usr/share/seabios/bios-256k.bin >"$WORK/one.bin"

fleet_make() {
	export OTACTL_DB="$WORK/$way/fleet.db"
	otactl init
	[ -f "$WORK/release.key" ] || otactl key new "$WORK/release" --no-passphrase
	for product in lamp strip; do
		otactl product add $product --auth none
		otactl key trust "$WORK/release.pub" --product $product
	done
	otactl component add lamp app --type mcu --chip esp8266
	otactl component add strip app --type mcu
	# An image for the other slot, or for another chip, does not get in.
	! otactl package add lamp/app 2_0 "$WORK/user1.bin=user2" 2>/dev/null || { echo "a wrong slot is taken"; exit 1; }
	! otactl package add lamp/app 2_0 "$WORK/one.bin" 2>/dev/null || { echo "a wrong chip is taken"; exit 1; }
	otactl package add lamp/app 2_0 "$WORK/user1.bin=user1" "$WORK/user2.bin=user2" --sign "$WORK/release.key"
	otactl package add strip/app 2_0 "$WORK/one.bin" --sign "$WORK/release.key"
	{ echo device,app; seq 20 | sed 's/.*/127.0.0.&,1_0/'; } >"$WORK/lamps.csv"
	{ echo device,app; seq 31 40 | sed 's/.*/127.0.0.&,1_0/'; echo 18:FE:34:00:00:01,1_0; echo A4:CF:12:00:00:02,1_0; } >"$WORK/strips.csv"
	for product in lamp strip; do
		otactl package publish $product/app 2_0
		otactl device import "$WORK/${product}s.csv" --product $product
		otactl plan create $product --product $product --upgrade app=2_0 --timezone UTC \
			--set stages=100% --set first_device_alone=off
		otactl plan activate $product
	done
}
block() {	# PORT PRODUCT STREAMS: the ready server block; with plain CGI the door streams one, with FastCGI the other
	conf=$PWD/deploy/nginx-esp.conf
	if [ "$3" = $way ]; then
		conf=$WORK/streams.conf
		grep -v OTACTL_SENDFILE deploy/nginx-esp.conf >"$conf"
	fi
	cat <<CONF
	server {
		listen 127.0.0.1:$1 default_server;
		set \$otactl_product $2;
		set \$otactl_cgi   $(realpath "$B")/otactl.cgi;
		set \$otactl_db    $OTACTL_DB;
		set \$otactl_store $(dirname "$OTACTL_DB")/artifacts;
		include $conf;
	}
CONF
}

for way in cgi fastcgi; do
	fleet_make
	slots=$(free_port)
	one=$(free_port)
	SERVER_EXTRA_HTTP="$(block "$slots" lamp cgi; block "$one" strip fastcgi)"
	server_start $way 7>&- 8<&-
	nginx -t -q -p "$WORK" -e "$WORK/nginx.log" -c "$WORK/nginx.conf"

	# The SDK's library, of two ages, with segments of two sizes; the path lacks its slash, or not.
	gets "$WORK/user2.bin" "$slots" sdk 127.0.0.2 pato/espOtaTest/user2.app 1 2
	gets "$WORK/user1.bin" "$slots" sdk 127.0.0.3 pato/espOtaTest/user1.app 2 3 536
	gets "$WORK/user2.bin" "$slots" sdk 127.0.0.4 /user2.4096.new.4.bin 1 2 512
	gets "$WORK/user1.bin" "$slots" at 127.0.0.5 /user1.bin 2
	gets "$WORK/user2.bin" "$slots" forum 127.0.0.6 pato/espOtaTest/user2.app
	gets "$WORK/user1.bin" "$slots" raw 127.0.0.7 /x/user1.bin
	for _ in 1 2 3; do gets "$WORK/user2.bin" "$slots" raw 127.0.0.8 '/x/user2.bin?version=1_0'; done
	expect 'lamps that have accepted' 7 "$(tally accepted lamp)"
	# A HEAD accepts nothing.
	expect 'a HEAD' 200 "$(plain 127.0.0.9 'HEAD /user1.bin HTTP/1.0\r\n\r\n')"
	expect 'lamps after a HEAD' 7 "$(tally accepted lamp)"
	# The version proves it; then there is nothing, and nothing has no length.
	: >"$WORK/nothing"
	gets "$WORK/nothing" "$slots" raw 127.0.0.8 '/x/user1.bin?version=2_0'
	expect 'the HEAD of who is there' 404 "$(plain 127.0.0.2 'HEAD pato/user1.app?version=2_0 HTTP/1.0\r\n\r\n')"
	expect 'lamps that have succeeded' 2 "$(tally succeeded lamp)"

	# One image for all: rboot, the Arduino cores, ESP-IDF whole and in parts.
	gets "$WORK/one.bin" "$one" rboot 127.0.0.31 /rom0.bin
	gets "$WORK/one.bin" "$one" rboot 127.0.0.32 /rom1.bin 536
	gets "$WORK/nothing" "$one" rboot 127.0.0.31 '/rom0.bin?version=2_0'
	gets "$WORK/one.bin" "$one" idf 127.0.0.33 '/esp32.bin?version=1_0' 65536
	gets "$WORK/one.bin" "$one" idf 127.0.0.34 /esp32.bin 262144
	says 'status 404' "$one" idf 127.0.0.33 '/esp32.bin?version=2_0' 65536
	mac=A4:CF:12:00:00:02
	says 'version 2_0' "$one" arduino 127.0.0.35 /f.bin ESP32 $mac 1_0 version
	gets "$WORK/one.bin" "$one" arduino 127.0.0.35 /f.bin ESP32 $mac 1_0 sketch
	says 'status 304' "$one" arduino 127.0.0.35 /f.bin ESP32 $mac 2_0 sketch
	says 'status 304' "$one" arduino 127.0.0.35 /f.bin ESP32 $mac 2_0 spiffs
	says 'status 401' "$one" arduino 127.0.0.35 /f.bin ESP8266 00:00:00:00:00:00 1_0 sketch
	# The same under the base of all dialects, where the path names the product; and not that of another one.
	expect 'under the base' 200 "$(curl -s -0 -o "$WORK/got" -w '%{http_code}' "$BASE/esp/strip/-/a/b.bin?device=127.0.0.36")"
	cmp "$WORK/got" "$WORK/one.bin"
	expect 'of another product' 401 "$(curl -s -0 -o "$WORK/got" -w '%{http_code}' "$BASE/esp/lamp/-/a/b.bin?device=127.0.0.36")"
	expect 'its body' 0 "$(wc -c <"$WORK/got")"

	# The players of examples/.
	sh examples/esp-sdk.sh "127.0.0.1:$slots" pato/espOtaTest/ 1_0 2_0 >"$WORK/told" || { cat "$WORK/told"; exit 1; }
	sh examples/esp-arduino.sh "http://127.0.0.1:$one/f.bin" 18:FE:34:00:00:01 1_0 >"$WORK/told" || { cat "$WORK/told"; exit 1; }
	expect 'strips that have succeeded' 4 "$(tally succeeded strip)"
	expect "lamps that have succeeded" 3 "$(tally succeeded lamp)"

	# What is malformed has a status and no body, whoever refuses it.
	long=$(printf %04000d 0)
	expect 'a NUL' 400 "$(plain 127.0.0.2 'GET user1\0.app HTTP/1.0\r\n\r\n')"
	expect 'a NUL behind a slash' 400 "$(plain 127.0.0.2 'GET /user1\0.app HTTP/1.0\r\n\r\n')"
	expect '4 KB' 400 "$(plain 127.0.0.2 "GET /$long HTTP/1.0\r\n\r\n")"
	expect '4 KB without a slash' 400 "$(plain 127.0.0.2 "GET $long HTTP/1.0\r\n\r\n")"
	expect '9 KB' 414 "$(plain 127.0.0.2 "GET /$long$long$long HTTP/1.0\r\n\r\n")"
	expect 'a large body' 413 "$(plain 127.0.0.2 'PUT /user1.bin HTTP/1.0\r\nContent-Length: 99999\r\n\r\n')"
	expect 'another method' 405 "$(plain 127.0.0.2 'PUT /user1.bin HTTP/1.0\r\n\r\n')"
	expect 'a version of HTTP' 505 "$(plain 127.0.0.2 'GET /user1.bin HTTP/3.9\r\n\r\n')"
	expect 'an unknown device' 401 "$(plain 127.0.0.99 'GET /user1.bin HTTP/1.0\r\n\r\n')"
	expect 'two chips' 400 "$(plain 127.0.0.2 'GET /user1.bin HTTP/1.0\r\nx-ESP8266-mode: sketch\r\nx-ESP32-mode: sketch\r\n\r\n')"
	expect 'a version of quotes' 200 "$(plain 127.0.0.11 "HEAD /user1.bin?version=%22'%5C HTTP/1.0\r\n\r\n")"
	expect 'a range past the end' 416 "$(plain 127.0.0.10 'GET /user1.bin HTTP/1.0\r\nRange: bytes=999999-\r\n\r\n')"
	expect 'from outside' 404 "$(plain 127.0.0.2 "GET /otactl-protected/$(sha256sum <"$WORK/user1.bin" | cut -d ' ' -f 1) HTTP/1.0\r\n\r\n")"

	# While the door is down, too.
	for pid in $server_pids; do last=$pid; done
	# shellcheck disable=SC2046
	kill "$last" $(pgrep -P "$last")
	wait "$last" 2>/dev/null || :
	expect 'without a door' 502 "$(plain 127.0.0.2 'GET /user1.bin HTTP/1.0\r\n\r\n')"
	server_stop
done
