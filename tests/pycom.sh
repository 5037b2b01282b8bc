#!/usr/bin/env bash
# Pycom devices behind the real nginx, once as plain CGI under fcgiwrap and once as FastCGI: the library as
# tests/pycom.py plays it, byte for byte, from every older version, and the player of examples/.
set -eu
cd "$(dirname "$0")/.."
. tests/server.sh
WORK=$(mktemp -d)
export WORK
# shellcheck disable=SC2154
trap 'code=$?; server_stop; rm -rf "$WORK"; exit $code' EXIT
otactl() { "$B/otactl" --quiet "$@"; }
pycom() { python3 tests/pycom.py "$@"; }
expect() {	# WHAT WANTED GOT
	[ "$2" = "$3" ] || { echo "$way: $1: wanted $2, got $3"; exit 1; }
}
begin() {	# NAME VERSION: a device with the files of a version
	pycom install "$WORK/$2" "$WORK/$way/$1"
}
update() {	# NAME WANTED [DIE]
	expect "update of $1" "$2" "$(pycom update "$WORK/$way/$1" "$port" "127.0.0.$1" "${@:3}")"
}
same() {	# NAME VERSION: it has the files of a version, and nothing else but what the library keeps
	diff -r -x .DS_Store -x pymakr.conf -x '*.bak' -x '*.bak_del' -x firmware -x OTA_VERSION.py "$WORK/$2" "$WORK/$way/$1"
	cmp "$WORK/firmware_$2.bin" "$WORK/$way/$1/firmware"
}
manifest() {	# NAME QUERY
	curl -s -0 --interface "127.0.0.$1" "http://127.0.0.1:$port/manifest.json$2"
}
list() {	# KEY: its entries, from stdin
	python3 -c 'import json, sys; m = json.load(sys.stdin); print(len(m[sys.argv[1]]))' "$1"
}
plain() {	# NAME LINE...: status, H mod 100, bytes of the body, the body
	pycom plain "$port" "127.0.0.$1" "${@:2}" | awk '{ print $1, $2 % 100, $3, $4; if ($2 > 511) print "header of", $2 }' | sed 's/ *$//'
}
tally() {
	otactl plan status spring --json | sed -n 's/.*"'"$1"'":[^0-9]*\([0-9]*\).*/\1/p'
}
artifact() {	# FILE: where it lies in the store
	echo "$(dirname "$OTACTL_DB")/artifacts/$(sha256sum <"$1" | cut -d ' ' -f 1)"
}

for version in 1.0.0 1.0.1 1.0.2; do pycom tree "$WORK" $version meter; done
from_0=$(pycom between "$WORK" 1.0.0 1.0.2) from_1=$(pycom between "$WORK" 1.0.1 1.0.2)
again=$(echo "$from_0" | sed 's/delete [0-9]*/delete 0/')
# shellcheck disable=SC2086
set -- $from_0
updates=$5 deletes=$7
[ "$3" -gt 5 ] && [ "$updates" -gt 5 ] && [ "$deletes" -gt 5 ]

fleet_make() {
	export OTACTL_DB="$WORK/$way/fleet.db"
	otactl init
	[ -f "$WORK/release.key" ] || otactl key new "$WORK/release" --no-passphrase
	otactl product add meter --auth none 2>/dev/null
	otactl component add meter app --type app
	otactl key trust "$WORK/release.pub" --product meter
	for version in 1.0.0 1.0.1 1.0.2; do
		otactl package add meter/app $version --tree "$WORK/$version" --sign "$WORK/release.key"
		otactl package publish meter/app $version
	done
	{ echo device,app; seq 9 | sed 's/.*/127.0.0.&,1.0.0/'; echo 127.0.0.10,1.0.1; seq 11 40 | sed 's/.*/127.0.0.&,/'; } >"$WORK/meters.csv"
	otactl device import "$WORK/meters.csv" --product meter
	otactl plan create spring --product meter --upgrade app=1.0.2 --timezone UTC --blacklist 127.0.0.9 \
		--set stages=100% --set first_device_alone=off --set max_unproven=1000
	otactl plan activate spring 2>/dev/null
}
block() {	# PORT SETTINGS: the ready server block
	cat <<CONF
	server {
		listen 127.0.0.1:$1;
		set \$otactl_product meter;
		set \$otactl_cgi   $(realpath "$B")/otactl.cgi;
		set \$otactl_db    $OTACTL_DB;
		include $PWD/deploy/nginx-pycom.conf;
		$2
	}
CONF
}

