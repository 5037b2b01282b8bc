#!/usr/bin/env bash
# Pycom's manifest of a tree of 3 versions with 60 files each, side by side with the tutorial's way of making it
# and with native polls: requests per second through nginx and one FastCGI worker, medians of runs in turn.
#   RUNS (5)  SECONDS_EACH (3)  B (build/plain)
set -eu
cd "$(dirname "$0")/.."
. tests/server.sh
: "${B:=build/plain}" "${RUNS:=5}" "${SECONDS_EACH:=3}"
B=$(realpath "$B")
WORK=$(mktemp -d)
export WORK
# shellcheck disable=SC2154
trap 'code=$?; server_stop; kill "$peer_pid" 2>/dev/null; rm -rf "$WORK"; exit $code' EXIT
otactl() { "$B/otactl" --quiet "$@"; }
median() { sort -g | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
missed=0
row() {	# WHAT OURS PEER GOAL
	awk -v what="$1" -v a="$2" -v b="$3" -v g="$4" 'BEGIN {
		good = (a >= g * b)
		printf("| %s | %d | %d | %.2f | >= %s | %s |\n", what, a, b, a / b, g, good ? "reached" : "MISSED")
		exit !good }' || missed=$((missed + 1))
}
rate() { wrk -t1 -c4 -d"$SECONDS_EACH" "$1" | sed -n 's/^Requests\/sec: *//p'; }

mkdir "$WORK/site"
export OTACTL_DB="$WORK/lib/fleet.db"
otactl init
otactl product add meter --auth none --signatures 0 2>/dev/null
otactl component add meter app --type app
for version in 1.0.0 1.0.1 1.0.2; do
	python3 tests/pycom.py tree "$WORK/site" $version bench
	otactl package add meter/app $version --tree "$WORK/site/$version"
	otactl package publish meter/app $version
done
printf 'device,app\n127.0.0.1,1.0.0\nidle,1.0.2\n' >"$WORK/meters.csv"
otactl device import "$WORK/meters.csv" --product meter
otactl plan create spring --product meter --upgrade app=1.0.2 --timezone UTC --strategy all-at-once
otactl plan activate spring 2>/dev/null
port=$(free_port) peer_port=$(free_port)
SERVER_WORKERS=1
SERVER_EXTRA_HTTP="server { listen 127.0.0.1:$port; set \$otactl_product meter; set \$otactl_cgi none; set \$otactl_db $OTACTL_DB;
	include $PWD/deploy/nginx-pycom.conf; }"
python3 bench/tutorial.py "$WORK/site" "$peer_port" 2>/dev/null &
peer_pid=$!
server_start fastcgi
declare -A url
url[ours]="http://127.0.0.1:$port/manifest.json?current_ver=1.0.0"
url[peer]="http://127.0.0.1:$peer_port/manifest.json?current_ver=1.0.0"
url[poll]="$BASE/v1/127.0.0.1/plan?app=1.0.0"
url[idle]="$BASE/v1/idle/plan?app=1.0.2"
wait_for curl -sf -o /dev/null "${url[peer]}"
curl -sf -o /dev/null "${url[ours]}"
echo "a manifest has $(curl -s "${url[ours]}" | wc -c) bytes, a poll that names the files $(curl -s "${url[poll]}" | wc -c)" >&2
for _ in $(seq "$RUNS"); do
	for what in ours peer poll idle; do
		rate "${url[$what]}" >>"$WORK/$what"
	done
done
for what in ours peer poll idle; do
	median <"$WORK/$what" >"$WORK/median.$what"
done
mine=$(cat "$WORK/median.ours")
echo '| what | ours | peer | ratio | goal | |'
echo '|---|---|---|---|---|---|'
row "Pycom manifest, req/s; the tutorial's way" "$mine" "$(cat "$WORK/median.peer")" 20
row 'Pycom manifest, req/s; native poll of the same device' "$mine" "$(cat "$WORK/median.poll")" 0.77
row 'Pycom manifest, req/s; native poll with nothing to tell' "$mine" "$(cat "$WORK/median.idle")" 0.77
[ $missed = 0 ]
