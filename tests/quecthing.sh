#!/usr/bin/env bash
# QuecThing devices behind the real nginx, once as plain CGI under fcgiwrap and once as FastCGI: the player of
# examples/, the application of the SDK's example over the adapter in C, and what such devices get wrong.
set -eu
cd "$(dirname "$0")/.."
. tests/server.sh
WORK=$(mktemp -d)
export WORK
# shellcheck disable=SC2154
trap 'code=$?; server_stop; rm -rf "$WORK"; exit $code' EXIT
otactl() { "$B/otactl" --quiet "$@"; }
expect() {	# WHAT WANTED GOT
	[ "$2" = "$3" ] || { echo "$way: $1: wanted $2, got $3"; exit 1; }
}
tally() {	# STATE PLAN
	otactl plan status "$2" --json | sed -n 's/.*"'"$1"'":[^0-9]*\([0-9]*\).*/\1/p'
}
state() {	# DEVICE
	otactl device show "$1" --json | sed -n 's/.*"state":[^"]*"\([a-z_]*\)".*/\1/p' | head -n 1
}
ask() {	# DEVICE PATH [OPTION...]: the status; the body is in a file
	curl -s -o "$WORK/got" -w '%{http_code}' -H "Authorization: Bearer token-of-device-$1" "${@:3}" "$quec/quec/v1/$1/$2"
}
text() {	# KEY: a text of the answer
	sed -n 's/.*"'"$1"'":"\([^"]*\)".*/\1/p' "$WORK/got"
}
application() {	# DEVICE [HOW]: the C application, its words in a file
	"$B/examples/quecthing-device" "$quec" "$1" "token-of-device-$1" STM32 1_0_0 "$WORK/flash" "${@:2}" >"$WORK/told" 2>&1
}
says() {	# TEXT: the application has said it
	grep -q -- "$1" "$WORK/told" || { echo "$way: not said: $1"; cat "$WORK/told"; exit 1; }
}

head -c 200001 /usr/share/seabios/bios-256k.bin >"$WORK/mcu.bin"
head -c 20000 /usr/share/seabios/bios-256k.bin >"$WORK/radio.mini_1"
tail -c 30000 /usr/share/seabios/bios-256k.bin >"$WORK/radio.mini_2"

fleet_make() {
	export OTACTL_DB="$WORK/$way/fleet.db"
	otactl init
	otactl product add aroma
	otactl product add lamp
	otactl component add aroma STM32 --type mcu
	otactl component add aroma radio --type module
	[ -f "$WORK/release.key" ] || otactl key new "$WORK/release" --no-passphrase
	otactl key trust "$WORK/release.pub" --product aroma
	otactl package add aroma/STM32 1_0_1 "$WORK/mcu.bin" --sign "$WORK/release.key"
	otactl package add aroma/radio R02 "$WORK/radio.mini_1" "$WORK/radio.mini_2" --minimal-from R01 --sign "$WORK/release.key"
	otactl package publish aroma/STM32 1_0_1
	otactl package publish aroma/radio R02
	{
		echo device,token,STM32,radio
		seq 9 | sed 's/.*/SN&,token-of-device-SN&,1_0_0,R02/'
		echo RN1,token-of-device-RN1,1_0_1,R01
	} >"$WORK/devices.csv"
	otactl device import "$WORK/devices.csv" --product aroma
	for upgrade in STM32=1_0_1 radio=R02; do
		otactl plan create "${upgrade%=*}" --product aroma --upgrade $upgrade --timezone UTC \
			--set stages=100% --set first_device_alone=off
		otactl plan activate "${upgrade%=*}"
	done
}
block() {	# PORT: the ready server block
	cat <<CONF
	server {
		listen 127.0.0.1:$1;
		set \$otactl_product aroma;
		set \$otactl_cgi   $(realpath "$B")/otactl.cgi;
		set \$otactl_db    $OTACTL_DB;
		set \$otactl_store $(dirname "$OTACTL_DB")/artifacts;
		set \$otactl_base  http://127.0.0.1:$1;
		include $PWD/deploy/nginx-quecthing.conf;
	}
CONF
}

