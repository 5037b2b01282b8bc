#!/usr/bin/env bash
# Things that speak AWS IoT Jobs behind the real nginx with client certificates, once as plain CGI under fcgiwrap and
# once as FastCGI: the client of tests/awsjobs.py with both its upgrades, the player of examples/, and strangers.
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

openssl req -x509 -newkey ed25519 -nodes -keyout "$WORK/ca.key" -out "$WORK/ca.pem" -days 2 -subj '/CN=fleet CA' 2>/dev/null
certify() {	# NAME
	openssl req -newkey ed25519 -nodes -keyout "$WORK/$1.key" -out "$WORK/$1.csr" -subj "/CN=$1" 2>/dev/null
	openssl x509 -req -in "$WORK/$1.csr" -CA "$WORK/ca.pem" -CAkey "$WORK/ca.key" -CAcreateserial -days 2 \
		-out "$WORK/$1.pem" 2>/dev/null
}
for name in 127.0.0.1 QuecPython_OTA thing2 thing3 thing4; do certify "$name"; done
openssl req -x509 -newkey ed25519 -nodes -keyout "$WORK/self.key" -out "$WORK/self.pem" -days 2 -subj /CN=thing4 2>/dev/null
head -c 200000 /dev/urandom >"$WORK/R08.pack"
head -c 3000 /dev/urandom >"$WORK/a.py"
head -c 5000 /dev/urandom >"$WORK/b.py"

fleet_make() {
	export OTACTL_DB="$WORK/$way/fleet.db"
	otactl init
	[ -f "$WORK/release.key" ] || otactl key new "$WORK/release" --no-passphrase
	otactl product add module --auth certificate --extensions '.pack .py'
	otactl key trust "$WORK/release.pub" --product module
	otactl component add module firmware --type module
	otactl component add module scripts --type app
	otactl package add module/firmware R08 "$WORK/R08.pack" --delta-from R07 --sign "$WORK/release.key"
	otactl package add module/scripts 2.0 "$WORK/a.py=usr/a.py" "$WORK/b.py=usr/b.py" --sign "$WORK/release.key"
	otactl package publish module/firmware R08
	otactl package publish module/scripts 2.0
	{ echo device,firmware,scripts; printf '%s,R07,1.0\n' QuecPython_OTA thing2 thing3 thing4; } >"$WORK/things.csv"
	otactl device import "$WORK/things.csv" --product module
	otactl plan create jobfota --product module --upgrade firmware=R08 --timezone UTC --set stages=100% --set first_device_alone=off
	otactl plan create jobappota --product module --upgrade scripts=2.0 --timezone UTC --set stages=100% --set first_device_alone=off
	otactl plan activate jobfota
	otactl plan activate jobappota 2>/dev/null
}
client() {	# THING [CUT]
	mkdir -p "$WORK/$way/$1"
	python3 tests/awsjobs.py "$things" "$1" "$WORK/$1.pem" "$WORK/$1.key" "$WORK/$way/$1" R07 1.0 "${@:2}"
}
status() {	# CERTIFICATE PATH CURL-OPTION...: the status and the code
	local who=() path=$2
	[ "$1" = - ] || who=(--cert "$WORK/$1.pem" --key "$WORK/$1.key")
	shift 2
	curl -sk "${who[@]}" -o "$WORK/got" -w '%{http_code} ' "$@" "$things$path"
	sed -n 's/.*"code":"\([A-Za-z]*\)".*/\1/p' "$WORK/got"
}

whole='boot 1: R07 1.0
jobfota IN_PROGRESS 200
boot 2: R08 1.0
jobfota SUCCEEDED 200
jobappota IN_PROGRESS 200
boot 3: R08 2.0
jobfota '\''execution'\''
jobappota SUCCEEDED 200'

