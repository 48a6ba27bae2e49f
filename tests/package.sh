#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# package.sh [--keep FOLDER]: builds Debian's package from the head, in a minimal Debian 12 in a folder that has what
# Build-Depends names and nothing else; asks lintian about it, and installs it in such a Debian that has not even that,
# where its own test (debian/tests) runs the demonstration. --keep: the packages are put there. Mounts are in a
# namespace of their own.
set -u
top=$(cd "$(dirname "$0")/.." && pwd) || exit 2
keep=
[ "${1:-}" != --keep ] || keep=$(mkdir -p "$2" && cd "$2" && pwd) || exit 2
[ "$(id -u)" = 0 ] || exec sudo bash "$0" "$@"
[ -n "${PACKAGE_APART:-}" ] || exec env PACKAGE_APART=1 unshare --mount --propagation private bash "$0" "$@"
folder=$(mktemp -d "${TMPDIR:-/var/tmp}/connleak-package-XXXXXX") || exit 2
trap 'umount "$folder/root/proc" "$folder/builder/proc" 2>/dev/null; rm -rf --one-file-system "$folder"' EXIT
trap 'exit 1' INT TERM

say() { printf '== %4d s  %s\n' $SECONDS "$*"; }
step() { # log, command
	"${@:2}" >"$folder/$1" 2>&1 || { tail -40 "$folder/$1" >&2; say "$1 failed"; exit 1; }
}

say "a minimal Debian 12"
apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' 'Origin: Debian' |
	grep -E ' bookworm(-updates|-security)? main$' | sort -u >"$folder/sources.list"
sources=() # another distribution: mmdebstrap knows where Debian is
[ ! -s "$folder/sources.list" ] || sources=("$folder/sources.list")
step debian mmdebstrap --quiet --variant=apt --dpkgopt=force-unsafe-io --aptopt='Acquire::Languages "none"' \
	--skip=cleanup/apt --include=apt-utils,ca-certificates,dpkg-dev bookworm "$folder/root" "${sources[@]}"
cp /etc/resolv.conf "$folder/root/etc/resolv.conf"

say "dpkg-buildpackage, with what Build-Depends names"
cp -a "$folder/root" "$folder/builder" || exit 2
mkdir "$folder/builder/build"
git -C "$top" archive --prefix=build/connleak/ HEAD | tar -x -C "$folder/builder" || exit 2
mount -t proc proc "$folder/builder/proc" || exit 2
in_builder() { chroot "$folder/builder" env -C /build/connleak -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
	DEBIAN_FRONTEND=noninteractive "$@"; }
step depends in_builder apt-get build-dep -y -q --no-install-recommends ./
step build in_builder dpkg-buildpackage --unsigned-source --unsigned-changes
umount "$folder/builder/proc"
mv "$folder"/builder/build/connleak* "$folder" && cd "$folder/connleak" || exit 2
cp -n "$folder"/builder/var/cache/apt/archives/*.deb "$folder/root/var/cache/apt/archives" # its test wants them again
say "lintian"
step lintian lintian --allow-root --fail-on error,warning --tag-display-limit 0 ../connleak_*.changes
[ -z "$keep" ] || cp ../*.deb ../*.dsc ../*.tar.* ../*.changes "$keep"
say "installed in a minimal Debian 12: the demonstration"
mount -t proc proc "$folder/root/proc" || exit 2 # where the recorder reads of the program and its modules
step demo autopkgtest --no-built-binaries ../connleak_*.deb ../connleak-dev_*.deb ../connleak_*.dsc -- chroot "$folder/root"
grep -A40 '^The full report' "$folder/demo" | head -20
say "passed"
