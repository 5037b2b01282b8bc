#!/usr/bin/env bash
# Things that speak AWS IoT Jobs by MQTT: the bridge behind a real mosquitto with TLS, client certificates and the access
# list of deploy/, the client of tests/awsjobs.py with both its upgrades, strangers, and a broker that goes.
set -eu
cd "$(dirname "$0")/.."
. tests/server.sh
WORK=$(mktemp -d)
export WORK
mosquitto=$(PATH=$PATH:/usr/sbin command -v mosquitto) || { echo 'there is no mosquitto'; exit 77; }
broker=0 bridges=
# shellcheck disable=SC2086,SC2154
trap 'code=$?; server_stop; kill $broker $bridges 2>/dev/null; wait; rm -rf "$WORK"; exit $code' EXIT
otactl() { "$B/otactl" --quiet "$@"; }
expect() {	# WHAT WANTED GOT
	[ "$2" = "$3" ] || { echo "$1: wanted $2, got $3"; tail -n 5 "$WORK"/*.log; exit 1; }
}
tally() {	# STATE PLAN
	otactl plan status "$2" --json | sed -n 's/.*"'"$1"'":[^0-9]*\([0-9]*\).*/\1/p'
}

openssl req -x509 -newkey ed25519 -nodes -keyout "$WORK/ca.key" -out "$WORK/ca.pem" -days 2 -subj '/CN=fleet CA' 2>/dev/null
certify() {	# NAME
	openssl req -newkey ed25519 -nodes -keyout "$WORK/$1.key" -out "$WORK/$1.csr" -subj "/CN=$1" \
		-addext 'subjectAltName=IP:127.0.0.1' 2>/dev/null
	openssl x509 -req -in "$WORK/$1.csr" -CA "$WORK/ca.pem" -CAkey "$WORK/ca.key" -CAcreateserial -days 2 \
		-copy_extensions copy -out "$WORK/$1.pem" 2>/dev/null
}
for name in 127.0.0.1 otactl-mqtt QuecPython_OTA thing2 thing3; do certify "$name"; done
head -c 200000 /dev/urandom >"$WORK/R08.pack"
head -c 3000 /dev/urandom >"$WORK/a.py"

export OTACTL_DB="$WORK/fleet/fleet.db"
otactl init
otactl key new "$WORK/release" --no-passphrase
otactl product add module --auth certificate --extensions '.pack .py'
otactl key trust "$WORK/release.pub" --product module
otactl component add module firmware --type module
otactl component add module scripts --type app
otactl package add module/firmware R08 "$WORK/R08.pack" --delta-from R07 --sign "$WORK/release.key"
otactl package add module/scripts 2.0 "$WORK/a.py=usr/a.py" --sign "$WORK/release.key"
otactl package publish module/firmware R08
otactl package publish module/scripts 2.0
{ echo device,firmware,scripts; printf '%s,R07,1.0\n' QuecPython_OTA thing2 thing3; } >"$WORK/things.csv"
otactl device import "$WORK/things.csv" --product module
otactl plan create jobfota --product module --upgrade firmware=R08 --timezone UTC --set stages=100% --set first_device_alone=off
otactl plan create jobappota --product module --upgrade scripts=2.0 --timezone UTC --set stages=100% --set first_device_alone=off
otactl plan activate jobfota
otactl plan activate jobappota 2>/dev/null

server_start fastcgi
export OTACTL_BASE_URL=$BASE
port=$(free_port)
sed "s|/etc/otactl/mosquitto.acl|$PWD/deploy/mosquitto.acl|; s|/etc/otactl/fleet-ca|$WORK/ca|; s|/etc/otactl/things|$WORK/127.0.0.1|
	s|listener 8883|listener $port 127.0.0.1|" deploy/mosquitto.conf >"$WORK/mosquitto.conf"
[ "$(id -u)" = 0 ] && echo 'user root' >>"$WORK/mosquitto.conf"
broker_start() {
	"$mosquitto" -c "$WORK/mosquitto.conf" >>"$WORK/mosquitto.log" 2>&1 &
	broker=$!
}
bridge_start() {
	"$B/otactl-mqtt" --broker "127.0.0.1:$port" --ca "$WORK/ca.pem" --cert "$WORK/otactl-mqtt.pem" --key "$WORK/otactl-mqtt.key" \
		2>>"$WORK/bridge.log" &
	bridges="$bridges $!"
}
connected() {	# TIMES
	[ "$(grep -c connected "$WORK/bridge.log")" -ge "$1" ]
}
# The first bridge is there before the broker, and waits for it; the second stands by.
bridge_start
sleep 1
broker_start
wait_for connected 1
bridge_start
wait_for grep -q 'standing by' "$WORK/bridge.log"

client() {	# THING
	mkdir -p "$WORK/$1"
	CA=$WORK/ca.pem python3 tests/awsjobs.py "mqtts://127.0.0.1:$port" "$1" "$WORK/$1.pem" "$WORK/$1.key" "$WORK/$1" R07 1.0
}
ask() {	# CERTIFICATE TOPIC PAYLOAD LISTEN
	python3 tests/mqtt.py ask "127.0.0.1:$port" "\$aws/things/$2" "$3" "\$aws/things/$4" "$WORK/$1.pem" "$WORK/$1.key" "$WORK/ca.pem"
}
says() {	# WHAT PART GOT
	case $3 in
	*"$2"*) ;;
	*) expect "$1" "$2" "$3" ;;
	esac
}

