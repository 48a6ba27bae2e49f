#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# run.sh [--quick] [--user] [--on RELEASE [WORD...]] [--keep FOLDER]: a minimal Debian 12 in a folder, in it a clone of the
# head, and the README's two commands in their order. --quick: of the second only the set-up, the build, the unit tests and
# a handful of cases, as CI does. --on: in another release (bullseye, trixie) the core of the tests, or those with one of
# the words in their names. --keep: in FOLDER, which stays, and is taken as it is by the next run; the head and its tests are
# new. --user: as an ordinary user with sudo, else as root. Where packages come from is read from this machine's apt. Mounts
# and processes are in namespaces of their own; nothing else stays but downloaded packages, in the cache folder.
set -u
[ "$(id -u)" = 0 ] || exec sudo env XDG_CACHE_HOME="${XDG_CACHE_HOME:-$HOME/.cache}" bash "$0" "$@"
[ -n "${FRESH_APART:-}" ] || exec env FRESH_APART=1 unshare --mount --propagation private --pid --fork --kill-child --mount-proc \
	bash "$0" "$@"
top=$(cd "$(dirname "$0")/../.." && pwd) || exit 2
second=./dev\ test user=root release=bookworm core= keep= words=
while [ $# -gt 0 ]; do
	case $1 in
	--quick) second='./dev test unit test_quiz test_life_ends test_cli_install test_tls_victims test_framing_http2' ;;
	--user) user=stranger ;;
	--on) release=${2:-} core=1; shift ;;
	--keep) keep=${2:-}; shift ;;
	[a-z]*) words+=" $1" ;;
	*) sed -n '3,8s/^# //p' "$0" >&2; exit 2 ;;
	esac
	shift
done
# What rests on libc, the unwinder, the interpreters and the TLS libraries of the release.
core_words=' unit test_quiz test_verdict test_life test_threads test_rules test_tls_victims test_scripts test_names test_go'
[ -z "$core" ] || second="PYTEST_ADDOPTS=-n$(($(nproc) + 1)) ./dev test"${words:-$core_words test_symbols test_report}
if [ -n "$keep" ]; then
	folder=$keep
	mkdir -p "$folder" || exit 2
else
	folder=$(mktemp -d "${TMPDIR:-/var/tmp}/connleak-fresh-XXXXXX") || exit 2
	trap 'umount -R -l "$folder" 2>/dev/null; rm -rf --one-file-system "$folder"' EXIT
	# In memory where there is enough of it, for the tests beside it, too: what takes time is the disk.
	[ "$(awk '/^MemAvailable/ { print int($2 / 1048576) }' /proc/meminfo)" -lt 12 ] || mount -t tmpfs -o size=7g,mode=755 tmpfs "$folder"
fi
trap 'exit 1' INT TERM
cache=${XDG_CACHE_HOME:-$HOME/.cache}/connleak/archives
mkdir -p "$cache/partial" && find "$cache" -name '*.deb' -mtime +30 -delete
# apt in there takes it for its own: two at a time would be in each other's way.
exec 8>"$cache/../lock" && flock 8

say() { printf '== %4d s  %s\n' $SECONDS "$*"; }

sources() {
	apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' 'Origin: Debian' |
		grep -E ' bookworm(-updates|-security)? main$' | sort -u |
		if [ $release = bookworm ]; then cat; else sed -n "s/ bookworm main$/ $release main/p"; fi
}
[ -n "$(sources)" ] || apt-get update -qq
sources >"$folder/sources.list"
[ -s "$folder/sources.list" ] || rm -f "$folder/sources.list" # another distribution: mmdebstrap knows where Debian is

root=$folder/root
new_root() {
	local from=()
	[ ! -f "$folder/sources.list" ] || from=("$folder/sources.list")
	# Packages are taken from the cache, and put there; nobody needs this machine after a loss of power.
	mmdebstrap --quiet --variant=apt --dpkgopt=force-unsafe-io --aptopt='Acquire::Languages "none"' \
		--skip=essential/unlink --skip=download/empty --skip=cleanup/apt --setup-hook='mkdir -p "$1/var/cache/apt/archives"' \
		--setup-hook="sync-in $cache /var/cache/apt/archives" --customize-hook="sync-out /var/cache/apt/archives $cache" \
		--include=git,ca-certificates,sudo $release "$root" "${from[@]}" >"$folder/log" 2>&1 ||
		{ tail -20 "$folder/log" >&2; rm -rf --one-file-system "$root"; return 1; }
	[ "$user" = root ] || chroot "$root" useradd -m -s /bin/bash "$user"
	echo "$user ALL=(ALL) NOPASSWD: ALL" >"$root/etc/sudoers.d/stranger"
	home=$(chroot "$root" getent passwd "$user" | cut -d: -f6)
	git clone -q --no-hardlinks "$top" "$root$home/connleak"
}
say "a minimal Debian ($release) in $folder"
[ -d "$root/root/connleak" ] || [ -d "$root/home/$user/connleak" ] || new_root || exit 2
home=$(chroot "$root" getent passwd "$user" | cut -d: -f6)
here=(git -c safe.directory='*' -C "$root$home/connleak")
[ -z "$keep" ] || { "${here[@]}" fetch -q "$top" HEAD && "${here[@]}" reset -q --hard FETCH_HEAD; } || exit 2
chroot "$root" chown -R "$user:" "$home/connleak"
cp /etc/resolv.conf "$root/etc/resolv.conf"
# Whom this machine trusts besides: where what is fetched comes through a proxy of its own.
if ls /usr/local/share/ca-certificates/*.crt >/dev/null 2>&1; then
	cp /usr/local/share/ca-certificates/*.crt "$root/usr/local/share/ca-certificates/" && chroot "$root" update-ca-certificates >/dev/null 2>&1
fi
echo "127.0.0.1 localhost $(hostname)" >"$root/etc/hosts"

inside() { # command: as the stranger would type it
	env -i TERM=dumb PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
		chroot "$root" su -l "$user" -c "cd connleak && $1 2>&1" </dev/null
}
mount -t proc proc "$root/proc" && mount -t sysfs -o ro sysfs "$root/sys" && mount --rbind /dev "$root/dev" &&
	mount --bind "$cache" "$root/var/cache/apt/archives" && mount -t tmpfs -o mode=1777 tmpfs "$root/tmp" || exit 2

first='./dev demo'
[ -z "$core" ] || first='./dev build'
for command in "$first" "$second"; do
	say "as $user: $command"
	inside "$command" >"$folder/log"
	status=$?
	if [ $status != 0 ]; then
		tail -60 "$folder/log"
		grep -E '^(FAILED|ERROR) ' "$folder/log" # a whole run says more after them
		say "as $user: $command: exit status $status"
		exit 1
	fi
	grep -E '^== (installing|building|setting)' "$folder/log" | cut -c1-100
	tail -5 "$folder/log"
done
say "done: both commands did what the README says"
