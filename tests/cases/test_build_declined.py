# SPDX-License-Identifier: Apache-2.0
"""What cannot be built says so when it is set up, in a sentence, and not by its first error."""
import subprocess

import harness


def test_of_32_bits(tmp_path):
    # As for another machine: so meson wants no 32-bit C library, which nobody has installed.
    (tmp_path / "x86.ini").write_text(
        "[binaries]\nc = ['gcc', '-m32']\nar = 'ar'\nstrip = 'strip'\npkg-config = 'pkg-config'\n[properties]\nneeds_exe_wrapper = true\n"
        "[host_machine]\nsystem = 'linux'\ncpu_family = 'x86'\ncpu = 'i686'\nendian = 'little'\n")
    done = subprocess.run(["meson", "setup", "--cross-file", tmp_path / "x86.ini", tmp_path / "build", harness.ROOT],
                          capture_output=True, text=True, timeout=harness.TIMEOUT)
    assert done.returncode
    assert "ERROR: Problem encountered: connleak records 64-bit programs only: this compiler makes 32-bit code (-m32?)" in done.stdout
