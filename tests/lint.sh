#!/bin/sh
# Layers, banned text, format, static analysis, manual pages, shell scripts.  B is the build folder.
set -u
faults=0
fault() {
	echo "lint: $*"
	faults=$((faults + 1))
}

# Who may include whom: the arrows of DESIGN section 2.
arrows() {	# FOLDER ALLOWED...
	folder=$1
	shift
	for file in "$folder"/*.c "$folder"/*.h; do
		grep -Hno '^#include "[a-z]*/' "$file" | sed 's/:#include "/:/; s|/$||' |
			while IFS=: read -r name line target; do
				case " ${folder%%/*} $* " in
				*" $target "*) ;;
				*) echo "$name:$line includes $target/" ;;
				esac
			done
	done
}
wrong=$(
	arrows core
	arrows signing core
	for room in db db/sqlite; do arrows $room core; done
	for room in plans/*; do arrows "$room" core db signing plans; done
	arrows cli core plans
	arrows cgi core plans
	# A library of the outside belongs to one folder.
	grep -rn '#include <sqlite3.h>' core signing plans cli cgi
	grep -rnE '#include <(sodium|openssl/)' core db plans cli cgi
	grep -rn '#include <fcgiapp.h>' --include='*.[ch]' . | grep -vE '^\./(cgi/main\.c|bench/)'
	grep -rn '#include <curl/' core signing db cli cgi
)
[ -z "$wrong" ] || fault "wrong arrows:
$wrong"

# The door holds no private key, links no libcurl and no cJSON, and needs no loader.
if [ -x "$B/otactl.cgi" ] && [ "$B" = build/plain ]; then
	symbols=$(nm "$B/otactl.cgi" | grep -E ' T (seckey_|sign_|curl_|cJSON_)')
	[ -z "$symbols" ] || fault "otactl.cgi holds: $symbols"
	ldd "$B/otactl.cgi" 2>&1 | grep -q 'not a dynamic executable' || fault "otactl.cgi is not static"
fi

long=$(git ls-files '*.[ch]' 2>/dev/null | xargs -r awk 'length($0) > 120 { print FILENAME ":" FNR }' | head -n 5)
[ -z "$long" ] || fault "very long lines: $long"
git grep -nIE '[[:space:]]+$' -- '*.[ch]' '*.sql' '*.sh' '*.md' 2>/dev/null | head -n 5 | grep . && fault "blanks at line ends"

files=$(ls core/*.[ch] signing/*.[ch] db/*.[ch] db/*/*.[ch] plans/*/*.[ch] cli/*.[ch] cgi/*.[ch])
if command -v clang-format >/dev/null; then
	# The tables of cli/commands.c and the like are laid out by hand.
	# shellcheck disable=SC2086
	ours=$(echo $files | tr ' ' '\n' |
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
	shellcheck -x -S warning -s sh tests/demo.sh tests/lint.sh tests/man.sh deploy/install-packages schema/embed ||
		fault "shellcheck"
	shellcheck -x -S warning -s bash tests/run.sh tests/e2e.sh tests/crash.sh tests/disk.sh tests/cli/golden.sh bench/run.sh bench/compare.sh ||
		fault "shellcheck"
fi
if [ $faults = 0 ]; then
	echo "lint: clean"
else
	exit 1
fi
