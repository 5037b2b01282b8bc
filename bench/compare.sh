#!/usr/bin/env bash
# Two builds, their bench runs interleaved: bench/compare.sh OLD_BUILD NEW_BUILD
# Runs bench/run.sh in turn for each, ROUNDS (3) times, and prints for every row the median of what was measured of
# either, with the cost of the new one in units of the old one: above 1.10 a row is called WORSE.
# What run.sh reads (DEVICES, RUNS, SECONDS_EACH) is handed on.
set -eu
cd "$(dirname "$0")/.."
old=$(realpath "$1") new=$(realpath "$2")
: "${ROUNDS:=3}" "${RUNS:=3}"
export RUNS
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for round in $(seq "$ROUNDS"); do
	# A goal that is missed ends run.sh with an error; here only the two builds are held against each other.
	B=$old bash bench/run.sh >"$folder/old.$round" || :
	B=$new bash bench/run.sh >"$folder/new.$round" || :
done
median() { sort -g | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
printf '| what | old | new | cost | |\n|---|---|---|---|---|\n'
grep '^| ' "$folder/new.1" | cut -d'|' -f2 | grep -vE '^ *(what|-)' | while IFS= read -r what; do
	a=$(grep -hF "|$what|" "$folder"/old.* | cut -d'|' -f3 | median)
	b=$(grep -hF "|$what|" "$folder"/new.* | cut -d'|' -f3 | median)
	# Rates are better when they grow, times and sizes when they fall.
	case $what in
	*/s* | *'per s'*) cost=$(awk -v a="$a" -v b="$b" 'BEGIN { printf "%.2f", a / b }') ;;
	*) cost=$(awk -v a="$a" -v b="$b" 'BEGIN { printf "%.2f", b / a }') ;;
	esac
	printf '|%s| %s | %s | %s | %s |\n' "$what" "$a" "$b" "$cost" \
		"$(awk -v c="$cost" 'BEGIN { print (c > 1.1) ? "WORSE" : "" }')"
done
