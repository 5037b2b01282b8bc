#!/usr/bin/env bash
# A full disk and a read-only one: the right exit code, one clear message, nothing half-written.
# Needs a small tmpfs and so the right to mount; says so where it has none.
set -eu
cd "$(dirname "$0")/.."
WORK=$(mktemp -d)
# shellcheck disable=SC2154
trap 'code=$?; umount "$WORK/small" 2>/dev/null; rm -rf "$WORK"; exit $code' EXIT
mkdir "$WORK/small"
if ! mount -t tmpfs -o size=3m tmpfs "$WORK/small" 2>/dev/null; then
	echo "skip: this user may not mount a tmpfs"
	exit 77
fi
export OTACTL_DB="$WORK/small/lib/fleet.db"
fails() {	# CODE WORD COMMAND...
	wanted=$1 word=$2
	shift 2
	code=0
	"$B/otactl" --quiet "$@" >"$WORK/out" 2>"$WORK/err" || code=$?
	if [ $code != "$wanted" ] || ! grep -q "$word" "$WORK/err"; then
		echo "$*: exit $code, wanted $wanted and '$word'"
		cat "$WORK/err"
		exit 1
	fi
}

"$B/otactl" --quiet init
"$B/otactl" --quiet product add aroma --signatures 0
"$B/otactl" --quiet component add aroma STM32 --type mcu
head -c 4000000 /dev/urandom >"$WORK/large.bin"
{ echo device,STM32; seq -f 'a-device-with-a-long-name-%07g,1_0_0' 60000; } >"$WORK/devices.csv"

fails 8 'No space left' package add aroma/STM32 1 "$WORK/large.bin"
[ -z "$(ls -A "$WORK/small/lib/artifacts")" ] || { echo "something was left in the store"; exit 1; }
fails 8 'disk is full' device import "$WORK/devices.csv" --product aroma
[ "$("$B/otactl" device list --json | tr -d '[]\n ')" = '' ] || { echo "half an import"; exit 1; }
"$B/otactl" --quiet device add SN1 --product aroma
[ "$(sqlite3 "$OTACTL_DB" 'PRAGMA integrity_check')" = ok ]

mount -o remount,ro "$WORK/small"
fails 8 'database' device add SN2 --product aroma
"$B/otactl" --quiet product list >/dev/null 2>&1 || :
mount -o remount,rw "$WORK/small"
"$B/otactl" device show SN1 >/dev/null
