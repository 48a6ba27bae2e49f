#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# run.sh [pytest's options]: aarch64, without such a machine. Builds everything for it, and runs the unit tests and the cases
# that need no other program under qemu-user. Reports are made by this machine's connleak: a dump is the same everywhere.
# Debian's libraries for it are unpacked into build-aarch64-sysroot/; the host's packages stay as they are.
set -eu
cd "$(dirname "$(readlink -f "$0")")/../.."
root=$PWD/build-aarch64-sysroot apt=$PWD/build-aarch64-apt
packages='libc6-dev libunwind-dev uthash-dev libdw-dev libelf-dev zlib1g-dev libprotobuf-c-dev libjansson-dev libcmocka-dev
	libyajl-dev libhttp-parser-dev libcurl4-openssl-dev libssl-dev libgnutls28-dev libiberty-dev libncurses-dev'

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

# qemu-user is no kernel, and has faults of its own. What cannot run there, and why:
not_there=(
	# execve, posix_spawn and python start this machine's programs: the kernel does not know the other's
	exec spawn by_each_of_its_names descriptor_that_is_left running killed daemon of_a_process_that_runs
	# reports are made of dumps here: of a program without one there is none
	libc_opens_for_itself
	# MADV_WIPEONFORK wipes nothing, vfork is fork: only fork(3) is found out
	vfork _Fork clone
	# TCP_INFO is an int there, and close_range and SS_AUTODISARM are not there
	test_exit io_behind_our_back whose_client close_range closefrom syscall_range disarmed
	# a limit of the stack, a signal, a select or a fault comes differently, or too late
	near_the_limit in_the_midst_of longjmp first_argument cannot_be_read before_main c11 thousands timers
	# x86-64's own: old symbol versions, smaller threads, sums of frames; a compiler for the stand-in of libunwind
	glibc_2_2_5 dump_in_the_text too_small smallest_thread any_limit sum_of_the_frames without_an_unwinder only_set
)
for program in build-aarch64/tests/unit/test_*; do
	[ -x "$program" ] && [ ! -d "$program" ] || continue
	# A fork that libc does not see is not found out there; the cache finds fewer of libunwind's frames again.
	output=$($run "$program" 2>&1) || { printf '%s\n' "$output" | grep -E 'FAILED  \] test_' | sort -u |
		grep -v -e fork_that_libc_does_not_see -e the_cache_says_what_the_unwinder_says && failed=1; }
	printf '%s: %s passed\n' "${program##*/}" "$(grep -c '   OK' <<<"$output")"
done
/usr/bin/python3 tests/check/exports.py build-aarch64/preload/libconnleak.so "$root/lib/aarch64-linux-gnu/libc.so.6" || failed=1
printf -v expression ' and not %s' "${not_there[@]}"
expression=${expression# and }
CONNLEAK_BUILD=build-aarch64 CONNLEAK_ANALYZER=build/analyzer/connleak CONNLEAK_RUNNER="$run" \
	/usr/bin/python3 -m pytest -p no:cacheprovider -q -n "$(nproc)" --tb=line tests/cases/test_rules_*.py tests/cases/test_verdict_*.py \
	tests/cases/test_threads_*.py tests/cases/test_life_*.py tests/cases/test_framing_*.py -k "$expression" "$@" || failed=1
exit $failed
