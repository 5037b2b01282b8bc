#!/usr/bin/env bash
# The door behind the real nginx, once as plain CGI under fcgiwrap and once as FastCGI.
set -eu
cd "$(dirname "$0")/.."
. tests/server.sh
WORK=$(mktemp -d)
export WORK
# shellcheck disable=SC2154
trap 'code=$?; server_stop; rm -rf "$WORK"; exit $code' EXIT
otactl() { "$B/otactl" --quiet "$@"; }
json() { sed -n 's/.*"'"$1"'":"\([^"]*\)".*/\1/p'; }
status() { curl -s -o /dev/null -w '%{http_code}' "$@"; }
expect() {	# WHAT WANTED GOT
	[ "$2" = "$3" ] || { echo "$way: $1: wanted $2, got $3"; exit 1; }
}

fleet_make() {	# DEVICES SET...
	devices=$1
	shift
	export OTACTL_DB="$WORK/$way/fleet.db"
	otactl init
	otactl product add aroma
	otactl component add aroma STM32 --type mcu
	[ -f "$WORK/release.key" ] || otactl key new "$WORK/release" --no-passphrase
	otactl key trust "$WORK/release.pub" --product aroma
	head -c 300000 /usr/share/seabios/bios-256k.bin >"$WORK/firmware.bin"
	otactl package add aroma/STM32 1_0_1 "$WORK/firmware.bin" --sign "$WORK/release.key"
	otactl package publish aroma/STM32 1_0_1
	{ echo device,token,STM32; seq "$devices" | sed 's/.*/SN&,token-of-device-&-pad,1_0_0/'; } >"$WORK/devices.csv"
	otactl device import "$WORK/devices.csv" --product aroma
	# shellcheck disable=SC2046
	otactl plan create spring --product aroma --upgrade STM32=1_0_1 --timezone UTC $(printf -- '--set %s ' "$@")
	otactl plan activate spring
}

# A certificate authority of the operator's, and a client certificate by its subject.
openssl req -x509 -newkey ed25519 -nodes -keyout "$WORK/ca.key" -out "$WORK/ca.pem" -days 2 -subj '/CN=fleet CA' 2>/dev/null
certify() {	# NAME SUBJECT
	openssl req -newkey ed25519 -nodes -keyout "$WORK/$1.key" -out "$WORK/$1.csr" -subj "$2" 2>/dev/null
	openssl x509 -req -in "$WORK/$1.csr" -CA "$WORK/ca.pem" -CAkey "$WORK/ca.key" -CAcreateserial -days 2 \
		-out "$WORK/$1.pem" 2>/dev/null
}
certify server /CN=127.0.0.1
certify SN1 '/O=fleet/CN=SN1'
certify tricky '/O=x,CN=SN1/CN=SN2'
certify trickier '/CN=SN2/O=x,CN=SN1'
certify two '/CN=SN2/CN=SN1'
openssl req -x509 -newkey ed25519 -nodes -keyout "$WORK/self.key" -out "$WORK/self.pem" -days 2 -subj /CN=SN1 2>/dev/null
SERVER_TLS_PORT=$(free_port)
SERVER_EXTRA="listen 127.0.0.1:$SERVER_TLS_PORT ssl; ssl_certificate $WORK/server.pem; ssl_certificate_key $WORK/server.key;
	ssl_client_certificate $WORK/ca.pem; ssl_verify_client optional;"
tls=https://127.0.0.1:$SERVER_TLS_PORT/ota/v1
with() {	# CERTIFICATE
	printf -- '-k --cert %s --key %s' "$WORK/$1.pem" "$WORK/$1.key"
}

