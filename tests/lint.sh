#!/bin/sh
# Layers, banned text, format, static analysis, manual pages, shell scripts.  B is the build folder.
set -u
faults=0
fault() {
	echo "lint: $*"
	faults=$((faults + 1))
}

sources=$(ls core/*.c signing/*.c db/*.c db/*/*.c plans/*/*.c cli/*.c cgi/*.c mqtt/*.c)
everything=$(find core signing db plans cli cgi mqtt tests bench examples -name '*.[ch]')
headers=$(ls core/*.h signing/*.h db/*.h db/*/*.h plans/*/*.h cli/*.h cgi/*.h mqtt/*.h)

# --- who may use whom: the arrows of DESIGN section 2 ---------------------------------------------

# A room, and the rooms it may include and call beside itself.  db/sqlite is how db does it: one room.
export ARROWS='
core
signing         core
db              core
plans/base      core signing db
plans/rollout   core signing db plans/base
plans/packages  core signing db plans/base plans/rollout
plans/fleet     core signing db plans/base plans/rollout
plans/orders    core signing db plans/base plans/rollout plans/packages
plans/door      core signing db plans/base plans/rollout
plans/simulate  core signing db plans/base plans/rollout plans/orders
plans/keep      core signing db plans/base plans/rollout plans/packages
cgi             core plans/base plans/door
mqtt            core plans/base plans/door
cli             core plans/base plans/rollout plans/packages plans/fleet plans/orders plans/simulate plans/keep'

# What the command line may ask the memory itself: plain reads.  A function in between would only
# hand them on.
export READS='_(all|get|by_id|cursor|each|count|word|words|text|schema|devices|groups|of_device|of_plan)$'


# FILE WHAT HOME: each include of ours, and each call (or use of data) from one file to another.
includes() {
	# shellcheck disable=SC2086
	grep -o '^#include "[a-z/_]*\.h"' $sources $headers | sed 's/:#include "/ /; s/"$//' |
		grep -v ' core/banned\.h$' | awk '$2 ~ /\// { print $1, $2, $2 }'
}
calls() {
	for source in $sources; do
		nm -Ag "$B/${source%.c}.o" | sed "s|^$B/||; s|\.o:[0-9a-f]* *|.c |"
	done | awk '
		$2 ~ /^[TDRBC]$/ { home[$3] = $1 }
		$2 == "U" { user[++n] = $1; what[n] = $3 }
		END {
			for (i = 1; i <= n; i++)
				if (home[what[i]] && home[what[i]] != user[i])
					print user[i], what[i], home[what[i]]
		}'
}
wrong_arrows() {
	awk '
		function room(path) { sub("/[^/]*$", "", path); sub("/sqlite$", "", path); return path }
		BEGIN {
			n = split(ENVIRON["ARROWS"], line, "\n")
			for (i = 1; i <= n; i++) {
				m = split(line[i], word, " ")
				for (j = 1; j <= m; j++)
					may[word[1] " " word[j]] = 1
			}
		}
		{
			at = room($1); to = room($3)
			header = $2 ~ /\.h$/
			if (may[at " " to] && !(header && $2 ~ /^db\/sqlite\// && $1 !~ /^db\/sqlite\//))
				next
			if (at == "cli" && to == "db" && ($2 ~ ENVIRON["READS"] || header && $2 !~ /sqlite/))
				next
			print $1 (header ? " includes " : " calls ") $2 (header ? "" : " of " $3)
		}'
}
wrong_circles() {
	awk '{ print $1, $3 }' | sort -u | tsort 2>&1 >/dev/null | sed 's/^tsort: -: input contains a loop:/in a circle:/; s/^tsort: //'
}
missing=$(for source in $sources; do [ -f "$B/${source%.c}.o" ] || echo "$source"; done)
if [ -n "$missing" ]; then
	fault "not built: $missing"
else
	wrong=$({ includes; calls; } | sort -u | wrong_arrows)
	[ -z "$wrong" ] || fault "wrong arrows:
$wrong"
	wrong=$(calls | wrong_circles)
	[ -z "$wrong" ] || fault "files that need each other:
$wrong"
fi
# A library of the outside belongs to one folder.
wrong=$(
	grep -rn '#include <sqlite3.h>' core signing plans cli cgi mqtt db | grep -v '^db/sqlite/'
	grep -rnE '#include <(sodium|openssl/)' core db plans cli cgi mqtt
	grep -rn '#include <fcgiapp.h>' --include='*.[ch]' . | grep -vE '^\./(cgi/main\.c|bench/)'
	grep -rn '#include <mosquitto.h>' --include='*.[ch]' . | grep -v '^\./mqtt/main\.c:'
	grep -rn '#include <curl/' core signing db cli cgi mqtt
)
[ -z "$wrong" ] || fault "a library out of its place:
$wrong"

# The door holds no private key, links no libcurl and no cJSON, reads no zone database, needs no loader.
if [ -x "$B/otactl.cgi" ] && [ "$B" = build/plain ]; then
	symbols=$(nm "$B/otactl.cgi" | grep -E ' T (seckey_|sign_|curl_|cJSON_|zone_)')
	[ -z "$symbols" ] || fault "otactl.cgi holds: $symbols"
	ldd "$B/otactl.cgi" 2>&1 | grep -q 'not a dynamic executable' || fault "otactl.cgi is not static"
fi

if [ -x "$B/otactl-mqtt" ] && [ "$B" = build/plain ]; then
	symbols=$(nm "$B/otactl-mqtt" | grep -E ' T (seckey_|sign_|curl_|cJSON_|zone_)')
	[ -z "$symbols" ] || fault "otactl-mqtt holds: $symbols"
fi

# --- how the text looks ---------------------------------------------------------------------------


none_of() {	# WHAT PLACES
	[ -z "$2" ] || fault "$(echo "$2" | grep -c .) $1:
$(echo "$2" | head -n 15)"
}
# Every prototype of a header stands under a comment, or has one beside it.
bare_prototypes() {
	# shellcheck disable=SC2086
	awk '
		FNR == 1 { under = 0 }
		/^[a-z][a-z0-9_ *]*[ *][a-z0-9_]+\(/ && !/^(static|typedef|return) / && !under && !/\*\/$/ {
			print FILENAME ":" FNR
		}
		{ under = /\*\/$/ && !/^[^ \/].*;/ }' $headers
}
# A line has 100 columns, a tab takes eight.  The tables of cli/commands.c are laid out by hand.
long_lines() {
	# shellcheck disable=SC2046,SC2086
	awk -v limit="$1" '
		{ while (i = index($0, "\t")) $0 = substr($0, 1, i - 1) sprintf("%" 8 - (i - 1) % 8 "s", "") substr($0, i + 1) }
		length($0) > limit { print FILENAME ":" FNR }' $(echo $sources $headers | tr " " "\n" | grep -v '^cli/commands\.c$')
}
none_of "prototypes stand under no comment of their own" "$(bare_prototypes)"
none_of "lines are longer than 100 columns" "$(long_lines 100)"
if command -v pmccabe >/dev/null; then
	large=$(echo $everything | tr ' ' '\n' | grep '\.c$' | xargs pmccabe | sed 's/(\([0-9]*\)): /:/' | awk -F '\t' '
		$1 > 25 || $5 > 60 {
			print $6 ": complexity " $1 ", " $5 " lines"
		}')
	[ -z "$large" ] || fault "functions beyond complexity 25 or 60 lines:
$large"
fi
very_long=$(echo $everything | xargs awk 'length($0) > 120 { print FILENAME ":" FNR }' | head -n 5)
[ -z "$very_long" ] || fault "very long lines: $very_long"
find . \( -name build -o -name .git \) -prune -o \( -name '*.[ch]' -o -name '*.sql' -o -name '*.sh' -o -name '*.md' \) \
	-exec grep -nE '[[:space:]]+$' {} + | head -n 5 | grep . && fault "blanks at line ends"

if command -v clang-format >/dev/null; then
	# The tables of cli/commands.c and the like are laid out by hand.
	# shellcheck disable=SC2086
	ours=$(echo $sources $headers | tr ' ' '\n' |
		grep -vE '^(cli/commands\.c|core/limits\.h|core/model\.h|core/banned\.h|db/db\.h)$')
	# shellcheck disable=SC2086
	changed=$(clang-format --dry-run -Werror $ours 2>&1 | sed -n 's/^\([a-z/_]*\.[ch]\):.*/\1/p' | sort -u)
	[ -z "$changed" ] || fault "clang-format changes $changed"
fi
if command -v mandoc >/dev/null; then
	for page in "$B"/man/*; do
		mandoc -Tlint -Wwarning "$page" || fault "mandoc: $page"
	done
fi
if command -v shellcheck >/dev/null; then
	shellcheck -x -S warning -s sh tests/demo.sh tests/lint.sh tests/man.sh deploy/install-packages deploy/have-headers schema/embed \
		examples/*.sh ||
		fault "shellcheck"
	shellcheck -x -S warning -s bash tests/run.sh tests/e2e.sh tests/esp.sh tests/pycom.sh tests/awsjobs.sh tests/mqtt.sh tests/quecthing.sh tests/crash.sh tests/disk.sh tests/cli/golden.sh bench/run.sh bench/compare.sh bench/pycom.sh ||
		fault "shellcheck"
fi
if [ $faults = 0 ]; then
	echo "lint: clean"
else
	exit 1
fi
