#!/bin/sh
# One Pycom device, played with curl from its first question to success: what WiFiOTA.update() of Pycom's tutorial
# does.  Its file system is a folder that holds flash/ and sd/.
#   pycom.sh HOST:PORT FOLDER VERSION
#   e.g. 192.168.1.144:8000 ./device 1.0.0
set -eu
server=$1 root=$2 version=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

get() {	# PATH FILE: HTTP/1.0, and whatever comes is taken; the host of an address is thrown away
	curl -s -0 -o "$2" -H 'User-Agent:' -H 'Accept:' "http://$server/$1"
}
manifest() {	# VERSION: one entry a line
	get "manifest.json?current_ver=$1" "$work/manifest"
	tr '{' '\n' <"$work/manifest" >"$work/lines"
}
value() {	# KEY: of a line
	sed -n "s|.*\"$1\":\"\\([^\"]*\\)\".*|\\1|p"
}
entries() {	# the files that are new or another
	grep '"dst_path"' "$work/lines" || :
}

echo "I run $version."
manifest "$version"
[ "$(head -c 4 "$work/manifest")" != null ] || { echo "There is nothing for me."; exit 1; }
next=$(value version <"$work/lines")
echo "I am to run $next: $(entries | grep -c . || :) files come, $(sed -n '2s/.*"delete":\[\([^]]*\)\].*/\1/p' "$work/lines" | grep -o '"' | grep -c . | awk '{ print $1 / 2 }') go."

entries | while read -r entry; do
	path=$(echo "$entry" | value URL | cut -d / -f 4-)
	target=$root$(echo "$entry" | value dst_path)
	get "$path" "$target.new"
	[ "$(sha1sum <"$target.new" | cut -d ' ' -f 1)" = "$(echo "$entry" | value hash)" ] ||
		{ echo "The hash of $target does not match."; exit 1; }
done
entries | while read -r entry; do
	target=$root$(echo "$entry" | value dst_path)
	[ ! -e "$target" ] || mv "$target" "$target.bak"
	mv "$target.new" "$target"
done
sed -n '2s/.*"delete":\[\([^]]*\)\].*/\1/p' "$work/lines" | tr ',' '\n' | sed -n 's/^"\(.*\)"$/\1/p' | while read -r gone; do
	mv "$root/$gone" "$root/$gone.bak_del"
done
if grep -q '"firmware"' "$work/lines"; then
	entry=$(grep -m 1 firmware_ "$work/lines")
	get "$(echo "$entry" | value URL | cut -d / -f 4-)" "$root/firmware"
	[ "$(sha1sum <"$root/firmware" | cut -d ' ' -f 1)" = "$(echo "$entry" | value hash)" ] ||
		{ echo "The hash of the firmware does not match."; exit 1; }
	echo "I flash the firmware: $(wc -c <"$root/firmware") bytes."
fi
printf "VERSION = '%s'" "$next" >"$root/flash/OTA_VERSION.py"
echo "I have it all, and start again."

manifest "$next"
[ "$(head -c 4 "$work/manifest")" = null ] || { echo "I ask again and get more."; exit 1; }
echo "I run $next, have said so, and there is nothing more for me."