for way in cgi fastcgi; do
	fleet_make
	port=$(free_port)
	things=https://127.0.0.1:$port
	files=$(free_port)
	SERVER_EXTRA="listen 127.0.0.1:$files;"
	SERVER_EXTRA_HTTP="server {
		listen 127.0.0.1:$port ssl;
		ssl_certificate $WORK/127.0.0.1.pem;
		ssl_certificate_key $WORK/127.0.0.1.key;
		ssl_client_certificate $WORK/ca.pem;
		set \$otactl_cgi  $(realpath "$B")/otactl.cgi;
		set \$otactl_db   $OTACTL_DB;
		set \$otactl_base http://127.0.0.1:$files/ota;
		include $PWD/deploy/nginx-awsjobs.conf;
	}"
	server_start $way

	# Both upgrades, one after the other, and nothing of the second before the first has ended.
	expect 'both upgrades' "$whole" "$(client QuecPython_OTA)"
	cmp "$WORK/$way/QuecPython_OTA/r08.pack" "$WORK/R08.pack"
	cmp "$WORK/$way/QuecPython_OTA/usr_a.py" "$WORK/a.py"
	cmp "$WORK/$way/QuecPython_OTA/usr_b.py" "$WORK/b.py"
	expect 'firmware that has succeeded' 1 "$(tally succeeded jobfota)"
	expect 'scripts that have succeeded' 1 "$(tally succeeded jobappota)"
	# With downloads that break off, and are resumed by appending.
	client thing2 1000 >"$WORK/told"
	cmp "$WORK/$way/thing2/r08.pack" "$WORK/R08.pack"
	cmp "$WORK/$way/thing2/usr_b.py" "$WORK/b.py"
	expect 'scripts after a resume' 2 "$(tally succeeded jobappota)"

	# The player of examples/, twice: firmware, then scripts.
	for from in R07 1.0; do
		sh examples/awsjobs.sh "$things" thing3 $from -k --cert "$WORK/thing3.pem" --key "$WORK/thing3.key" >"$WORK/told" ||
			{ cat "$WORK/told"; exit 1; }
	done
	expect 'scripts of the player' 3 "$(tally succeeded jobappota)"

	# Who is who: a certificate names one thing, and must be of our authority.
	expect 'no certificate' '401 CertificateValidation' "$(status - /things/thing4/jobs)"
	expect 'of another thing' '401 CertificateValidation' "$(status thing3 /things/thing4/jobs)"
	expect 'of another authority' '400 InvalidRequest' "$(status self /things/thing4/jobs)"
	expect 'its own' '200 ' "$(status thing4 /things/thing4/jobs)"
	expect 'start-next' '200 ' "$(status thing4 '/things/thing4/jobs/$next' -X PUT -d '{}')"
	expect 'another version' '409 VersionMismatch' "$(status thing4 /things/thing4/jobs/jobfota -d '{"status":"FAILED","expectedVersion":9}')"
	expect 'an unknown job' '404 ResourceNotFound' "$(status thing4 /things/thing4/jobs/none -d '{"status":"FAILED"}')"
	expect 'no JSON' '400 InvalidRequest' "$(status thing4 /things/thing4/jobs/jobfota -d 'x')"
	expect 'a method' '405 InvalidRequest' "$(status thing4 /things/thing4/jobs/jobfota -X DELETE)"
	expect 'a dialect' '404 ResourceNotFound' "$(status thing4 /v1/thing4/plan)"
	head -c 70000 /dev/zero >"$WORK/large"
	expect 'a large body' '413 InvalidRequest' "$(status thing4 /things/thing4/jobs/jobfota --data-binary "@$WORK/large")"
	expect 'plain HTTP' '400 InvalidRequest' "$(things=http://127.0.0.1:$port status - /things/thing4/jobs)"
	expect 'what has failed' '200 ' "$(status thing4 /things/thing4/jobs/jobfota -d '{"status":"FAILED"}')"
	expect 'is over' '410 TerminalStateReached' "$(status thing4 /things/thing4/jobs/jobfota)"

	# While the door is down, too.
	for pid in $server_pids; do last=$pid; done
	# shellcheck disable=SC2046
	kill "$last" $(pgrep -P "$last")
	wait "$last" 2>/dev/null || :
	expect 'without a door' '502 ServiceUnavailable' "$(status thing4 /things/thing4/jobs)"
	server_stop
done
