#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# run.sh [SECONDS]: builds the fuzz targets with clang and runs them, each from its corpus, for SECONDS (60)
# in all. Exits with 1 when one found something; the input is then left in FOLDER (default: build-fuzz).
set -u
cd "$(dirname "$(readlink -f "$0")")/../.." || exit 2
seconds=${1:-60} folder=${2:-build-fuzz} jobs=$(nproc)
flags='-std=gnu11 -g -O1 -D_GNU_SOURCE -Iinclude -Ipreload -Ianalyzer -Itests/fuzz -Itests/unit
	-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all'

# target: what is linked with it beside its own file; then which corpus each run of it begins with
framers="preload/framing/*.c tests/fuzz/conversation.c"
analyzer="analyzer/dump_*.c analyzer/kernel.c analyzer/model*.c analyzer/pins.c analyzer/place.c
	analyzer/reuse.c analyzer/tally.c analyzer/verdict*.c analyzer/waits.c tests/unit/synth.c"
declare -A targets=(
	[fuzz_framing]=$framers
	[fuzz_http1]="$framers tests/fuzz/oracle.c -lhttp_parser"
	[fuzz_http1_valid]="$framers tests/fuzz/oracle.c -lhttp_parser"
	[fuzz_dump]="$analyzer -lm"
)
runs='fuzz_http1/http1 fuzz_http1_valid/http1_valid fuzz_framing/http1_turns fuzz_framing/http2
	fuzz_framing/postgresql fuzz_framing/redis fuzz_framing/mysql fuzz_framing/tls fuzz_dump/dump'

mkdir -p "$folder" || exit 2
object() { printf '%s/%s.o' "$folder" "$(tr / _ <<<"${1%.c}")"; }
compile() { clang $flags -c "$1" -o "$(object "$1")"; }
export -f object compile
export folder flags
printf '%s\n' $framers $analyzer tests/fuzz/fuzz_*.c tests/fuzz/oracle.c | sort -u | xargs -P "$jobs" -I{} bash -c 'compile {}' || exit 2
for target in "${!targets[@]}"; do
	parts=
	for part in "tests/fuzz/$target.c" ${targets[$target]}; do
		case $part in
		*.c) parts="$parts $(object "$part")" ;;
		*) parts="$parts $part" ;;
		esac
	done
	clang -fsanitize=fuzzer,address,undefined -o "$folder/$target" $parts || exit 2
done

count=$(wc -w <<<"$runs") each=
each=$((seconds * jobs / count))
[ "$each" -gt 0 ] || each=1
# CI goes through one sequence of inputs, so that what it finds is the work of a change and can be found again;
# CONNLEAK_FUZZ_SEED=0 goes by chance.
one() { # target/corpus
	local name=${1%/*} corpus=tests/fuzz/corpus/${1#*/} work=$folder/corpus-${1#*/} log=$folder/${1#*/}.log
	rm -rf "$work"
	mkdir -p "$work" "$corpus"
	UBSAN_OPTIONS=print_stacktrace=1 "$folder/$name" -seed="${CONNLEAK_FUZZ_SEED:-1}" -max_total_time="$each" -max_len=2048 -timeout=5 -rss_limit_mb=512 \
		-print_final_stats=1 -print_funcs=0 -detect_leaks=0 -artifact_prefix="$folder/${1#*/}-" "$work" "$corpus" >"$log" 2>&1
	local status=$? executed
	executed=$(sed -n 's/^stat::number_of_executed_units: //p' "$log")
	if [ $status = 0 ]; then
		printf '%s: %s inputs, nothing found\n' "${1#*/}" "${executed:-no}"
		return 0
	fi
	grep -vE '^#|^INFO|^stat' "$log" | head -40
	printf '%s: found something: %s\n' "${1#*/}" "$(sed -n 's/.*Test unit written to //p' "$log")"
	return 1
}
export -f one
export each
printf '%s\n' $runs | xargs -P "$jobs" -I{} bash -c 'one {}' || exit 1
