#!/usr/bin/env bash
# Golden runs: each tests/cli/*.t is a shell script over `otactl`; its commands, stdout, stderr and exit
# codes together are compared with the .out beside it.  ACCEPT=1 rewrites those.
set -u
cd "$(dirname "$0")/../.." || exit
otactl=$PWD/$B/otactl
failed=0 cases=0
for script in tests/cli/*.t; do
	work=$(mktemp -d)
	expected=$PWD/${script%.t}.out
	# Fixed clock and a private database; what cannot repeat (paths, keys, digests) is replaced.
	(
		cd "$work" || exit
		export OTACTL_DB=$work/lib/fleet.db TZ=UTC LC_ALL=C
		otactl() { "$otactl" --now "${NOW:-2026-11-21T10:00:00Z}" "$@"; }
		# Print the command, what it said on each stream, and its exit code.
		t() {
			echo "\$ otactl $*"
			otactl "$@" >out 2>err </dev/null
			code=$?
			cat out
			sed 's/^/! /' err
			[ $code = 0 ] || echo "exit $code"
		}
		quiet() { otactl --quiet "$@" >/dev/null || echo "exit $? from $*"; }
		# shellcheck source=/dev/null
		. "$OLDPWD/$script"
	) 2>&1 | sed -e "s|$work|WORK|g" -e 's/[0-9a-f]\{128\}/BLAKE2B/g' -e 's/[0-9a-f]\{64\}/SHA256/g' \
		-e 's/\b\(key\|id\) [0-9a-f]\{16\}/\1 KEYID/g' -e 's/KEY *STATE$/KEY STATE/' \
		-e 's/^\(  [a-z.]* *\)[0-9a-f]\{16\}\(  yes\|  no\)/\1KEYID\2/' -e 's/KEY ID  *VALID/KEY ID VALID/' \
		-e 's/release  [0-9a-f]\{16\}/release KEYID/' -e 's/public key [0-9A-F]\{16\}/public key KEYID/' \
		-e 's/^RW[A-Za-z0-9+\/=]\{54\}$/PUBLICKEY/' -e 's/key_id\([":=	 ]*\)[0-9a-f]\{16\}/key_id\1KEYID/g' \
		-e 's/: [A-Za-z0-9_-]\{43\}$/: TOKEN/' >"$work.out"
	cases=$((cases + 1))
	if [ -n "${ACCEPT:-}" ]; then
		cp "$work.out" "$expected"
	elif ! diff -u "$expected" "$work.out"; then
		echo "differs: $script (make accept rewrites the expected text)"
		failed=$((failed + 1))
	fi
	rm -rf "$work" "$work.out"
done
echo "$cases golden runs, $failed differ"
[ "$failed" = 0 ]