auth=(-H 'Authorization: Bearer token-of-device-1-pad')
for way in cgi fastcgi; do
	fleet_make 40 stages=7,100% first_device_alone=off max_in_progress=5 breaker=off
	server_start $way

	expect healthz 200 "$(status "$BASE/healthz")"
	expect 'wrong token' 401 "$(status -H 'Authorization: Bearer x' "$BASE/v1/SN1/plan")"
	expect 'unknown device' 401 "$(status "${auth[@]}" "$BASE/v1/SN999/plan")"
	expect 'encoded slash' 404 "$(status "${auth[@]}" "$BASE/v1/SN1%2Fplan/plan")"
	expect 'encoded control byte' 400 "$(status "${auth[@]}" "$BASE/v1/SN1%01/plan")"
	expect 'over-long body' 413 "$(head -c 70000 /dev/zero | tr '\0' ' ' | status "${auth[@]}" --data-binary @- "$BASE/v1/SN1/versions")"
	expect 'broken JSON' 400 "$(status "${auth[@]}" -d '{"state":' "$BASE/v1/SN1/executions/11")"
	expect 'no such method' 405 "$(status "${auth[@]}" -X PUT "$BASE/v1/SN1/plan")"

	# Client certificates end at nginx; the common name is the device.
	# shellcheck disable=SC2046
	{
		expect 'a certificate' 200 "$(status $(with SN1) "$tls/SN1/plan?wait=0")"
		expect 'of another device' 401 "$(status $(with SN1) "$tls/SN2/plan?wait=0")"
		expect 'a tricky subject' 401 "$(status $(with tricky) "$tls/SN1/plan?wait=0")"
		expect 'a trickier one' 401 "$(status $(with trickier) "$tls/SN1/plan?wait=0")"
		expect 'two names' 401 "$(status $(with two) "$tls/SN1/plan?wait=0")"
		expect 'a self-signed one' 400 "$(status $(with self) "$tls/SN1/plan?wait=0")"
		expect 'none, and no token' 401 "$(status -k "$tls/SN1/plan?wait=0")"
		expect 'none, but a token' 200 "$(status -k "${auth[@]}" "$tls/SN1/plan?wait=0")"
		expect 'a forged variable' 401 "$(status -H 'OTA-TLS-VERIFY: SUCCESS' -H 'OTA-TLS-DN: CN=SN1' "$BASE/v1/SN1/plan")"
	}

	offer=$(curl -s "${auth[@]}" "$BASE/v1/SN1/plan?STM32=1_0_0&accept=1")
	url=$(echo "$offer" | json url)
	[ ${#url} -le 255 ]
	curl -s -D "$WORK/headers" -o "$WORK/got.bin" "$url"
	cmp "$WORK/got.bin" "$WORK/firmware.bin"
	sha=$(sha256sum <"$WORK/firmware.bin" | cut -d ' ' -f 1)
	grep -qi "^ETag: \"$sha\"" "$WORK/headers"
	grep -qi "^X-MD5: $(md5sum <"$WORK/firmware.bin" | cut -d ' ' -f 1)" "$WORK/headers"
	grep -qi '^Content-Length: 262144' "$WORK/headers"
	[ "$(wc -c <"$WORK/headers")" -lt 512 ]
	expect 'range' 206 "$(status -r 100-199 "$url")"
	tail -c +101 "$WORK/firmware.bin" | head -c 100 >"$WORK/range"
	curl -s -r 100-199 "$url" | cmp - "$WORK/range"
	expect 'range past the end' 416 "$(status -r 262144- "$url")"
	expect 'HEAD' 200 "$(status -I "$url")"
	expect 'altered URL' 403 "$(status "${url%?}$([ "${url: -1}" = A ] && echo B || echo A)")"
	expect 'protected from outside' 404 "$(status "${BASE%/ota}/protected/$sha")"
	expect 'HTTP/1.0' 200 "$(status -0 "$url")"
	curl -s "$(echo "$offer" | json manifest)" >"$WORK/m"
	curl -s "$(echo "$offer" | json manifest).minisig" >"$WORK/m.minisig"
	minisign -V -q -p "$WORK/release.pub" -m "$WORK/m"
	curl -s "$(echo "$offer" | json signature)" >"$WORK/got.bin.minisig"
	minisign -V -q -p "$WORK/release.pub" -m "$WORK/got.bin"

	# 8 at once: neither the count of the stage nor max_in_progress is exceeded by one.
	seq 2 40 | xargs -P 8 -I{} curl -s -o /dev/null "$BASE/v1/SN{}/plan?STM32=1_0_0&accept=1&token=token-of-device-{}-pad"
	accepted=$(otactl plan status spring --json | sed -n 's/.*"accepted":[^0-9]*\([0-9]*\).*/\1/p')
	expect 'accepted at once' 5 "$accepted"
	otactl execution list spring --state accepted --json | sed -n 's/.*"execution":"\([0-9]*\)".*"device":"SN\([0-9]*\)".*/\1 \2/p' |
		while read -r _ device; do
			curl -s -o /dev/null "$BASE/v1/SN$device/plan?STM32=1_0_1&token=token-of-device-$device-pad"
		done
	seq 2 40 | xargs -P 8 -I{} curl -s -o /dev/null "$BASE/v1/SN{}/plan?accept=1&token=token-of-device-{}-pad"
	expect 'places of the count stage' 7 "$(($(otactl plan status spring --json |
		sed -n 's/.*"\(accepted\|succeeded\)":[^0-9]*\([0-9]*\).*/\2/p' | paste -sd+)))"

	# What a busy worker keeps in memory is stored as soon as nobody waits.
	sqlite3 "$OTACTL_DB" 'UPDATE device SET last_seen = last_seen - 90000'
	seq 2 40 | xargs -P 8 -I{} curl -s -o /dev/null "$BASE/v1/SN{}/plan?token=token-of-device-{}-pad"
	for _ in $(seq 20); do
		unheard=$(sqlite3 "$OTACTL_DB" "SELECT count(*) FROM device WHERE name <> 'SN1' AND last_seen < unixepoch() - 3600")
		[ "$unheard" = 0 ] && break
		sleep 0.1
	done
	expect 'devices not heard' 0 "$unheard"

	# What nginx has to say itself has no body, either.
	expect 'a large body' '413 0' "$(head -c 70000 /dev/zero | curl -s -o /dev/null -w '%{http_code} %{size_download}' --data-binary @- "$BASE/healthz")"

	# Twenty ticks at once: all exit 0.
	seq 20 | xargs -P 20 -I{} "$B/otactl" --quiet tick
	server_stop
	# The database is whole, and nobody but owner and group can read it.
	expect integrity ok "$(sqlite3 "$OTACTL_DB" 'PRAGMA integrity_check')"
	expect mode 660 "$(stat -c %a "$OTACTL_DB")"
done