# Both upgrades, one after the other, by answers on the one topic that it listens to.
expect 'both upgrades' 'boot 1: R07 1.0
jobfota IN_PROGRESS
boot 2: R08 1.0
jobfota SUCCEEDED
jobappota IN_PROGRESS
boot 3: R08 2.0
jobappota SUCCEEDED' "$(client QuecPython_OTA)"
cmp "$WORK/QuecPython_OTA/r08.pack" "$WORK/R08.pack"
cmp "$WORK/QuecPython_OTA/usr_a.py" "$WORK/a.py"
expect 'firmware that has succeeded' 1 "$(tally succeeded jobfota)"
expect 'scripts that have succeeded' 1 "$(tally succeeded jobappota)"

# Commands, and what is refused.
says 'pending' '"queuedJobs":[{"jobId":"jobfota"' "$(ask thing2 thing2/jobs/get '{"clientToken":"t1"}' thing2/jobs/get/accepted)"
says 'its token' '"clientToken":"t1"' "$(ask thing2 thing2/jobs/get '{"clientToken":"t1"}' thing2/jobs/get/accepted)"
says 'start-next' '"status":"IN_PROGRESS"' "$(ask thing2 thing2/jobs/start-next '' thing2/jobs/start-next/accepted)"
says 'next' '"jobId":"jobfota"' "$(ask thing2 'thing2/jobs/$next/get' '{}' 'thing2/jobs/$next/get/accepted')"
says 'no JSON' '"code":"InvalidRequest"' "$(ask thing2 thing2/jobs/jobfota/update 'x' thing2/jobs/jobfota/update/rejected)"
says 'too large' '"code":"InvalidRequest"' "$(ask thing2 thing2/jobs/jobfota/update "$(printf '{"status":"FAILED","a":"%066000d"}' 0)" thing2/jobs/jobfota/update/+)"
says 'an unknown job' '"code":"ResourceNotFound"' "$(ask thing2 thing2/jobs/none/get '{}' thing2/jobs/none/get/rejected)"
says 'another version' '"code":"VersionMismatch"' "$(ask thing2 thing2/jobs/jobfota/update '{"status":"FAILED","expectedVersion":77}' thing2/jobs/jobfota/update/rejected)"
# What it was offered by MQTT it may report by HTTP, and the reverse: it is one attempt.
http() {	# METHOD THING/PATH [BODY]
	printf %s "${3:-}" | env REQUEST_METHOD="$1" PATH_INFO="/things/$2" QUERY_STRING='' CONTENT_LENGTH="$(printf %s "${3:-}" | wc -c)" \
		OTA_TLS_VERIFY=SUCCESS OTA_TLS_DN="CN=${2%%/*}" "$B/otactl.cgi"
}
says 'a report by HTTP' '200 OK' "$(http POST thing2/jobs/jobfota '{"status":"IN_PROGRESS","statusDetails":{"progress":20}}')"
says 'seen by MQTT' '"progress":"20"' "$(ask thing2 thing2/jobs/jobfota/get '{}' thing2/jobs/jobfota/get/accepted)"
says 'a job by HTTP' '"jobDocument"' "$(http GET thing3/jobs/jobfota)"
says 'its report' '"versionNumber"' "$(ask thing3 thing3/jobs/jobfota/update '{"status":"IN_PROGRESS","statusDetails":{"progress":30},"includeJobExecutionState":true}' thing3/jobs/jobfota/update/accepted)"
says 'seen by HTTP' '"progress":"30"' "$(http GET thing3/jobs/jobfota)"
says 'a report' '"versionNumber"' "$(ask thing2 thing2/jobs/jobfota/update '{"status":"IN_PROGRESS","includeJobExecutionState":true}' thing2/jobs/jobfota/update/accepted)"
# Another thing's topics are not heard, and not answered.
expect 'for another thing' '' "$(ask thing3 thing2/jobs/jobfota/update '{"status":"FAILED"}' thing3/jobs/#)"
expect 'of another thing' '' "$(ask thing3 thing3/jobs/get '{}' thing2/jobs/#)"
expect 'firmware that has failed' 0 "$(tally failed jobfota)"

