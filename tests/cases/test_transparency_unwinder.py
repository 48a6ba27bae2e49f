# SPDX-License-Identifier: Apache-2.0
"""CPython's test_os found it: libunwind keeps a pipe open inside the program, and finds it by number."""
import harness


def test_libunwind_keeps_no_pipe_and_never_takes_the_programs_files_for_it():
    run = harness.both([harness.victim("unwinder")])
    assert run.out == ("after the first socket: 3 descriptors, highest 2\n"
                       "at the end: 11 descriptors, highest 10\n")
    assert run.report["summary"]["closed"] == 10


def test_stacks_are_still_taken_where_the_unwinder_has_to_look_for_memory():
    run = harness.run([harness.victim("unwinder")])
    depths = [len(run.report["stacks"][str(site["stack"])]) for site in run.report["call_sites"]]
    assert max(depths) >= 9  # each level of the recursion is a frame without unwind tables
