#!/usr/bin/env bash
# Every claimed figure, side by side with its peer or limit in one run: ratios of medians over RUNS runs.
#   DEVICES (1000000)  RUNS (5)  SECONDS_EACH (3)  B (build/plain)
set -eu
cd "$(dirname "$0")/.."
. tests/server.sh
: "${B:=build/plain}" "${DEVICES:=1000000}" "${RUNS:=5}" "${SECONDS_EACH:=3}"
B=$(realpath "$B")
WORK=$(mktemp -d)
export WORK
# shellcheck disable=SC2154
trap 'code=$?; server_stop; rm -rf "$WORK"; exit $code' EXIT
otactl() { "$B/otactl" --quiet "$@"; }
median() { sort -g | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'; }
missed=0
row() {	# WHAT OURS PEER RATIO RELATION GOAL
	verdict=$(awk -v r="$4" -v g="$6" -v rel="$5" 'BEGIN { print (rel == ">=" ? r >= g : r <= g) ? "reached" : "MISSED" }')
	[ "$verdict" = reached ] || missed=$((missed + 1))
	printf '| %s | %s | %s | %s | %s %s | %s |\n' "$1" "$2" "$3" "$4" "$5" "$6" "$verdict"
}

rows_make() {	# COUNT TOKENS
	awk -v n="$1" -v tokens="$2" 'BEGIN {
		print "device,STM32,label:hw" (tokens ? ",token" : "")
		for (i = 0; i < n; i++)
			printf("d%07d,1_0_0,%s%s\n", i, substr("ABCDEFGHIJ", i % 10 + 1, 1),
				(tokens ? sprintf(",token-of-d%07d-long", i) : ""))
	}'
}

fleet_make() {	# FOLDER COUNT: a fleet seen within the hour, and 10 active plans
	export OTACTL_DB="$WORK/$1/fleet.db"
	otactl init
	otactl product add aroma --signatures 0
	otactl component add aroma STM32 --type mcu
	otactl component add aroma radio --type module
	head -c 65536 /dev/zero >"$WORK/firmware.bin"
	otactl package add aroma/STM32 1_0_1 "$WORK/firmware.bin"
	otactl package publish aroma/STM32 1_0_1
	rows_make "$2" 1 >"$WORK/devices.csv"
	otactl device import "$WORK/devices.csv" --product aroma
	seq -f 'd%07g' 0 99 >"$WORK/lab.txt"
	otactl group add lab "@$WORK/lab.txt"
	for i in 1 2 3; do
		otactl plan create "label$i" --product aroma --upgrade STM32=1_0_1 --timezone UTC --whitelist label:hw=Z$i,!old --allow-unknown --whitelist d0000000
	done
	for i in 1 2 3; do
		otactl plan create "stage$i" --product aroma --upgrade STM32=1_0_1 --timezone UTC --set stages=group:lab,100%
	done
	for i in 1 2; do
		otactl plan create "night$i" --product aroma --upgrade STM32=1_0_1 --timezone UTC --set stages=100% \
			--set first_device_alone=off --start "$(date -u -d '+1 day' +%Y-%m-%d)"
		otactl plan create "window$i" --product aroma --upgrade STM32=1_0_1 --timezone UTC --set stages=100% \
			--set first_device_alone=off --push "$(date -u -d '+6 hours' +%H:%M)-$(date -u -d '+8 hours' +%H:%M)"
	done
	for plan in stage1 stage2 stage3 night1 night2 window1 window2; do
		otactl plan activate $plan
	done
	sqlite3 "$OTACTL_DB" "UPDATE plan_item SET value = 'hw=A' WHERE key = 'label'" >/dev/null
	for plan in label1 label2 label3; do
		otactl plan activate $plan
	done
	sqlite3 "$OTACTL_DB" "UPDATE plan_item SET value = 'hw=Z' WHERE key = 'label';
		UPDATE device SET last_seen = unixepoch(); UPDATE fleet SET epoch = epoch + 1;
		INSERT INTO plan_device SELECT id, (SELECT id FROM plan WHERE name = 'stage1'), 2 FROM device WHERE name < 'd0000100';
		INSERT OR IGNORE INTO plan_device SELECT d.id, p.id, 2 FROM device d, plan p
			WHERE d.name < 'd0000100' AND p.name IN ('stage2', 'stage3', 'label1', 'label2', 'label3');
		PRAGMA wal_checkpoint(TRUNCATE)" >/dev/null
}

