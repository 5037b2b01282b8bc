#!/bin/sh
# The main job, end to end: signed packages reach a fleet through nginx and are proven by their version.
#   demo.sh [FOLDER]    keeps what it made in FOLDER, whose old content goes; without one keeps nothing
set -eu
. tests/server.sh
if [ $# = 1 ]; then
	rm -rf "$1"
	mkdir -p "$1"
	WORK=$(cd "$1" && pwd)
else
	WORK=$(mktemp -d)
fi
keep=$#
export WORK
export OTACTL_DB="$WORK/lib/fleet.db"
here=$PWD
finish() {
	code=$?
	trap - EXIT
	server_stop
	[ "$keep" = 1 ] || rm -rf "$WORK"
	exit $code
}
trap finish EXIT
trap 'exit 1' INT TERM
otactl() { (cd "$WORK" && "$here/$B/otactl" "$@"); }
say() { printf '\n== %s\n' "$*"; }
show() {
	printf '$ otactl'
	for word; do
		case $word in
		*[!A-Za-z0-9_,./=@%+:-]*) printf " '%s'" "$word" ;;
		*) printf ' %s' "$word" ;;
		esac
	done
	echo
	otactl "$@"
}
fleet() {	# CSV PLAN OPTION...
	csv=$1 plan=$2
	shift 2
	"$B/tests/fleet" --base "$BASE" --devices "$WORK/$csv" --otactl "$B/otactl" --plan "$plan" --rounds 40 \
		--image "1_0_0=$WORK/firmware-1_0_0.bin" --image "1_0_1=$WORK/firmware-1_0_1.bin" \
		--low-battery SN0020 "$@"
}
image() {	# VERSION: the old image with a field release's sort of change, a version string in its tail
	cp "$WORK/firmware-1_0_0.bin" "$WORK/firmware-$1.bin"
	printf 'release %s' "$1" | dd of="$WORK/firmware-$1.bin" bs=1 seek=200000 conv=notrunc 2>/dev/null
}

say "A real firmware image, a newer one, and a delta between them"
cp /usr/share/seabios/bios-256k.bin "$WORK/firmware-1_0_0.bin"
image 1_0_1
image 1_0_2
xdelta3 -e -f -s "$WORK/firmware-1_0_0.bin" "$WORK/firmware-1_0_1.bin" "$WORK/delta.bin"
(cd "$WORK" && wc -c firmware-1_0_0.bin firmware-1_0_1.bin delta.bin | head -n 3)

say "Product, key, signed packages"
show init
show product add aroma
show component add aroma STM32 --type mcu
show key new release --no-passphrase
show key trust release.pub --product aroma
show package add aroma/STM32 1_0_0 firmware-1_0_0.bin --sign release.key
show package add aroma/STM32 1_0_1 firmware-1_0_1.bin --sign release.key
show package add aroma/STM32 1_0_1 delta.bin --delta-from 1_0_0 --sign release.key
show package publish aroma/STM32 1_0_1
show package list aroma

say "50 devices from a CSV file: 5 in the lab, 3 at an older version nobody knows"
awk 'BEGIN {
	print "device,token,STM32,groups,label:hw"
	for (i = 1; i <= 50; i++)
		printf("SN%04d,token-of-device-%04d,%s,%s,%s\n", i, i, (i > 47 ? "0_9_9" : "1_0_0"),
			(i <= 5 ? "lab" : ""), (i % 2 ? "A" : "B"))
}' >"$WORK/devices.csv"
awk -F, 'NR > 1 { print $1 "," $2 "," $3 }' "$WORK/devices.csv" >"$WORK/fleet-1_0_0.csv"
awk -F, '{ print $1 "," $2 "," ($1 ~ /SN00(20|42)/ ? $3 : "1_0_1") }' "$WORK/fleet-1_0_0.csv" >"$WORK/fleet-1_0_1.csv"
head -n 3 "$WORK/devices.csv"
show device import devices.csv --product aroma

say "A plan: the lab first, then 40 %, then everybody but SN0042, without the usual day between the stages"
show plan create spring --product aroma --upgrade STM32=1_0_1 --blacklist SN0042 \
	--timezone Europe/Berlin --set stages=group:lab,40%,100% --set soak=0
show plan simulate spring
show plan activate spring

say "nginx and the door on a free loopback port; the fleet polls, downloads, reboots, reports"
meter_port=$(free_port)
SERVER_EXTRA_HTTP="server {
	listen 127.0.0.1:$meter_port;
	set \$otactl_product meter;
	set \$otactl_cgi $(realpath "$B")/otactl.cgi;
	set \$otactl_db $OTACTL_DB;
	include $PWD/deploy/nginx-pycom.conf;
}"
server_start fastcgi
fleet fleet-1_0_0.csv spring

