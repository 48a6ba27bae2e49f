#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# run.sh SECONDS: builds the fuzz targets with clang and runs them, each from its corpus, for SECONDS in
# all. Exits with 1 when one found something; the input is then left in FOLDER (default: build-fuzz).
set -u
cd "$(dirname "$(readlink -f "$0")")/../.." || exit 2
seconds=${1:?seconds} folder=${2:-build-fuzz} jobs=$(nproc)
flags='-std=gnu11 -g -O1 -D_GNU_SOURCE -Iinclude -Ipreload -Ianalyzer -Itests/fuzz
	-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all'

# target, its further sources, its libraries; then which corpus each run of it begins with
targets='fuzz_framing: fuzz_http1:oracle.c:-lhttp_parser fuzz_http1_valid:oracle.c:-lhttp_parser'
runs='fuzz_http1/http1 fuzz_http1_valid/http1_valid fuzz_framing/http1_turns fuzz_framing/http2
	fuzz_framing/postgresql fuzz_framing/redis fuzz_framing/mysql fuzz_framing/tls'

mkdir -p "$folder" || exit 2
object() { printf '%s/%s.o' "$folder" "$(tr / _ <<<"${1%.c}")"; }


for source in preload/framing/*.c tests/fuzz/*.c; do
	printf '%s\n' "$source"
done | xargs -P "$jobs" -I{} sh -c "clang $(tr '\n\t' '  ' <<<"$flags") -c {} -o $folder/\$(echo {} | tr / _ | sed 's/c\$/o/')" || exit 2
for target in $targets; do
	IFS=: read -r name more libraries <<<"$target"
	clang -fsanitize=fuzzer,address,undefined -o "$folder/$name" "$(object "tests/fuzz/$name.c")" \
		"$(object tests/fuzz/conversation.c)" ${more:+"$(object "tests/fuzz/$more")"} \
		$(for s in preload/framing/*.c; do object "$s"; echo; done) $libraries || exit 2
done

count=$(wc -w <<<"$runs") each=
each=$((seconds * jobs / count))
[ "$each" -gt 0 ] || each=1
one() { # target/corpus
	local name=${1%/*} corpus=tests/fuzz/corpus/${1#*/} work=$folder/corpus-${1#*/} log=$folder/${1#*/}.log
	rm -rf "$work"
	mkdir -p "$work" "$corpus"
	UBSAN_OPTIONS=print_stacktrace=1 "$folder/$name" -max_total_time="$each" -max_len=2048 -timeout=5 -rss_limit_mb=512 \
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
export folder each
printf '%s\n' $runs | xargs -P "$jobs" -I{} bash -c 'one {}' || exit 1