for way in cgi fastcgi; do
	fleet_make
	port=$(free_port)
	quec=http://127.0.0.1:$port
	SERVER_EXTRA_HTTP=$(block "$port")
	server_start $way
	nginx -t -q -p "$WORK" -e "$WORK/nginx.log" -c "$WORK/nginx.conf"

	# The player: in its own server block, and under the base of all dialects; a module with its two files.
	for words in "$quec SN1 token-of-device-SN1 STM32 1_0_0" "$BASE SN2 token-of-device-SN2 STM32 1_0_0" \
		"$quec RN1 token-of-device-RN1 radio R01 0"; do
		# shellcheck disable=SC2086
		sh examples/quecthing.sh $words >"$WORK/told" || { echo "$way: $words"; cat "$WORK/told"; exit 1; }
	done
	says 'I have radio.mini_2 of 30000 bytes'
	expect 'MCUs that have succeeded' 2 "$(tally succeeded STM32)"
	expect 'modules that have succeeded' 1 "$(tally succeeded radio)"

	# The application of the SDK's example.
	application SN3 || { cat "$WORK/told"; exit 1; }
	cmp "$WORK/flash" "$WORK/mcu.bin"
	says 'identity:STM32,type:1,srcVer:1_0_0,dstVer:1_0_1,minBattery:30,minFlash:240002'
	says "fileMd5:$(md5sum <"$WORK/mcu.bin" | cut -d ' ' -f 1)"
	says "fileSha256:$(sha256sum <"$WORK/mcu.bin" | cut -d ' ' -f 1)"
	expect 'reports of progress' 10 "$(grep -c percent "$WORK/told")"
	says 'offset:200001,all of it'
	says 'identity:STM32,result:1'
	expect 'its end' succeeded "$(state SN3)"
	# Its user says no; its battery does.
	application SN4 refuse && { echo "$way: nobody refused"; exit 1; }
	expect 'of a silent plan' canceled "$(state SN4)"
	otactl execution list STM32 --json | grep -q '"reason":.*"other"' || { echo "$way: it was refused without a reason"; exit 1; }
	application SN5 20 && { echo "$way: nobody refused"; exit 1; }
	expect 'a battery that is low' '' "$(state SN5)"
	# The MCU loads it by itself.
	application SN6 mcu || { cat "$WORK/told"; exit 1; }
	curl -s -o "$WORK/flash" "$(sed -n 's/^url://p' "$WORK/told")"
	says 'result:1'
	expect 'loaded by the MCU' succeeded "$(state SN6)"
	# The connection is gone in the middle: what was kept comes late, and the version proves it.
	application SN7 lost || { cat "$WORK/told"; exit 1; }
	says 'percent:100'
	says 'result:1'
	expect 'reported late' succeeded "$(state SN7)"

	# What is wrong changes nothing.
	expect 'a plan for SN8' 200 "$(ask SN8 plans)"
	execution=$(text execution)
	expect 'no file before' 200 "$(ask SN8 info)"
	expect 'none' '{"info":[]}' "$(cat "$WORK/got")"
	expect 'a number accepts' 400 "$(ask SN8 "plans/$execution" -d '{"answer":1}')"
	expect 'of another device' 404 "$(ask SN9 "plans/$execution" -d '{"answer":"accept"}')"
	expect 'another device' 401 "$(curl -s -o "$WORK/got" -w '%{http_code}' -H 'Authorization: Bearer token-of-device-SN8' "$quec/quec/v1/SN9/plans")"
	expect 'another component' 404 "$(ask SN8 status -d '{"execution":"'"$execution"'","identity":"radio","code":1}')"
	expect 'no JSON' 400 "$(ask SN8 status -d '{"execution":')"
	expect 'a wrong type' 400 "$(ask SN8 status -d '{"execution":"'"$execution"'","identity":"STM32","code":"12"}')"
	expect 'too large' 413 "$(head -c 70000 /dev/zero | tr '\0' ' ' | ask SN8 versions --data-binary @-)"
	expect 'another method' 405 "$(ask SN8 status)"
	expect 'another path' 404 "$(ask SN8 ../../../v1/SN8/plan --path-as-is)"
	expect 'from outside' 404 "$(curl -s -o /dev/null -w '%{http_code}' "$quec/otactl-protected/$(sha256sum <"$WORK/mcu.bin" | cut -d ' ' -f 1)")"
	expect 'it is offered still' offered "$(state SN8)"
	expect 'it accepts' 200 "$(ask SN8 "plans/$execution" -d '{"answer":"accept"}')"
	expect 'a file' 200 "$(ask SN8 info)"
	url=$(text fileUrl)
	[ ${#url} -le 255 ]
	expect 'a range' 206 "$(curl -s -o /dev/null -w '%{http_code}' -r 100000-100099 "$url")"
	expect 'as many MCUs' 5 "$(tally succeeded STM32)"
	server_stop
done
