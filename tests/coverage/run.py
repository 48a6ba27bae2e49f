# SPDX-License-Identifier: Apache-2.0
"""Coverage proved: for each real program, the sockets that the kernel saw opened and closed (strace)
beside those that the recorder saw, and every one that went behind its back.

    tests/coverage/run.py [PROGRAM...]

Both run in the same processes at the same time, and a socket is known by its inode on both sides: no
recorder that announces itself is needed, and what is compared is the very library that is shipped.
Exit status 1 when there is a difference."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import subjects  # noqa: E402

COLUMNS = "{:14} {:>9} {:>8} {:>6} {:>8} {:>6} {:>10} {:>12}"


def row(name, r):
    return COLUMNS.format(name, r.pids, r.created, r.created_seen, r.closed, r.closed_seen, r.own, len(r.differences))


def main():
    names = sys.argv[1:] or list(subjects.ALL)
    differences = 0
    print(COLUMNS.format("program", "processes", "created", "seen", "closed", "seen", "libc's own", "differences"))
    for name in names:
        result = subjects.measure(getattr(subjects, name))
        differences += len(result.differences)
        print(row(name, result), flush=True)
        for difference in result.differences:
            print("    process " + difference)
    print(f"{differences} differences")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
