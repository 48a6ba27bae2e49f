# SPDX-License-Identifier: Apache-2.0
"""What a call costs does not depend on how many sockets are open, nor does the file grow for ever."""
import re
import resource

import harness
import uml

FEW, MANY = 8000, 16000


def bench(dump, name, *arguments):
    return harness.execute([str(harness.BUILD / "tests" / "bench" / f"bench-{name}"), *map(str, arguments)],
                           env={"LD_PRELOAD": harness.LIBRARY, "CONNLEAK_OUTPUT": str(dump)}, check=True).stdout


def cost_of_fork(folder, number):
    """Of the child, in ms, with that many sockets open."""
    return min(float(re.search(r"fork ([\d.]+)", bench(folder / "%p.dump", "many", number))[1]) for _ in range(2))


def test_fork_with_many_sockets_open_is_not_quadratic(tmp_path):
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[1] >= MANY + 64
    few, many = cost_of_fork(tmp_path, FEW), cost_of_fork(tmp_path, MANY)
    assert many < 3 * few, f"a child costs {few} ms with {FEW} sockets, {many} ms with {MANY}"


def test_many_sockets_open_at_once(tmp_path):
    """66,000, more than 16 bits can tell apart, or as many as the hard limit lets it have: each of them is on record, and nothing is lost."""
    only = ["open"] if uml.INSIDE else []  # no calls on them, nor a child that asks about each: a call may cost a millisecond there
    count = int(re.search(r"count (\d+)", bench(tmp_path / "%p.dump", "many", 66_000, *only))[1])
    assert count == min(66_000, (resource.getrlimit(resource.RLIMIT_NOFILE)[1] - 64) // 2 * 2)
    said = harness.execute([harness.CONNLEAK, "report", str(tmp_path)], check=True).stdout
    expected = [(f"{count + 1:,}", "1", f"{count:,}")]
    if not only:
        expected.append((f"{count:,}", "0", f"{count:,}"))  # the child's, which inherits them
    assert re.findall(r"([\d,]+) sockets, .* ([\d,]+) closed, ([\d,]+) open otherwise", said) == expected
    assert ("no leak" if only else "0 leaked, 0 drained") in said and "not recorded" not in said


def test_ten_times_as_many_sockets_in_turn_leave_the_same_dump(tmp_path):
    sizes = []
    for count in (20_000, 200_000):
        dump = tmp_path / f"{count}.dump"
        bench(dump, "micro", "socket-close", count)
        sizes.append(dump.stat().st_size)
    assert sizes[0] == sizes[1] < 4 << 20
