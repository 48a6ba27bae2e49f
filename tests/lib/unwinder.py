# SPDX-License-Identifier: Apache-2.0
"""A libunwind that does what a test needs of it."""
import subprocess


def instead(folder, code):
    """The environment in which unw_backtrace runs `code` and finds no frame."""
    source = folder / "unwinder.c"
    source.write_text("#include <signal.h>\n#include <unistd.h>\nint unw_backtrace(void **frames, int size)\n"
                      f"{{ static int inside, before, pid; {code} return 0; }}\n")
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", folder / "libunwind.so.8", source], check=True)
    return {"LD_LIBRARY_PATH": str(folder)}