for way in cgi fastcgi; do
	mkdir -p "$WORK/$way"
	fleet_make
	port=$(free_port)
	terse=$(free_port)
	SERVER_EXTRA_HTTP="$(block "$port" ''; block "$terse" 'server_tokens off; fastcgi_param OTACTL_HEADER_OVERHEAD 71;')"
	server_start $way
	nginx -t -q -p "$WORK" -e "$WORK/nginx.log" -c "$WORK/nginx.conf"

	# From every older version, and from one that nobody knows: what is there then is that version, to the byte.
	begin 2 1.0.0
	update 2 "$from_0"
	same 2 1.0.2
	expect 'accepted' 1 "$(tally accepted)"
	update 2 null
	expect 'succeeded' 1 "$(tally succeeded)"
	begin 10 1.0.1
	update 10 "$from_1"
	same 10 1.0.2
	update 10 null
	expect 'succeeded' 2 "$(tally succeeded)"
	begin 11 1.0.2
	echo "VERSION = '0.9-beta'" | tr -d '\n' >"$WORK/$way/11/flash/OTA_VERSION.py"
	update 11 '1.0.2 new 60 update 0 delete 0 firmware 1'
	same 11 1.0.2
	update 11 null
	expect 'succeeded' 3 "$(tally succeeded)"

	# The same rules as for everybody.
	begin 9 1.0.0
	update 9 null
	expect 'not a device' '401 0 4 null' "$(plain 99 'GET /manifest.json?current_ver=1.0.0 HTTP/1.0' 'Host: 127.0.0.1:8000')"
	# It asks again, is told the same, and takes no second place.
	expect 'asked twice' "$(manifest 12 '?current_ver=1.0.1' | list update)" "$(manifest 12 '?current_ver=1.0.1' | list update)"
	expect 'accepted' 1 "$(tally accepted)"

	# An update that breaks after its deletes would fail on them for ever: who asks again gets none.
	begin 3 1.0.0
	expect 'power is lost' 'failed: Died deleted' "$(pycom update "$WORK/$way/3" "$port" 127.0.0.3 deleted || :)"
	update 3 "$again"
	same 3 1.0.2
	update 3 null
	begin 4 1.0.0
	expect 'power is lost' 'failed: Died downloaded' "$(pycom update "$WORK/$way/4" "$port" 127.0.0.4 downloaded || :)"
	update 4 "$again"
	update 4 null
	expect 'succeeded' 5 "$(tally succeeded)"

	# Each header is a multiple of 100 bytes long, also of a server that says less of itself.
	host='Host: 127.0.0.1:8000'
	expect 'up to date' '200 0 4 null' "$(plain 2 'GET /manifest.json?current_ver=1.0.2 HTTP/1.0' "$host")"
	for_terse=$port
	port=$terse
	expect 'up to date, of a terse server' '200 0 4 null' "$(plain 2 'GET /manifest.json?current_ver=1.0.2 HTTP/1.0' "$host")"
	port=$for_terse
	manifest 5 '?current_ver=0.1' >"$WORK/manifest"
	grep -q "\"URL\":\"http://127.0.0.1:$port/1.0.2/sd/some%20asset.txt?x=" "$WORK/manifest" || { cat "$WORK/manifest"; exit 1; }
	url() { tr '{' '\n' <"$WORK/manifest" | sed -n 's|.*"URL":"http://[^/]*/\('"$1"'[^"]*\)".*|\1|p' | head -n 1; }
	asset=$(url 1.0.2/sd/some) firmware=$(url firmware)
	expect 'a file' "200 0 $(wc -c <"$WORK/1.0.2/sd/some asset.txt")" "$(plain 5 "GET /$asset HTTP/1.0" "$host" | cut -d ' ' -f 1-3)"
	expect 'firmware' "200 0 $(wc -c <"$WORK/firmware_1.0.2.bin")" "$(plain 5 "GET /$firmware HTTP/1.0" "$host")"
	expect 'a HEAD' '200 0 0' "$(plain 5 "HEAD /$asset HTTP/1.0" "$host")"
	expect 'a range' '206 0 5' "$(plain 5 "GET /$asset HTTP/1.0" "$host" 'Range: bytes=2-6' | cut -d ' ' -f 1-3)"
	expect 'a name that was altered' '403 0 0' "$(plain 5 "GET /$(echo "$asset" | sed s/some/same/) HTTP/1.0" "$host")"
	expect 'another version' '403 0 0' "$(plain 5 "GET /$(echo "$asset" | sed s/1.0.2/1.0.1/) HTTP/1.0" "$host")"
	expect 'an altered ticket' '403 0 0' "$(plain 5 "GET /${asset}x HTTP/1.0" "$host")"
	expect 'without a ticket' '404 0 0' "$(plain 5 'GET /1.0.2/flash/main.py HTTP/1.0' "$host")"
	expect 'out of the tree' '404 0 0' "$(plain 5 'GET /1.0.2/../firmware_1.0.2.bin HTTP/1.0' "$host")"

	# What a request frees the next one takes again: a worker gives no memory back in between, and gets none.
	if [ $way = fastcgi ] && [ -z "${SAN:-}" ]; then
		polls() { for _ in $(seq 50); do expect 'a poll' null "$(manifest 2 '?current_ver=1.0.2')"; done; }
		# shellcheck disable=SC2046
		faults() { cat $(pgrep -P "${server_pids##* }" | sed 's|.*|/proc/&/stat|') | awk '{ n += $10 } END { print n }'; }
		polls
		before=$(faults)
		polls
		after=$(faults)
		[ $((after - before)) -lt 100 ] || { echo "50 polls took $((after - before)) page faults"; exit 1; }
	fi

	# What is gone from the store has no body, which would be flashed; and is not listed again.
	mv "$(artifact "$WORK/firmware_1.0.2.bin")" "$WORK/away"
	expect 'a list with a lost file' '200 0 4 null' "$(plain 5 'GET /manifest.json?current_ver=1.0.0 HTTP/1.0' "$host")"
	expect 'a lost file' '404 0 0' "$(plain 5 "GET /$firmware HTTP/1.0" "$host")"
	mv "$WORK/away" "$(artifact "$WORK/firmware_1.0.2.bin")"
	sleep 6	# for so long a worker may remember what it has seen of the store
	expect 'the file is there again' "$updates" "$(manifest 5 '?current_ver=1.0.0' | list update)"

	# Versions as they should not be.  Nothing of them comes back that could be run.
	expect 'none, of one that never told any' null "$(manifest 13 '')"
	expect 'none' 60 "$(manifest 5 '' | list new)"
	expect 'an empty one' 60 "$(manifest 14 '?current_ver=' | list new)"
	expect 'an encoded one' "$deletes" "$(manifest 6 '?current_ver=1%2E0%2e0' | list delete)"
	expect 'a newer one' 60 "$(manifest 15 '?current_ver=9.9.9' | list new)"
	manifest 16 "?current_ver=1.0.0';import%20os;'%22%3C%3E" >"$WORK/manifest"
	expect 'quotes' 60 "$(list new <"$WORK/manifest")"
	! grep -q import "$WORK/manifest" || { cat "$WORK/manifest"; exit 1; }
	expect 'no percent' '400 0 4 null' "$(plain 17 'GET /manifest.json?current_ver=%zz HTTP/1.0' "$host")"
	expect 'no host' '400 0 4 null' "$(plain 17 'GET /manifest.json?current_ver=1.0.0 HTTP/1.0' 'Host: a:70000')"
	expect 'another method' '405 0 4 null' "$(plain 17 'PUT /manifest.json HTTP/1.0' "$host")"
	expect 'no dialect here' '404 0 0' "$(plain 17 'GET /v1/127.0.0.17/plan HTTP/1.0' "$host")"
	accepted=$(tally accepted)
	expect 'HEAD of a list' '200 0 0' "$(plain 18 'HEAD /manifest.json?current_ver=1.0.0 HTTP/1.0' "$host")"
	expect 'accepted by a HEAD' "$accepted" "$(tally accepted)"
	# The same under the base of all dialects, for whoever says which device it is.
	expect 'under the base' 1 "$(curl -s -0 "$BASE/pycom/meter/-/manifest.json?device=127.0.0.19&current_ver=1.0.0" |
		grep -c "\"URL\":\"$BASE/pycom/meter/-/1.0.2/flash/main.py?x=")"

	# The player of examples/.
	begin 1 1.0.0
	sh examples/pycom.sh "127.0.0.1:$port" "$WORK/$way/1" 1.0.0 >"$WORK/told" || { cat "$WORK/told"; exit 1; }
	same 1 1.0.2

	# While the door is down the library is told nothing, and has nothing to flash.
	for pid in $server_pids; do last=$pid; done
	# shellcheck disable=SC2046
	kill "$last" $(pgrep -P "$last")
	wait "$last" 2>/dev/null || :
	expect 'a list without a door' '502 4 null' "$(plain 5 'GET /manifest.json?current_ver=1.0.0 HTTP/1.0' "$host" | cut -d ' ' -f 1,3-)"
	begin 5 1.0.0
	update 5 null
	expect 'a file without a door' '502 0' "$(plain 5 "GET /$firmware HTTP/1.0" "$host" | cut -d ' ' -f 1,3-)"
	server_stop
done
