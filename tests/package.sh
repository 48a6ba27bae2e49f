#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# package.sh [--keep FOLDER]: builds Debian's package from the head, as dpkg-buildpackage does, asks lintian about it, and
# installs it in a minimal Debian 12 in a folder, where its own test (debian/tests) runs the demonstration. --keep: the
# packages are put there. Mounts are in a namespace of their own.
set -u
top=$(cd "$(dirname "$0")/.." && pwd) || exit 2
keep=
[ "${1:-}" != --keep ] || keep=$(mkdir -p "$2" && cd "$2" && pwd) || exit 2
[ "$(id -u)" = 0 ] || exec sudo bash "$0" "$@"
[ -n "${PACKAGE_APART:-}" ] || exec env PACKAGE_APART=1 unshare --mount --propagation private bash "$0" "$@"
folder=$(mktemp -d "${TMPDIR:-/var/tmp}/connleak-package-XXXXXX") || exit 2
trap 'umount "$folder/root/proc" 2>/dev/null; rm -rf --one-file-system "$folder"' EXIT
trap 'exit 1' INT TERM

say() { printf '== %4d s  %s\n' $SECONDS "$*"; }
step() { # log, command
	"${@:2}" >"$folder/$1" 2>&1 || { tail -40 "$folder/$1" >&2; say "$1 failed"; exit 1; }
}

say "dpkg-buildpackage"
git -C "$top" archive --prefix=connleak/ HEAD | tar -x -C "$folder" || exit 2
cd "$folder/connleak" || exit 2
step build dpkg-buildpackage --unsigned-source --unsigned-changes
say "lintian"
step lintian lintian --allow-root --fail-on error,warning --tag-display-limit 0 ../connleak_*.changes
[ -z "$keep" ] || cp ../*.deb ../*.dsc ../*.tar.* ../*.changes "$keep"
say "installed in a minimal Debian 12: the demonstration"
apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' 'Origin: Debian' |
	grep -E ' bookworm(-updates|-security)? main$' | sort -u >"$folder/sources.list"
sources=() # another distribution: mmdebstrap knows where Debian is
[ ! -s "$folder/sources.list" ] || sources=("$folder/sources.list")
step debian mmdebstrap --quiet --variant=apt --dpkgopt=force-unsafe-io --aptopt='Acquire::Languages "none"' \
	--skip=cleanup/apt --include=apt-utils,ca-certificates,dpkg-dev bookworm "$folder/root" "${sources[@]}"
cp /etc/resolv.conf "$folder/root/etc/resolv.conf"
mount -t proc proc "$folder/root/proc" || exit 2 # where the recorder reads of the program and its modules
step demo autopkgtest --no-built-binaries ../connleak_*.deb ../connleak-dev_*.deb ../connleak_*.dsc -- chroot "$folder/root"
grep -A40 '^The full report' "$folder/demo" | head -20
say "passed"
