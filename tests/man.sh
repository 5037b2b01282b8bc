#!/bin/sh
# The manual pages are clean, and every command stands in otactl(1).
set -eu
for page in "$B"/man/*; do
	mandoc -Tlint -Wwarning "$page"
done
"$B/otactl" --help | sed -n 's/^  \([a-z][a-z ]*[a-z]\)  .*/\1/p' | while read -r command; do
	grep -q "^\.Ss otactl $command\$" "$B/man/otactl.1" || { echo "$command is not in otactl(1)"; exit 1; }
done
