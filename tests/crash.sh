#!/usr/bin/env bash
# kill -9 during commits loses nothing that was acknowledged: devices report while the door's workers
# are killed at random; what got a 200 must be in the database afterwards.
set -eu
cd "$(dirname "$0")/.."
if [ ! -e /proc/self ]; then
	echo "skip: /proc is not mounted, so the door's workers cannot be found"
	exit 77
fi
. tests/server.sh
WORK=$(mktemp -d)
export WORK OTACTL_DB="$WORK/lib/fleet.db" SERVER_WORKERS=3
# shellcheck disable=SC2154
trap 'code=$?; server_stop; rm -rf "$WORK"; exit $code' EXIT
otactl() { "$B/otactl" --quiet "$@"; }

otactl init
otactl product add aroma --auth none --signatures 0
otactl component add aroma STM32 --type mcu
head -c 4096 /dev/zero >"$WORK/firmware.bin"
otactl package add aroma/STM32 1_0_1 "$WORK/firmware.bin"
otactl package publish aroma/STM32 1_0_1
{ echo device,STM32; seq -f 'SN%g,1_0_0' 6; } >"$WORK/devices.csv"
otactl device import "$WORK/devices.csv" --product aroma
otactl plan create spring --product aroma --upgrade STM32=1_0_1 --timezone UTC --strategy all-at-once
otactl plan activate spring
server_start fastcgi
door=${server_pids##* }

python3 - "$BASE" "$door" "$OTACTL_DB" <<'PY'
import json, os, random, signal, sqlite3, subprocess, sys, threading, time, urllib.request
base, door, db = sys.argv[1:]
end = time.time() + 8
acknowledged, kills = {}, 0

def post(url, body):
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)

def device(n):
    offer = json.load(urllib.request.urlopen(f"{base}/v1/SN{n}/plan?accept=1", timeout=10))
    execution, seq = offer["execution"], 0
    acknowledged[execution] = 0
    while time.time() < end:
        seq += 1
        try:
            post(f"{base}/v1/SN{n}/executions/{execution}",
                 {"seq": seq, "state": "downloading", "progress": min(seq % 100, 100), "code": seq})
            acknowledged[execution] = seq
        except OSError:
            pass            # the worker died: not acknowledged, and said again under a new number

threads = [threading.Thread(target=device, args=(n,)) for n in range(1, 7)]
for thread in threads:
    thread.start()
random.seed(1)
while time.time() < end:
    time.sleep(random.uniform(0.02, 0.4))
    workers = subprocess.run(["pgrep", "-P", door], capture_output=True, text=True).stdout.split()
    if workers:
        try:
            os.kill(int(random.choice(workers)), signal.SIGKILL)
            kills += 1
        except ProcessLookupError:
            pass
for thread in threads:
    thread.join()
rows = dict(sqlite3.connect(db).execute("SELECT id, seq FROM execution"))
logged = dict(sqlite3.connect(db).execute("SELECT execution, max(code) FROM event GROUP BY execution"))
for execution, seq in acknowledged.items():
    assert rows[int(execution)] >= seq, (execution, rows[int(execution)], seq)
    assert logged[int(execution)] >= seq
check = sqlite3.connect(db).execute("PRAGMA integrity_check").fetchone()[0]
assert check == "ok" and kills > 5 and sum(acknowledged.values()) > 50, (check, kills, acknowledged)
print(f"{kills} workers killed, {sum(acknowledged.values())} reports acknowledged, none lost")
PY

# A database that is gone, empty or no database at all is the server's trouble: 503, come again, no path.
: >"$WORK/lib/empty.db"
head -c 9000 /dev/zero >"$WORK/lib/other.db"
for database in gone empty other; do
	for path in /healthz /v1/SN1/plan; do
		env -i OTACTL_DB="$WORK/lib/$database.db" REQUEST_METHOD=GET SERVER_PROTOCOL=HTTP/1.1 \
			PATH_INFO=$path QUERY_STRING=STM32=1_0_0 "$B/otactl.cgi" </dev/null 2>"$WORK/why" >"$WORK/answer"
		if ! grep -q '^Status: 503 ' "$WORK/answer" || ! grep -q '^Retry-After: ' "$WORK/answer" ||
			grep -q "$WORK" "$WORK/answer" || ! grep -q 'otactl.cgi: ' "$WORK/why"; then
			echo "$path of a database that is $database:"
			cat "$WORK/answer" "$WORK/why"
			exit 1
		fi
	done
done
