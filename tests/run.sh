#!/usr/bin/env bash
# Runs every test and says how many passed.  Called by `make check`, which builds them first.  A test
# that cannot run here ends with 77 and says why.
#   B      build folder        SAN  set: the sanitizer build
set -u
cd "$(dirname "$0")/.." || exit
passed=0 failed=0 skipped=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT
export ASAN_OPTIONS=detect_leaks=1:abort_on_error=0 UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1

# Sanitizers make everything several times slower: fewer scenarios of the campaign.
[ -n "${SAN:-}" ] && export CAMPAIGN_EVERY=5

run() {
	local name=$1 start=$SECONDS code=0
	shift
	timeout 600 "$@" >"$log" 2>&1 || code=$?
	case $code in
	0)
		passed=$((passed + 1))
		printf '  ok    %s (%d s)\n' "$name" $((SECONDS - start))
		;;
	77)
		skipped=$((skipped + 1))
		printf '  SKIP  %s (%s)\n' "$name" "$(tail -n 1 "$log")"
		;;
	*)
		failed=$((failed + 1))
		printf '  FAIL  %s%s\n' "$name" "$([ $code != 124 ] || echo ' (ended after 600 s)')"
		grep -vE '^\[ (RUN|      OK)' "$log" | tail -n 40
		;;
	esac
}

for test in "$B"/tests/*/test_*; do
	[ -x "$test" ] && [ -f "$test.o" ] && run "${test#"$B"/tests/}" "$test"
done
run windows python3 tests/windows.py
run fuzz "$B/tests/fuzz/fuzz" 20000
run cli/golden bash tests/cli/golden.sh
run examples/verify python3 tests/verify.py
run cli/session python3 tests/cli/session.py
run e2e/server bash tests/e2e.sh
run e2e/esp bash tests/esp.sh
run e2e/awsjobs bash tests/awsjobs.sh
run e2e/mqtt bash tests/mqtt.sh
run e2e/quecthing bash tests/quecthing.sh
run e2e/pycom bash tests/pycom.sh
run e2e/prefork python3 tests/prefork.py
run e2e/crash bash tests/crash.sh
run e2e/disk bash tests/disk.sh
run demo sh tests/demo.sh
run man sh tests/man.sh

echo
echo "$passed passed, $failed failed$([ $skipped = 0 ] || echo ", $skipped skipped")"
[ "$failed" = 0 ]
