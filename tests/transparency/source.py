# SPDX-License-Identifier: Apache-2.0
"""Sources of Debian packages, fetched with apt-get without touching the machine's own lists."""
import contextlib
import fcntl
import os
import pathlib
import shutil
import subprocess

from suite import STORE, Unavailable

SOURCES = """Types: deb-src
URIs: http://deb.debian.org/debian
Suites: {release}
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
"""


@contextlib.contextmanager
def alone():
    """Two that run at the same time do not build the same thing in the same folder."""
    STORE.mkdir(exist_ok=True)
    with open(STORE / "lock", "wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def release():
    for line in pathlib.Path("/etc/os-release").read_text().splitlines():
        if line.startswith("VERSION_CODENAME="):
            return line.split("=", 1)[1].strip('"')
    raise Unavailable("this is no Debian: no source packages")


def apt_get(*arguments, cwd):
    lists = STORE / "lists"
    result = subprocess.run(
        ["apt-get", "-q", "-o", f"Dir::Etc::sourcelist={STORE / 'deb-src.sources'}", "-o", "Dir::Etc::sourceparts=-",
         "-o", f"Dir::State::lists={lists}", "-o", "APT::Sandbox::User=", *arguments],
        cwd=cwd, capture_output=True, text=True, timeout=300)
    if result.returncode:
        raise Unavailable(f"apt-get {arguments[0]}: {(result.stderr.strip().splitlines() or ['failed'])[-1]}")


@alone()
def fetch(package):
    """The folder with the unpacked and patched source of a package; fetched once."""
    folder = STORE / package / "source"
    if folder.exists():
        return folder
    if not shutil.which("apt-get") or not shutil.which("dpkg-source"):
        raise Unavailable("needs apt-get and dpkg-source (package dpkg-dev)")
    if not (STORE / "lists").exists():
        (STORE / "lists" / "partial").mkdir(parents=True)
        (STORE / "deb-src.sources").write_text(SOURCES.format(release=release()))
        apt_get("update", cwd=STORE)
    download = STORE / package / "download"
    shutil.rmtree(download, ignore_errors=True)
    download.mkdir(parents=True)
    apt_get("source", "--download-only", package, cwd=download)
    description = next(download.glob("*.dsc"))
    unpacked = subprocess.run(["dpkg-source", "--no-check", "-x", description.name, "source"], cwd=download,
                              capture_output=True, text=True)
    if unpacked.returncode:
        raise Unavailable(f"dpkg-source: {unpacked.stderr.strip()}")
    os.rename(download / "source", folder)
    return folder


@alone()
def make(folder, *commands):
    """Runs the commands in `folder`, unless they were run to their end before."""
    done = folder / ".made"
    if done.exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "make.log", "wb") as log:
        for command in commands:
            if subprocess.run(command, cwd=folder, stdout=log, stderr=log, timeout=900).returncode:
                raise Unavailable(f"{' '.join(map(str, command))} failed, see {folder / 'make.log'}")
    done.touch()


def cmake(tree, options, targets):
    """Builds these targets of a tree, once; the folder that they are in."""
    folder = tree.parent / "build"
    make(folder, ["cmake", "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_C_FLAGS=-g0 -w", *options, str(tree)],
         ["ninja", *targets])
    return folder
