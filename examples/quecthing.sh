#!/bin/sh
# One QuecThing device, played with curl from its first notice to success: a module, and an MCU behind it.
#   quecthing.sh BASE DEVICE TOKEN IDENTITY VERSION [TYPE]
#   e.g. https://ota.example.com/ota SN0007 TOKEN STM32 1_0_0 1: an MCU (a module is 0)
set -eu
base=$1/quec/v1/$2 token=$3 identity=$4 version=$5 type=${6:-1}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

ask() {	# PATH [BODY]: the status; the answer is in a file
	path=$1
	[ $# = 1 ] || set -- "$1" -d "$2"
	shift
	curl -s -o "$work/body" -D "$work/headers" -w '%{http_code}' -H "Authorization: Bearer $token" \
		-H 'Content-Type: application/json' "$@" "$base/$path"
}
wants() {	# WHAT STATUS
	[ "$2" = 200 ] || { echo "$1: $2 $(cat "$work/body")"; exit 1; }
}
text() {	# KEY LINE: a text of the line's object
	printf '%s\n' "$2" | sed -n 's/.*"'"$1"'":"\([^"]*\)".*/\1/p'
}
number() {
	printf '%s\n' "$2" | sed -n 's/.*"'"$1"'":\(-\{0,1\}[0-9][0-9]*\).*/\1/p'
}
objects() {	# the objects of the answer's list, one a line
	sed 's/^{"[a-z]*":\[//; s/\].*$//; s/},{"execution"/}\n{"execution"/g' "$work/body"
}
versions() {	# VERSION
	wants "I say what I run" "$(ask versions "{\"components\":[{\"identity\":\"$identity\",\"version\":\"$1\",\"type\":$type}],\"battery\":80,\"signal\":-70,\"flash\":4194304}")"
}
status() {	# CODE [PERCENT]
	wants "I report $1" "$(ask status "{\"execution\":\"$execution\",\"identity\":\"$identity\",\"code\":$1,\"percent\":${2:-0},\"message\":\"\"}")"
}

echo "I am $2, and my $identity runs $version."
versions "$version"
wants "I ask for plans" "$(ask plans)"
plan=$(objects | grep "\"identity\":\"$identity\"" | head -n 1)
[ -n "$plan" ] || { echo "Nothing for me: $(sed -n 's/^OTA-Verdict: *//Ip' "$work/headers")"; exit 1; }
execution=$(text execution "$plan") next=$(text dstVer "$plan")
echo "There is $next for it: battery from $(number minBattery "$plan") %, flash from $(number minFlash "$plan") bytes."
status 1
wants "I accept" "$(ask "plans/$execution" '{"answer":"accept"}')"
status 2

wants "I ask for the firmware" "$(ask info)"
objects | grep "\"identity\":\"$identity\"" >"$work/info" || { echo "There is none."; exit 1; }
status 4
while read -r line; do
	file=$work/$(text fileName "$line") size=$(number fileSize "$line") from=0 said=0
	: >"$file"
	while [ "$from" -lt "$size" ]; do	# in ten parts, as a module with little flash does
		to=$((from + size / 10))
		code=$(curl -s -o "$work/part" -w '%{http_code}' -r "$from-$to" "$(text fileUrl "$line")")
		[ "$code" = 206 ] || { status 6; echo "I do not get it: $code"; exit 1; }
		cat "$work/part" >>"$file"
		from=$((to + 1))
		percent=$((from * 100 / size / 10 * 10))
		[ "$percent" -le "$said" ] || [ "$percent" -gt 100 ] || { status 5 "$percent"; said=$percent; }
	done
	[ "$(md5sum <"$file" | cut -d ' ' -f 1)" = "$(text fileMd5 "$line")" ] &&
		[ "$(sha256sum <"$file" | cut -d ' ' -f 1)" = "$(text fileSha256 "$line")" ] ||
		{ status 6; echo "Its digests do not match."; exit 1; }
	# The CRC-32 of a file stands at the end of its gzip, lowest byte first.
	[ "$(gzip -1 <"$file" | tail -c 8 | head -c 4 | od -An -tx1 | awk '{ print $4 $3 $2 $1 }')" = "$(text fileCrc "$line")" ] ||
		{ status 6; echo "Its CRC does not match."; exit 1; }
	echo "I have $(text fileName "$line") of $size bytes."
done <"$work/info"
status 8 100
status 9
status 11
echo "I have installed it, and start again."

versions "$next"
wants "I ask again" "$(ask plans)"
[ -z "$(objects)" ] || { echo "I run $next, and am offered more."; exit 1; }
# What I had kept while I was not connected comes late, and is no news.
code=$(ask status "{\"execution\":\"$execution\",\"identity\":\"$identity\",\"code\":5,\"percent\":90}")
[ "$code" = 409 ] && [ "$(text state "$(cat "$work/body")")" = succeeded ] || { echo "A late report gets $code."; exit 1; }
echo "I run $next, have said so, and there is nothing more for me."
