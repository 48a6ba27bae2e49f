# SPDX-License-Identifier: Apache-2.0
"""debian/, as far as it can be seen without building it: ./dev package does that."""
import fnmatch
import re
import subprocess

import harness

DEBIAN = harness.ROOT / "debian"


def paragraphs():
    """debian/control: fields by name, in order."""
    for text in (DEBIAN / "control").read_text().strip().split("\n\n"):
        yield dict(re.findall(r"^([\w-]+):[ ]*(.*(?:\n[ ].*)*)", text, re.M))


def test_it_is_built_from_what_dev_installs():
    dev = (harness.ROOT / "dev").read_text()
    wanted = {p.split("=")[0] for p in re.search(r"^build_packages='([^']*)'", dev, re.M)[1].split()}
    source = next(paragraphs())
    named = {p.split(":")[0].split()[0] for p in source["Build-Depends"].split(",")}
    given = {"gcc", "libc6-dev", "dpkg-dev", "ninja-build"}  # by build-essential, and by meson
    assert wanted - given <= named and named - wanted <= {"debhelper-compat", "python3"}


def test_version():
    version = re.search(r"version: '([^']+)'", (harness.ROOT / "meson.build").read_text())[1]
    assert (DEBIAN / "changelog").read_text().startswith(f"connleak ({version}) ")
    assert subprocess.run(["dpkg-parsechangelog", "-l", DEBIAN / "changelog", "-S", "Version"], capture_output=True,
                          text=True, check=True).stdout.strip() == version


def test_each_installed_file_is_in_one_package(tmp_path):
    subprocess.run(["meson", "install", "--no-rebuild", "-C", harness.BUILD, "--destdir", tmp_path, "--quiet"], check=True,
                   capture_output=True)
    files = [str(p.relative_to(tmp_path / "usr/local")) for p in tmp_path.rglob("*") if p.is_file()]
    patterns = [line.split()[0].removeprefix("usr/") for package in list(paragraphs())[1:]
                for line in (DEBIAN / f"{package['Package']}.install").read_text().splitlines()]
    owners = {f: [p for p in patterns if fnmatch.fnmatch(f, p) or f.startswith(p + "/")] for f in files}
    assert len(files) >= 9 and {f: o for f, o in owners.items() if len(o) != 1} == {}
    assert [p for p in patterns if not any(p in o for o in owners.values())] == []


def test_the_recorder_finds_its_unwinder():
    """libunwind is loaded and never linked: nobody but we can say that the package needs it."""
    connleak = list(paragraphs())[1]
    assert "libunwind8" in connleak["Depends"] and "libunwind.so.8" in (harness.ROOT / "preload/stacks/unwind.c").read_text()
