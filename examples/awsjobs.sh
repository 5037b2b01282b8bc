#!/bin/sh
# One thing that speaks AWS IoT Jobs over HTTPS, played with curl from its first question to success.
#   awsjobs.sh ENDPOINT THING VERSION [CURL-OPTION...]
#   e.g. https://things.example.com:8443 QuecPython_OTA R03A21M07 --cert thing.pem --key thing.key
#   or   https://ota.example.com/ota SN1 1_0 -H 'Authorization: Bearer TOKEN'
set -eu
jobs=$1/things/$2/jobs thing=$2 version=$3
shift 3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

ask() {	# PATH CURL-OPTION...: the status; the body is in a file
	path=$1
	shift
	curl -s -o "$work/body" -w '%{http_code}' "$@" "$jobs$path"
}
said() {	# KEY: the first value of that name
	sed -n 's/.*"'"$1"'":"\{0,1\}\([^",}]*\).*/\1/p;q' "$work/body"
}
# sed takes the last of several: cut behind the first.
first() {
	sed 's/\("'"$1"'":"[^"]*"\).*/\1/' "$work/body" | sed -n 's/.*"'"$1"'":"\([^"]*\)".*/\1/p'
}

echo "I am $thing and run $version."
code=$(ask '' "$@")
[ "$code" = 200 ] || { echo "I am refused: $code, $(first code)"; exit 1; }
job=$(first jobId)
[ -n "$job" ] || { echo "Nothing is pending."; exit 1; }

code=$(ask "/$job" "$@")
[ "$code" = 200 ] || { echo "It is not described: $code, $(first code)"; exit 1; }
operation=$(first operation)
next=$(first fileVersion)
url=$(first url)
expected=$(said versionNumber)
[ -n "$url" ] || { echo "It has no job document for me."; exit 1; }
[ "$next" != "$version" ] || { echo "I run that already."; exit 1; }
echo "Job $job: $operation to $next."

code=$(curl -s -o "$work/file" -w '%{http_code}' -H 'Range: bytes=0-' "$url")
[ "$code" = 206 ] || { echo "I do not get the file: $code"; exit 1; }
[ "$(sha256sum <"$work/file" | cut -d ' ' -f 1)" = "$(first sha256)" ] || { echo "The file has other bytes."; exit 1; }
echo "I have its $(wc -c <"$work/file") bytes."

code=$(ask "/$job" "$@" -d '{"status":"IN_PROGRESS","statusDetails":{"progress":100,"step":"downloading"},
	"expectedVersion":'"$expected"',"includeJobExecutionState":true}')
[ "$code" = 200 ] || { echo "I say so and get $code, $(first code)"; exit 1; }
echo "I install it and start again."

code=$(ask "/$job" "$@")
[ "$(first fileVersion)" = "$next" ] || { echo "I ask again and get $code."; exit 1; }
code=$(ask "/$job" "$@" -d '{"status":"SUCCEEDED","statusDetails":{"operation":"install","state":"package installed and started"},
	"expectedVersion":'"$(said versionNumber)"',"includeJobExecutionState":true}')
[ "$code" = 200 ] && [ "$(first status)" = SUCCEEDED ] || { echo "I run $next, say so, and get $code."; exit 1; }
echo "I run $next, and the job has succeeded."
