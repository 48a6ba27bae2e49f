#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# run.sh [SECONDS] [TARGET...]: builds the fuzz targets with clang and runs them, each from its corpus.
#
# Without SECONDS each gets the inputs that its row says, one sequence of them: the same on every machine, however
# fast it is, so that what is found is the work of a change. With SECONDS the targets share that time, go by chance, and go
# on from what earlier runs of that kind came upon (BUILD/corpus-TARGET).
#
# Exits with 1 when something was found: each such input is left in a file, whose name is printed with the
# command that shows it again. BUILD is build-fuzz, or CONNLEAK_FUZZ_BUILD.
set -u
cd "$(dirname "$(readlink -f "$0")")/../.." || exit 2
build=${CONNLEAK_FUZZ_BUILD:-build-fuzz} jobs=$(nproc) seconds=
case ${1-} in
[0-9]*) seconds=$1; shift ;;
esac

# A row: the target, which is its corpus' name, too; how many inputs it gets without SECONDS; its program; what is linked with that.
# Those that take longest come first, so that none of them is alone at the end.
targets() {
	cat <<-'ROWS'
	dump         12000  fuzz_dump         reader conclusions goimage
	replay       10000  fuzz_replay       core framers reader replay
	http1        50000  fuzz_http1        framers conversation oracle
	http1_turns  50000  fuzz_framing      framers conversation
	http1_valid  15000  fuzz_http1_valid  framers conversation oracle
	http2        30000  fuzz_framing      framers conversation
	mysql        30000  fuzz_framing      framers conversation
	postgresql   50000  fuzz_framing      framers conversation
	redis        50000  fuzz_framing      framers conversation
	socks        30000  fuzz_framing      framers conversation
	tls          50000  fuzz_framing      framers conversation
	goimage      50000  fuzz_goimage      goimage
	ROWS
}
parts() { # what a row names: sources, libraries
	case $1 in
	framers) echo preload/core/framing/*.c ;;
	conversation) echo tests/fuzz/conversation.c ;;
	oracle) echo tests/fuzz/oracle.c -lhttp_parser ;;
	core) echo preload/core/*.c ;;
	replay) echo tests/replay/replay.c ;;
	reader) echo analyzer/read/*.c analyzer/base/spill.c ;;
	goimage) echo goimage/*.c ;;
	conclusions) echo analyzer/model/*.c analyzer/judge/{decide,known,pins,place,place_made,reuse,reuse_groups,tally,told,traces,verdict}.c \
		analyzer/base/printable.c analyzer/name/{demangle,golang,module_file,own,symbol}.c tests/unit/synth.c -ldw -lelf -liberty -lm ;;
	*) echo "run.sh: $1: no such part" >&2; return 1 ;;
	esac
}

# ---- building ----------------------------------------------------------------------------------

flags='-std=gnu11 -g -O1 -D_GNU_SOURCE -I. -Iinclude -Ipreload -Ianalyzer -Itests -Itests/fuzz -Itests/unit
	-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all'
object() { printf '%s/%s.o' "$build" "$(tr / _ <<<"${1%.c}")"; }
compile() { clang $flags -c "$1" -o "$(object "$1")"; }
link() { # program, its parts
	local part list=
	for part in "${@:2}"; do
		case $part in
		*.c) list+=" $(object "$part")" ;;
		*) list+=" $part" ;;
		esac
	done
	clang -fsanitize=fuzzer,address,undefined -o "$build/$1" $list
}
export -f object compile
export build flags seconds

rows=$(targets)
if [ $# -gt 0 ]; then
	for name; do
		grep -q "^$name " <<<"$rows" || { echo "run.sh: $name: no such target; there are:" $(targets | cut -d' ' -f1) >&2; exit 2; }
	done
	rows=$(grep -E "^($(IFS='|'; echo "$*")) " <<<"$rows")
fi
declare -A programs=()
while read -r _ _ program names; do
	[ -z "${programs[$program]-}" ] || continue
	programs[$program]=tests/fuzz/$program.c
	for name in $names; do programs[$program]+=" $(parts "$name")" || exit 2; done
done <<<"$rows"
mkdir -p "$build" || exit 2
printf '%s\n' ${programs[*]} | grep '\.c$' | sort -u | xargs -P "$jobs" -I{} bash -c 'compile {}' || exit 2
for program in "${!programs[@]}"; do link "$program" ${programs[$program]} || exit 2; done

# ---- running -----------------------------------------------------------------------------------

# Nothing that depends on the machine: the seeds in the order of their names and not of the folder, no limit but one that says
# "for ever", no look at what others found meanwhile, and every address the same: what was compared is kept by its
# address, and the stack lies below the environment, so that this is the same, too (a longer one finds other inputs).
in_sequence() { # target, inputs
	local work=$build/sequence-$1
	rm -rf "$work"
	mkdir -p "$work"
	printf '%s' "$(LC_ALL=C; set -- tests/fuzz/corpus/"$1"/*; IFS=,; echo "$*")" >"$work.seeds"
	how="-seed=1 -runs=$2 -reload=0 -timeout=120 -seed_inputs=@$work.seeds $work"
}
by_chance() { # target, seconds
	mkdir -p "$build/corpus-$1"
	how="-seed=0 -max_total_time=$2 -timeout=20 $build/corpus-$1 tests/fuzz/corpus/$1"
}
# To map the shadow of large blocks anew, and give back pages, costs a third of the time where the kernel is asked slowly.
in_place=clear_shadow_mmap_threshold=1073741824:allocator_release_to_os_interval_ms=-1
one() { # target, inputs, program
	local log=$build/$1.log how status executed found
	if [ -n "$seconds" ]; then by_chance "$1" "$each"; else in_sequence "$1" "$2"; fi
	env -i PATH=/usr/bin:/bin UBSAN_OPTIONS=print_stacktrace=1 ASAN_OPTIONS="$in_place" setarch -R "$build/$3" -max_len=2048 -rss_limit_mb=512 -detect_leaks=0 \
		-print_final_stats=1 -print_funcs=0 -artifact_prefix="$build/$1-" $how >"$log" 2>&1
	status=$?
	executed=$(sed -n 's/^stat::number_of_executed_units: //p' "$log")
	if [ $status = 0 ]; then
		printf '%s: %s inputs, nothing found\n' "$1" "${executed:-no}"
		return 0
	fi
	grep -vE '^#|^INFO|^stat' "$log" | head -40
	found=$(sed -n 's/.*Test unit written to //p' "$log" | head -1)
	if [ -n "$found" ]; then
		printf '%s: found something: %s\n  again: %s\n' "$1" "$found" "$build/$3 $found"
	else
		printf '%s: ended with %s, see %s\n' "$1" "$status" "$log"
	fi
	return 1
}
export -f one in_sequence by_chance
export in_place
if [ -n "$seconds" ]; then
	each=$((seconds * jobs / $(wc -l <<<"$rows")))
	[ "$each" -gt 0 ] || each=1
	[ "$each" -le "$seconds" ] || each=$seconds
	export each
fi
xargs -P "$jobs" -L 1 bash -c 'one "$0" "$1" "$2"' <<<"$rows" || exit 1