# Who was heard within 30 days is told of what becomes available: by an operator, or by the end of what came before.
listen() {	# THING SECONDS
	python3 tests/mqtt.py listen "127.0.0.1:$port" "\$aws/things/$1/jobs/+" "$2" "$WORK/$1.pem" "$WORK/$1.key" "$WORK/ca.pem" >"$WORK/told" &
	listener=$!
	sleep 1
}
listen thing2 6
ask thing2 thing2/jobs/jobfota/update '{"status":"REJECTED"}' thing2/jobs/jobfota/update/+ >/dev/null
wait $listener
says 'notify after the end of the first' '/jobs/notify {"jobs":{"QUEUED":[{"jobId":"jobappota","thingName":"thing2"' "$(cat "$WORK/told")"
says 'notify-next after the end of the first' '/jobs/notify-next {"execution":{"jobId":"jobappota"' "$(cat "$WORK/told")"
listen thing2 8
otactl plan suspend jobappota
sleep 3
otactl plan resume jobappota --reason test
wait $listener
says 'notify when a plan is resumed' '/jobs/notify {"jobs":{"QUEUED":[{"jobId":"jobappota"' "$(cat "$WORK/told")"

# The broker goes in the middle of a job, and comes back.
kill -9 $broker
wait $broker 2>/dev/null || :
sleep 2
broker_start
wait_for connected 2
client thing3 >"$WORK/told"
cmp "$WORK/thing3/r08.pack" "$WORK/R08.pack"
expect 'firmware behind the broken broker' 2 "$(tally succeeded jobfota)"
expect 'scripts behind the broken broker' 2 "$(tally succeeded jobappota)"
# A bridge that was killed is stood in for.
first=${bridges# }
first=${first%% *}
kill -9 "$first"
bridges=${bridges#" $first"}
wait_for connected 3
expect 'by the second bridge' 200 "$(says 'its jobs' '"jobId":"jobappota"' "$(ask thing2 thing2/jobs/get '' thing2/jobs/get/accepted)" && echo 200)"
# Bridges end when they are told to.
# shellcheck disable=SC2086
kill $bridges
# shellcheck disable=SC2086
for pid in $bridges; do wait "$pid"; done
bridges=
