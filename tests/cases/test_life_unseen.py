# SPDX-License-Identifier: Apache-2.0
"""What goes on past all hooks is counted where the kernel has it: at the end, and from outside."""
import json
import os
import subprocess

import pytest

import harness
import stopped


def warned(report):
    return [w for w in report["warnings"] if "nobody saw being opened" in w]


@pytest.mark.parametrize("number", [5, 300])  # few are looked at again where there are threads
@pytest.mark.parametrize("threads", [[], ["thread"]], ids=["alone", "thread"])
def test_a_process_that_holds_sockets_is_not_said_to_have_opened_none(threads, number):
    run = harness.both([harness.victim("unseen"), str(number), "0", *threads])
    assert len(run.dumps()) == 1 and [w.split()[0] for w in warned(run.report)] == [str(number)]
    text = harness.execute([harness.CONNLEAK, "report", *run.dumps()]).stdout
    assert "no socket was seen being opened" in text and "nothing was left behind" not in text


def test_what_libc_opens_for_itself_is_none_of_it():
    """As syslog(3) does."""
    run = harness.both([harness.victim("unseen"), "0", "3"])
    assert run.dumps() == [] and warned(run.report) == []


def test_of_a_process_that_runs():
    for number in (0, 4):
        folder = harness.new_folder()
        env = harness.environment({"LD_PRELOAD": harness.LIBRARY, "CONNLEAK_OUTPUT": folder})
        with subprocess.Popen([harness.victim("unseen"), str(number), "0", "wait"], env=env, stdout=subprocess.PIPE) as program:
            assert program.stdout.readline() == b"ready\n"
            report = harness.report(program.pid).report
            program.kill()
        assert [w[:2] for w in warned(report)] == (["4 "] if number else [])


@pytest.mark.parametrize("meanwhile", [True, False])
def test_a_number_is_counted_for_what_was_listed(meanwhile, tmp_path):
    """The socket that nobody saw is closed when the numbers were listed, and another one, which was seen, has its number."""
    env, log = harness.environment({"LD_PRELOAD": harness.LIBRARY, "CONNLEAK_OUTPUT": tmp_path}), tmp_path / "log"
    with subprocess.Popen([harness.victim("unseen"), "1", "0", "again"], env=env, stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as program:
        assert program.stdout.readline() == b"ready\n"

        def again():
            if meanwhile:
                os.write(program.stdin.fileno(), b"x")
                assert program.stdout.readline() == b"again\n"
        try:
            run = stopped.behind("pidfd_open", 2, [harness.CONNLEAK, "report", "-f", "json", str(program.pid)], log, again)
        finally:
            program.kill()
    assert len(warned(json.loads(run.stdout))) == (0 if meanwhile else 1)


def test_those_that_were_seen_are_none_of_it():
    """Copied, passed on, received, inherited; a server with connections that come and go."""
    script = """if True:
        import os, socket
        a, b = socket.socketpair(); server = socket.create_server(("127.0.0.1", 0)); socket.send_fds(a, [b"x"], [server.fileno()])
        kept = socket.recv_fds(b, 1, 1); copies = [os.dup(kept[1][0]) for i in range(9)]
        os._exit(0)"""
    run = harness.both(["/usr/bin/python3", "-c", script])
    assert run.status == 0 and len(run.report["connections"]) == 3 and warned(run.report) == []