# A second server beside the first: the same nginx with the same configuration, but another worker behind it.
second_start() {	# WAY
	mkdir -p "$WORK/second"
	(
		WORK=$WORK/second
		server_start "$1"
		echo "$server_port $server_pids" >"$WORK/started"
	)
	read -r second_port second_pids <"$WORK/second/started"
}
both_stop() {
	server_pids="$server_pids $second_pids"
	server_stop
	rm -rf "$WORK/second"
}

# Measure two things in turn, RUNS times; medians in $ours and $peer.
in_turn() {	# COLUMN OURS... -- PEER...
	column=$1
	shift
	first=()
	while [ "$1" != -- ]; do
		first+=("$1")
		shift
	done
	shift
	: >"$WORK/ours"
	: >"$WORK/peer"
	for _ in $(seq "$RUNS"); do
		"${first[@]}" | tee -a "$WORK/lines" | cut -d ' ' -f "$column" >>"$WORK/ours"
		"$@" | tee -a "$WORK/lines" | cut -d ' ' -f "$column" >>"$WORK/peer"
	done
	ours=$(median <"$WORK/ours")
	peer=$(median <"$WORK/peer")
	[ -n "$ours" ] && [ -n "$peer" ] || { echo "nothing was measured"; exit 1; }
	# Answers that were no success would make a figure worthless.
	awk 'NF == 4 && $4 > 0 { bad = 1 } END { exit bad }' "$WORK/lines" || { echo "failed requests"; cat "$WORK/lines"; exit 1; }
	: >"$WORK/lines"
}
load() { "$B/bench/load" "$server_port" "$@"; }
second() { "$B/bench/load" "$second_port" "$@"; }

SERVER_EXTRA_HTTP='keepalive_requests 100000000;'
printf '%s devices, %s runs of %s s, %s cores\n\n' "$DEVICES" "$RUNS" "$SECONDS_EACH" "$(nproc)"
echo '| what | ours | peer or limit | ratio | goal | |'
echo '|---|---|---|---|---|---|'

fleet_make small 1000
fleet_make large "$DEVICES"
n=$((DEVICES - 200))

for workers in 1 2; do
	export SERVER_WORKERS=$workers
	server_start fastcgi
	second_start "$B/bench/hello_fcgi"
	load 8 1 poll $n d >/dev/null
	in_turn 1 load 8 "$SECONDS_EACH" poll "$n" d -- second 8 "$SECONDS_EACH" poll "$n" d
	row "FastCGI poll, 8 clients, $workers worker(s), req/s; hello-world FastCGI" "$ours" "$peer" "$(ratio "$ours" "$peer")" '>=' 0.8
	if [ $workers = 2 ]; then
		rss=$(pgrep -P "${server_pids##* }" | xargs -I{} awk '/VmRSS/ { print $2 }' /proc/{}/status | sort -n | tail -n 1)
		row 'resident memory of a worker, MB' "$((rss / 1024))" 16 "$(ratio "$rss" 16384)" '<=' 1.0
	fi
	both_stop
done

export SERVER_WORKERS=1
server_start cgi
SERVER_CGI=$B/bench/hello_cgi second_start cgi
in_turn 2 load 1 "$SECONDS_EACH" poll "$n" d -- second 1 "$SECONDS_EACH" poll "$n" d
row 'plain CGI poll, p50 us; hello-world CGI' "$ours" "$peer" "$(ratio "$ours" "$peer")" '<=' 1.5
# How much of that no decision can save: a process that opens the same database and reads one row.
in_turn 2 load 1 "$SECONDS_EACH" get /ota/healthz -- second 1 "$SECONDS_EACH" poll "$n" d
printf '| of which: open the database, read one row (/healthz) | %s | %s | %s | - | - |\n' "$ours" "$peer" "$(ratio "$ours" "$peer")"
both_stop

