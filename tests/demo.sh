#!/bin/sh
# The main job, end to end: a signed package reaches a fleet through nginx and is proven by its version.
set -eu
. tests/server.sh
WORK=$(mktemp -d)
export WORK
export OTACTL_DB="$WORK/lib/fleet.db"
otactl() { "$B/otactl" "$@"; }
finish() {
	code=$?
	trap - EXIT
	server_stop
	rm -rf "$WORK"
	exit $code
}
trap finish EXIT
trap 'exit 1' INT TERM
say() { printf '\n== %s\n' "$*"; }
show() { printf '$ otactl %s\n' "$*"; otactl "$@"; }

say "Real firmware images, the old and the new one, and a delta between them"
cp /usr/share/seabios/bios-256k.bin "$WORK/firmware-1_0_0.bin"
# The new one is the same image with a field release's sort of change: a version string in its tail.
cp "$WORK/firmware-1_0_0.bin" "$WORK/firmware-1_0_1.bin"
printf 'release 1_0_1' | dd of="$WORK/firmware-1_0_1.bin" bs=1 seek=200000 conv=notrunc 2>/dev/null
xdelta3 -e -f -s "$WORK/firmware-1_0_0.bin" "$WORK/firmware-1_0_1.bin" "$WORK/delta.bin"
ls -l "$WORK"/*.bin | awk '{ print $5, $9 }' | sed "s|$WORK/||"

say "Product, key, two versions, signed packages"
show init
show product add aroma
show component add aroma STM32 --type mcu
(cd "$WORK" && "$OLDPWD/$B/otactl" key new release --no-passphrase)
show key trust "$WORK/release.pub" --product aroma
show package add aroma/STM32 1_0_0 "$WORK/firmware-1_0_0.bin" --sign "$WORK/release.key"
show package add aroma/STM32 1_0_1 "$WORK/firmware-1_0_1.bin" --sign "$WORK/release.key"
show package add aroma/STM32 1_0_1 "$WORK/delta.bin" --delta-from 1_0_0 --sign "$WORK/release.key"
show package publish aroma/STM32 1_0_1
show package list aroma

say "50 devices from a CSV file: 5 in the lab, 3 at an older version nobody knows"
awk 'BEGIN {
	print "device,token,STM32,groups,label:hw"
	for (i = 1; i <= 50; i++)
		printf("SN%04d,token-of-device-%04d,%s,%s,%s\n", i, i, (i > 47 ? "0_9_9" : "1_0_0"),
			(i <= 5 ? "lab" : ""), (i % 2 ? "A" : "B"))
}' >"$WORK/devices.csv"
awk -F, 'NR > 1 { print $1 "," $2 "," $3 }' "$WORK/devices.csv" >"$WORK/fleet.csv"
show device import "$WORK/devices.csv" --product aroma

say "A plan: the lab first, then 40 %, then everybody but SN0042"
show plan create spring --product aroma --upgrade STM32=1_0_1 --blacklist SN0042 \
	--timezone Europe/Berlin --push '00:00-24:00' --strategy cautious \
	--set 'stages=group:lab,40%,100%' --set soak=0 --set advance_success=80 \
	--set retry_max=0 --set fit_window=off --set watch=0
show plan activate spring

say "nginx and the door on a free loopback port; the fleet polls, downloads, reboots, reports"
server_start fastcgi
"$B/tests/fleet" --base "$BASE" --devices "$WORK/fleet.csv" --otactl "$B/otactl" --plan spring --rounds 30 \
	--image "1_0_0=$WORK/firmware-1_0_0.bin" --image "1_0_1=$WORK/firmware-1_0_1.bin" \
	--fail SN0013 --fail SN0031 --low-battery SN0020 >"$WORK/table" &
fleet=$!
tail -f "$WORK/table" --pid=$fleet -s 0.2 2>/dev/null | awk '/^round/ || NR % 3 == 2 || /ended|suspended/ { print; fflush() }' &
wait $fleet || { cat "$WORK/table"; exit 1; }
wait $! || :

say "How far it is"
show plan status spring
say "A device that got nothing"
show plan explain spring SN0042 | grep -E 'spring|FAIL'
say "A device that failed"
show plan explain spring SN0013 | grep -E 'spring|execution|FAIL'
failed=$(otactl plan devices spring --state failed --json | sed -n 's/.*"execution":"\([0-9]*\)".*/\1/p' | head -n 1)
show execution show "$failed" | sed -n '/^log/,$p'
say "A device that waits for a charged battery"
show plan explain spring SN0020 | grep -E 'spring|FAIL'

succeeded=$(otactl plan status spring --json | sed -n 's/.*"succeeded":[^0-9]*\([0-9]*\).*/\1/p')
[ "$succeeded" -ge 46 ] || { echo "only $succeeded devices succeeded"; exit 1; }
say "$succeeded of 49 devices run 1_0_1, proven by the version they report."
