# SPDX-License-Identifier: Apache-2.0
"""CPython's test_os found it: libunwind keeps a pipe open inside the program, and finds it by number."""
import glob
import pathlib
import subprocess

import harness

# What libunwind up to 1.4 gives on x86-64, made of what this machine's does. What a signal interrupted is as it is.
OLDER = r"""
#include <dlfcn.h>
#include <string.h>

int unw_backtrace(void **buffer, int size)
{
	static int (*real)(void **, int);
	void *frames[256];
	int n;

	if (!real)
		real = (int (*)(void **, int))dlsym(dlopen(REAL, RTLD_NOW | RTLD_LOCAL), "unw_backtrace");
	n = real(frames, size < 255 ? size + 1 : 256) - 1; /* the first is a call of ours */
	for (int i = 0, less = frames[1] == __builtin_return_address(0); i < n; i++) {
		buffer[i] = (char *)frames[i + 1] - less;
		if (less && memcmp(frames[i + 1], "\x48\xc7\xc0\x0f\0\0\0\x0f\x05", 9) == 0 && ++i < n)
			buffer[i] = frames[i + 1];
	}
	return n;
}
"""


def test_libunwind_keeps_no_pipe_and_never_takes_the_programs_files_for_it():
    run = harness.both([harness.victim("unwinder")])
    assert run.out == ("after the first socket: 3 descriptors, highest 2\n"
                       "at the end: 11 descriptors, highest 10\n")
    assert run.report["summary"]["closed"] == 10


def test_stacks_are_still_taken_where_the_unwinder_has_to_look_for_memory():
    run = harness.run([harness.victim("unwinder")])
    depths = [len(run.report["stacks"][str(site["stack"])]) for site in run.report["call_sites"]]
    assert max(depths) >= 9  # each level of the recursion is a frame without unwind tables


def test_stacks_are_known_again_with_an_older_unwinder(tmp_path):
    (real,) = glob.glob("/usr/lib/*/libunwind.so.8")
    (tmp_path / "older.c").write_text(OLDER)
    subprocess.run(["gcc", "-shared", "-fPIC", "-O2", f'-DREAL="{real}"', "-o", tmp_path / "libunwind.so.8",
                    tmp_path / "older.c", "-ldl"], check=True)
    unit = subprocess.run([pathlib.Path(harness.LIBRARY).parents[1] / "tests/unit/test_stack"], timeout=harness.TIMEOUT,
                          env={"LD_LIBRARY_PATH": str(tmp_path)}, capture_output=True, text=True)
    assert unit.returncode == 0, unit.stdout + unit.stderr