server_start fastcgi
OTACTL_DB="$WORK/small/fleet.db" second_start fastcgi
in_turn 2 load 1 "$SECONDS_EACH" poll "$n" d -- second 1 "$SECONDS_EACH" poll 800 d
row "poll on $DEVICES devices, p50 us; on 1000" "$ours" "$peer" "$(ratio "$ours" "$peer")" '<=' 1.2
both_stop

# Where the disk takes 4 ms to sync, a contact must not wait for it, and a busy worker stores many at once.
contacts() { "$B/bench/contacts" "$WORK/small/fleet.db" 1000 "$SECONDS_EACH" "$1"; }
in_turn 1 contacts store -- contacts read
row 'polls that store a contact, per s, syncs of 4 ms; polls that write nothing' "$ours" "$peer" "$(ratio "$ours" "$peer")" '>=' 0.6

# Reports: 8 devices with an accepted execution each.
export OTACTL_DB="$WORK/report/fleet.db"
otactl init
otactl product add aroma --signatures 0
otactl component add aroma STM32 --type mcu
otactl package add aroma/STM32 1_0_1 "$WORK/firmware.bin"
otactl package publish aroma/STM32 1_0_1
rows_make 100 1 >"$WORK/few.csv"
otactl device import "$WORK/few.csv" --product aroma
otactl plan create now --product aroma --upgrade STM32=1_0_1 --timezone UTC --strategy all-at-once
otactl plan activate now
server_start fastcgi
for i in 0 1 2 3 4 5 6 7; do
	curl -s -o /dev/null -H "Authorization: Bearer token-of-d000000$i-long" "$BASE/v1/d000000$i/plan?accept=1"
done
# The same answer in the words of another dialect: an attempt that was accepted, with a fresh URL.
take() { load 8 "$SECONDS_EACH" take "$@"; }
in_turn 1 take /ota/v1/ d plan -- take /ota/things/ d jobs/now
row 'native poll of who has accepted, req/s; awsjobs describe of the same' "$ours" "$peer" "$(ratio "$ours" "$peer")" '<=' 1.3
# As in service, where cron's tick moves the log into the database every minute and its file is used again.
report_ours() {
	otactl tick
	load 8 "$SECONDS_EACH" report 11 d
}
load 8 "$SECONDS_EACH" report 11 d >/dev/null
in_turn 1 report_ours -- "$B/bench/raw" report "$OTACTL_DB" "$SECONDS_EACH" 11
# What a durable figure depends on: one sync of this disk.
sync_us=$(LC_ALL=C dd if=/dev/zero of="$WORK/sync" bs=4096 count=200 oflag=dsync 2>&1 | awk -F, '/copied/ { printf "%.0f\n", $3 / 200 * 1000000 }')
printf '| of which: a sync of this disk, us | %s | - | - | - | - |\n' "$sync_us"
row 'durable report, 8 clients, 1 worker, per s; the bare transaction' "$ours" "$peer" "$(ratio "$ours" "$peer")" '>=' 0.6
server_stop

