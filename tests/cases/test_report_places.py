# SPDX-License-Identifier: Apache-2.0
"""One place is what a person sees: function and line, not the return address."""
import re

import pytest

import harness

# name: opened, closed and left at each place, in the order of the lines
PLACES = {
    "unrolled": [(4, 0, 4)],
    "looped": [(4, 0, 4)],
    "three-lines": [(1, 0, 1), (1, 0, 1), (1, 0, 1)],
    "unrolled-and-closed": [(4, 4, 0), (1, 0, 1)],
}


@pytest.mark.parametrize("name", PLACES)
def test_a_place_is_a_line(server, name):
    run = harness.both([harness.victim("situations/places"), name, str(server.port)])
    sites = run.report["call_sites"]
    lines = {s["stack"]: [f["line"] for f in run.report["stacks"][s["stack"]]] for s in sites}
    assert [(s["opened"], s["closed"], s["open_now"]) for s in sorted(sites, key=lambda s: lines[s["stack"]])] == PLACES[name]
    assert sum(len(s["stacks"]) for s in sites) == sum(map(bool, run.report["stacks"].values()))  # four return addresses, one place
    assert all(s["place"].startswith(("ask (", "unrolled_and_closed (", "made (")) and "places.c:" in s["place"] or
               "situation.h:" in s["place"] for s in sites)


@pytest.mark.parametrize("name,verdict", [("unrolled", ("leaked", "abandoned")), ("looped", ("leaked", "abandoned"))])
def test_what_one_place_abandons(server, name, verdict):
    run = harness.run([harness.victim("situations/places"), name, str(server.port)])
    assert run.verdicts() == {verdict: 4}
    text = " ".join(harness.execute([harness.CONNLEAK, "report", *run.dumps()]).stdout.split())
    assert re.search(r"(places\.c|situation\.h):\d+ in \w+ opened 4 connections and closed 0: 4 leaked, all abandoned", text)


def test_three_clients_of_three_lines_are_kept(server):
    run = harness.run([harness.victim("situations/places"), "three-lines", str(server.port)])
    assert {verdict for verdict, _ in run.verdicts()} == {"drained"}


def test_most_at_once_of_a_place_with_several_stacks():
    run = harness.run([harness.victim("situations/places"), "unrolled-and-closed"])
    assert sorted(s["open_max"] for s in run.report["call_sites"]) == [1, 1]


def test_a_library_that_makes_the_first_in_another_way(tmp_path):
    """Which of its calls of socket() it was is not the user's doing, and no name tells: its file has none."""
    library = tmp_path / "libmake.so"
    (tmp_path / "make.c").write_text("#include <sys/socket.h>\n#include <fcntl.h>\n"
                                     "int make(int first) { int s; if (first) { s = socket(2, 1, 0); fcntl(s, F_SETFD, FD_CLOEXEC); }\n"
                                     "else s = socket(2, 1 | SOCK_CLOEXEC, 0); return s; }\n"
                                     "int pair(int first) { return socket(1, 1, 0) + first; }\n")
    harness.execute([harness.which("gcc"), "-O0", "-s", "-shared", "-fPIC", "-o", str(library), str(tmp_path / "make.c")], check=True)
    (tmp_path / "it.py").write_text(f"import ctypes, os\nlibrary = ctypes.CDLL({str(library)!r})\n"
                                    "for i in range(4): [make(i == 0) for make in (library.make, library.pair)]\nos._exit(0)\n")
    run = harness.both(["/usr/bin/python3", "-S", str(tmp_path / "it.py")])
    sites = harness.report(*run.dumps(), options=["--library", str(library)]).report["call_sites"]
    assert [(s["opened"], "it.py:3" in s["place"]) for s in sites] == [(4, True), (4, True)]