say "How far it is"
show plan status spring
say "Why SN0020 got nothing yet: its battery is low"
show plan explain spring SN0020
say "And SN0042, without the checks that it passes"
show plan explain spring SN0042 | grep -v '^  pass'
succeeded=$(otactl plan status spring --json | sed -n 's/.*"succeeded":[^0-9]*\([0-9]*\).*/\1/p')
[ "$succeeded" = 48 ] || { echo "$succeeded devices succeeded"; exit 1; }

say "The next version does not start on any device; its plan is as cautious as plans are by default"
show package add aroma/STM32 1_0_2 firmware-1_0_2.bin --sign release.key
show package publish aroma/STM32 1_0_2
show plan create summer --product aroma --upgrade STM32=1_0_2 --timezone Europe/Berlin
show plan activate summer
fleet fleet-1_0_1.csv summer --fail-percent 100

say "The breaker has stopped it, and nobody else is asked"
show plan status summer
show plan explain summer SN0007 | grep -v '^  pass'
failed=$(otactl plan devices summer --state failed --json | sed -n 's/.*"execution":"\([0-9]*\)".*/\1/p' | head -n 1)
show execution show "$failed" | sed -n '/^log/,$p'
otactl plan status summer --json | grep -q '"state":.*"suspended"' || { echo "the breaker did not trip"; exit 1; }

say "A device that knows nothing of otactl: one ESP8266 under Arduino asks as it always did"
printf 'device,token,app\n18:FE:34:00:00:01,token-of-lamp-0001,1_0\n' >"$WORK/lamps.csv"
show product add lamp
show component add lamp app --type mcu
show key trust release.pub --product lamp
show package add lamp/app 2_0 firmware-1_0_1.bin --sign release.key
show package publish lamp/app 2_0
show device import lamps.csv --product lamp
show plan create lamps --product lamp --upgrade app=2_0 --timezone Europe/Berlin
show plan activate lamps
echo "$ sh examples/esp-arduino.sh $BASE/esp/lamp/token-of-lamp-0001/firmware.bin 18:FE:34:00:00:01 1_0"
sh examples/esp-arduino.sh "$BASE/esp/lamp/token-of-lamp-0001/firmware.bin" 18:FE:34:00:00:01 1_0
show plan status lamps
otactl plan status lamps --json | grep -q '"succeeded":[^0-9]*1' || { echo "the lamp did not succeed"; exit 1; }

say "And one Pycom, whose library asks at a port of its own; its versions are directories"
for version in 1.0.0 1.0.1; do
	mkdir -p "$WORK/$version/flash/lib" "$WORK/$version/sd"
	echo "print('meter $version')" >"$WORK/$version/flash/main.py"
	echo 'asset' >"$WORK/$version/sd/some asset.txt"
done
echo 'import main' >"$WORK/1.0.1/flash/lib/new_lib.py"
echo 'import machine' | tee "$WORK/1.0.0/flash/lib/old_lib.py" >"$WORK/1.0.0/flash/lib/lib_a.py"
cp "$WORK/1.0.0/flash/lib/lib_a.py" "$WORK/1.0.1/flash/lib/"
cp "$WORK/firmware-1_0_0.bin" "$WORK/firmware_1.0.0.bin"
cp "$WORK/firmware-1_0_1.bin" "$WORK/firmware_1.0.1.bin"
cp -r "$WORK/1.0.0" "$WORK/pycom"
printf 'device,app\n127.0.0.1,1.0.0\n' >"$WORK/meters.csv"
show product add meter --auth none
show component add meter app --type app
show key trust release.pub --product meter
for version in 1.0.0 1.0.1; do
	show package add meter/app $version --tree $version --sign release.key
	show package publish meter/app $version
done
show device import meters.csv --product meter
show plan create meters --product meter --upgrade app=1.0.1 --timezone Europe/Berlin
show plan activate meters
echo "$ sh examples/pycom.sh 127.0.0.1:$meter_port pycom 1.0.0"
sh examples/pycom.sh "127.0.0.1:$meter_port" "$WORK/pycom" 1.0.0
show plan status meters
otactl plan status meters --json | grep -q '"succeeded":[^0-9]*1' || { echo "the meter did not succeed"; exit 1; }

say "$succeeded of 49 devices run 1_0_1, proven by the version they report; 1_0_2 was stopped at its first few."
[ "$keep" = 1 ] || exit 0
printf '\nIt is all still there, in %s.  To go on:\n\n' "$1"
printf '    %s\n' "$B/otactl trace SN0007 --db $1/lib/fleet.db" "$B/otactl plan devices summer --db $1/lib/fleet.db"