# Things that are connected and say nothing: so many files may be open here as there are, or as many as may be.
ulimit -n "$(ulimit -Hn)"
things=10000
[ "$(ulimit -n)" -gt 10200 ] || things=$(($(ulimit -n) - 200))
export OTACTL_DB="$WORK/things/fleet.db" OTACTL_BASE_URL=http://127.0.0.1/ota
otactl init
otactl product add aroma --signatures 0
otactl component add aroma STM32 --type mcu
rows_make $things '' >"$WORK/things.csv"
otactl device import "$WORK/things.csv" --product aroma
sqlite3 "$OTACTL_DB" 'UPDATE device SET last_seen = unixepoch(); UPDATE fleet SET epoch = epoch + 1' >/dev/null
mqtt_port=$(free_port)
printf 'listener %s 127.0.0.1\nallow_anonymous true\n%s\n' "$mqtt_port" "$([ "$(id -u)" = 0 ] && echo 'user root')" >"$WORK/mosquitto.conf"
PATH=$PATH:/usr/sbin mosquitto -c "$WORK/mosquitto.conf" >/dev/null 2>&1 &
mosquitto=$!
wait_for python3 tests/mqtt.py ask "127.0.0.1:$mqtt_port" a a b
"$B/otactl-mqtt" --broker "127.0.0.1:$mqtt_port" 2>/dev/null &
bridge=$!
mkfifo "$WORK/idle"
python3 tests/mqtt.py idle "127.0.0.1:$mqtt_port" $things <"$WORK/idle" >"$WORK/connected" &
idle=$!
exec 9>"$WORK/idle"
while [ ! -s "$WORK/connected" ] && kill -0 $idle; do sleep 1; done
sleep 5
rss=$(awk '/VmRSS/ { print $2 }' /proc/$bridge/status)
exec 9>&-
kill $bridge $mosquitto
wait $idle $bridge $mosquitto || :
row "resident memory of the bridge, $things things idle, MB" "$((rss / 1024))" 64 "$(ratio "$rss" 65536)" '<=' 1.0

rows_make "$DEVICES" '' >"$WORK/import.csv"
import_fresh() {
	rm -rf "$WORK/import"
	export OTACTL_DB="$WORK/import/fleet.db"
	otactl init
	otactl product add aroma
	otactl component add aroma STM32 --type mcu
}
import_ours() {
	import_fresh
	start=$(date +%s.%N)
	otactl device import "$WORK/import.csv" --product aroma
	awk -v n="$DEVICES" -v a="$start" -v b="$(date +%s.%N)" 'BEGIN { printf "%.0f\n", n / (b - a) }'
}
import_raw() {
	import_fresh
	"$B/bench/raw" import "$OTACTL_DB" "$WORK/import.csv" 1
}
in_turn 1 import_ours -- import_raw
row "import of $DEVICES devices, rows/s; bare prepared inserts" "$ours" "$peer" "$(ratio "$ours" "$peer")" '>=' 0.7

# --- trust -----------------------------------------------------------------------------------------
export OTACTL_DB="$WORK/trust/fleet.db"
head -c 104857600 /dev/urandom >"$WORK/large.bin"
otactl init
otactl product add aroma
otactl component add aroma STM32 --type mcu
(cd "$WORK" && "$B/otactl" --quiet key new release --no-passphrase)
otactl key trust "$WORK/release.pub" --product aroma
# Other bytes in each run: the same ones are in the store already.
add_ours() {
	echo "$1$RANDOM$RANDOM" | dd of="$WORK/large.bin" conv=notrunc status=none
	"$B/bench/spawn" 1 "$B/otactl" --quiet package add aroma/STM32 "1_$1$RANDOM$RANDOM" "$WORK/large.bin" --sign "$WORK/release.key"
}
add_ours first >/dev/null
in_turn 1 add_ours run -- "$B/bench/digests" "$WORK/large.bin"
row 'package add with copy, fsync and signature, 100 MiB, us; its five digests alone' "$ours" "$peer" "$(ratio "$ours" "$peer")" '<=' 1.05
otactl package add aroma/STM32 check "$WORK/large.bin" --sign "$WORK/release.key"
otactl package manifest aroma/STM32 check --file-signatures "$WORK"
in_turn 1 "$B/bench/spawn" 3 "$B/otactl" package verify aroma/STM32 check -- "$B/bench/spawn" 3 "$(command -v minisign)" -V -q -p "$WORK/release.pub" -m "$WORK/large.bin"
row 'signature check of 100 MiB, us; minisign -V' "$ours" "$peer" "$(ratio "$ours" "$peer")" '<=' 1.1
"$B/bench/audit_rows" "$OTACTL_DB" 1000000
in_turn 1 "$B/bench/spawn" 1 "$B/otactl" audit verify -- echo 5000000
row 'audit verify of 1000000 rows, us; 5 s' "$ours" "$peer" "$(ratio "$ours" "$peer")" '<=' 1.0
rm -rf "$WORK/trust" "$WORK/large.bin"

# --- the rollout engine ----------------------------------------------------------------------------
# As in service the door's worker keeps the database open, and a tick has just been.
export OTACTL_DB="$WORK/large/fleet.db"
server_start fastcgi
curl -s -o /dev/null -H 'Authorization: Bearer token-of-d0000500-long' "$BASE/v1/d0000500/plan"
otactl tick
spawn() { "$B/bench/spawn" 100 "$@"; }
in_turn 1 spawn "$B/otactl" --quiet tick -- spawn "$B/otactl" --version
row "tick with nothing due, $DEVICES devices, us; otactl --version" "$ours" "$peer" "$(ratio "$ours" "$peer")" '<=' 1.5
in_turn 1 spawn "$B/otactl" plan status stage1 -- spawn "$B/otactl" --version
row "plan status, $DEVICES devices, us; otactl --version" "$ours" "$peer" "$(ratio "$ours" "$peer")" '<=' 1.5

# Each run opens the second stage of a fresh clone.
moving() {	# FOLDER
	export OTACTL_DB="$WORK/$1/fleet.db"
	name=moved$RANDOM$RANDOM
	otactl plan clone stage1 $name
	otactl plan edit $name --set stages=5,50%,100%
	otactl plan activate $name 2>/dev/null
	spawn1 "$B/otactl" --quiet plan advance $name --reason bench
	otactl plan terminate $name
}
spawn1() { "$B/bench/spawn" 1 "$@"; }
in_turn 1 moving large -- moving small
row "moving a stage on, $DEVICES devices, us; 1000" "$ours" "$peer" "$(ratio "$ours" "$peer")" '<=' 1.2
server_stop

# Activation: half the fleet whitelisted, a twentieth blacklisted.
export OTACTL_DB="$WORK/large/fleet.db"
seq -f 'd%07g' 0 $((DEVICES / 2 - 1)) >"$WORK/white.txt"
seq -f 'd%07g' 0 20 $((DEVICES - 1)) >"$WORK/black.txt"
activation_ours() {
	name=lists$RANDOM$RANDOM
	start=$(date +%s.%N)
	otactl plan create $name --product aroma --upgrade STM32=1_0_1 --timezone UTC --whitelist "@$WORK/white.txt" --blacklist "@$WORK/black.txt"
	otactl plan activate $name 2>/dev/null
	awk -v a="$start" -v b="$(date +%s.%N)" 'BEGIN { printf "%.0f\n", (b - a) * 1000 }'
	otactl plan terminate $name
}
activation_raw() { "$B/bench/raw" activate "$OTACTL_DB" "$WORK/white.txt" "$WORK/black.txt"; }
in_turn 1 activation_ours -- activation_raw
row "create and activate with $((DEVICES / 2)) + $((DEVICES / 20)) listed, ms; bare inserts and a scan" "$ours" "$peer" "$(ratio "$ours" "$peer")" '<=' 1.5

otactl plan clone stage1 simulated
otactl plan edit simulated --set stages=5,1%,10%,50%,100%
simulation() { "$B/bench/spawn" 1 "$B/otactl" plan simulate simulated; }
in_turn 1 simulation -- echo 10000000
row "plan simulate, $DEVICES devices, 14 days, us; 10 s" "$ours" "$peer" "$(ratio "$ours" "$peer")" '<=' 1.0
peak=$("$B/bench/spawn" 1 "$B/otactl" plan simulate simulated | cut -d ' ' -f 2)
row 'memory of plan simulate, MB' "$((peak / 1024))" 300 "$(ratio "$peak" 307200)" '<=' 1.0

echo
if [ $missed = 0 ]; then
	echo 'every goal is reached'
else
	echo "$missed goals missed"
	exit 1
fi
