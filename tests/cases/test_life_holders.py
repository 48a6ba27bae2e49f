# SPDX-License-Identifier: Apache-2.0
"""Who only holds what it was left: its own report says so, and that of who closed it says who still holds it."""
import contextlib
import os
import re
import signal

import pytest

import harness

PRELUDE = """if True:
    import os, socket, subprocess, sys, time
    listener = socket.create_server(("127.0.0.1", 0))
    ours = socket.create_connection(listener.getsockname()); theirs, _ = listener.accept(); listener.close()
    def inherit(): ours.set_inheritable(True)
"""
# How a child comes to hold the connection, and how long: a line is its end. {seconds} after it began.
CHILDREN = {
    "exec": "inherit()\n    if not (pid := os.fork()): os.execv('/bin/sleep', ['sleep', '{seconds}'])",
    "shell": "inherit()\n    if not (pid := os.fork()): os.execv('/bin/sh', ['sh', '-c', 'sleep {seconds}; true'])",
    "spawn": "inherit()\n    pid = os.posix_spawn('/bin/sleep', ['sleep', '{seconds}'], os.environ)",
    "fork": "if not (pid := os.fork()): time.sleep({seconds}); os._exit(0)",
    "worker": "if not (pid := os.fork()): theirs.close(); time.sleep({seconds}); sys.exit(0)",
}
CLEAN = {
    "closed before exec": "pid = os.posix_spawn('/bin/sleep', ['sleep', '{seconds}'], os.environ)",
    "closed in the child": "if not (pid := os.fork()): ours.close(); theirs.close(); time.sleep({seconds}); os._exit(0)",
}
# It ends when its parent has, and who waited for that knows it: the parent's end is noted then.
LATER = ("if not (pid := os.fork()):\n        while not os.path.exists('{folder}/ended'): time.sleep(0.01)\n        os._exit(0)")
USE = "\n    ours.sendall(b'x'); theirs.recv(1); ours.close(); theirs.close()"
WAIT = "\n    os.waitpid(pid, 0)"
DETACH = "    null = os.open('/dev/null', os.O_RDWR); [os.dup2(null, fd) for fd in (0, 1, 2)]\n"


def script(child, seconds, after):
    return ["/usr/bin/python3", "-c", PRELUDE + "    " + child.format(seconds=seconds) + USE + after]


def run_and_leave(child, seconds):
    """The program ends first; its child, which has none of our streams, goes on. Both, by report and pid."""
    folder = harness.new_folder()
    code = PRELUDE + DETACH + "    " + child.format(seconds=seconds, folder=folder) + USE + f"\n    open('{folder}/pid', 'w').write(str(pid))"
    run = harness.run(["/usr/bin/python3", "-c", code], folder=folder)
    with open(f"{folder}/pid", encoding="ascii") as file:
        return run, int(file.read())


def held_by(report):
    """By whom each connection that was closed is held, and which of them."""
    return [c["held_by"] for c in report["connections"] if c["verdict"] == "closed" and c["held_by"]]


def inherited(report):
    return [c for c in report["connections"] if (c["verdict"], c["reason"]) == ("open", "inherited")]


def test_a_forked_worker_knows_what_its_parent_knew(server, tmp_path):
    """The line of the script that opened it, and the host: what the parent has of them is in the parent's dump."""
    program = tmp_path / "forks.py"
    program.write_text("import os, socket, sys, time\n"
                       "def connect(): return socket.create_connection(('127.0.0.1', int(sys.argv[1])))\n"
                       "s = connect()\n"
                       "s.sendall(b'GET /fixed?size=9 HTTP/1.1\\r\\nHost: a.example\\r\\n\\r\\n'); s.recv(4096)\n"
                       "for _ in range(2):\n    if not (pid := os.fork()): time.sleep(0.1); os._exit(0)\n"
                       "    os.waitpid(pid, 0)\n")
    run = harness.both(["/usr/bin/python3", str(program), str(server.port)])
    assert len(run.reports) == 3
    for report in run.reports[1:]:
        c, = inherited(report)
        assert c["host"] == "a.example"
        own = [(f["function"], f["line"]) for f in report["stacks"][c["stack"]] if f["file"] == str(program)]
        assert own == [("connect", 2), ("<module>", 3)]
        assert report["call_sites"][0]["place"] == f"connect ({program}:2)"


@pytest.mark.parametrize("name", CHILDREN)
def test_a_child_that_holds_it_says_so(name):
    run = harness.both(script(CHILDREN[name], 0.2, WAIT))
    holders = [r for r in run.reports[1:] if inherited(r)]
    assert len(holders) == 1 and holders[0]["process"]["ppid"] == run.report["process"]["pid"]
    assert all(c["role"] == "none" or c["inherited"] for c in holders[0]["connections"])
    assert held_by(run.report) == []  # it has ended, and holds nothing any more
    text = harness.execute([harness.CONNLEAK, "report", *run.dumps()]).stdout
    assert f"left to it by process {run.report['process']['pid']}" in " ".join(text.split())


@pytest.mark.parametrize("name", CHILDREN)
def test_who_still_holds_it_when_the_program_has_ended(name):
    run, pid = run_and_leave(CHILDREN[name], 600)
    try:
        assert all(pid in pids for pids in held_by(run.report)) and held_by(run.report)
        text = " ".join(harness.execute([harness.CONNLEAK, "report", *run.dumps()]).stdout.split())
        assert f"the peer sees no end: process {pid}, {'python3' if name in ('fork', 'worker') else ''}" in text
        assert "nothing was left behind" not in text
    finally:
        os.kill(pid, signal.SIGKILL)

        def ended():
            """a shell's own child, too, which it may have made only now"""
            holders = {holder for pids in held_by(harness.report(run.folder).report) for holder in pids}
            for holder in holders:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(holder, signal.SIGKILL)
            return not holders
        harness.until(ended)


# The next process has the last pid that there is, and its children have small ones.
LAST_PID = ("    with open('/proc/sys/kernel/ns_last_pid', 'w') as file:\n"
            "        file.write(str(int(open('/proc/sys/kernel/pid_max').read()) - 2))\n")
REPORTED = """if True:
    import subprocess, sys
    connleak, folder, code = sys.argv[1:]
    subprocess.run([connleak, "run", "--output", folder, "--", "/usr/bin/python3", "-c", code], check=True, capture_output=True)
    text = ""
    while "; process " not in text or ", sleep" not in text:  # until the shell has made its own child, and that is none any more
        text = " ".join(subprocess.run([connleak, "report", folder], capture_output=True, text=True).stdout.split())
    print(text)
"""


def test_holders_are_in_the_order_of_time_also_where_pids_wrap():
    if harness.RUNNER:
        pytest.skip("its program is of this machine")
    namespace = ["unshare", *([] if os.getuid() == 0 else ["-U", "-r"]), "--pid", "--fork", "--kill-child", "--mount-proc"]
    if why := harness.execute([*namespace, "sh", "-c", "echo 300 >/proc/sys/kernel/ns_last_pid"]).stderr:
        pytest.skip(f"no pids of our own: {why.strip()}")
    code = PRELUDE + DETACH + LAST_PID + "    " + CHILDREN["shell"].format(seconds=600) + USE
    run = harness.execute([*namespace, "/usr/bin/python3", "-c", REPORTED, harness.CONNLEAK, harness.new_folder(), code], check=True)
    (shell, its_child), = re.findall(r"the peer sees no end: process (\d+), \w+; process (\d+), sleep hold it", run.stdout)
    assert int(shell) > 30000 > int(its_child)


@pytest.mark.parametrize("name", CLEAN)
def test_clean_twins(name):
    run = harness.both(script(CLEAN[name], 0.2, WAIT))
    assert [inherited(r) for r in run.reports if inherited(r)] == [] and held_by(run.report) == []


def test_who_ended_later_held_it_then():
    """Both have ended; the child did after its parent, whose end the peer did not see."""
    run, pid = run_and_leave(LATER, None)
    with open(f"{run.folder}/ended", "w", encoding="ascii"):
        pass
    child = f"{run.folder}/connleak.{pid}.dump"
    harness.until(lambda: os.path.exists(child))
    harness.until(lambda: not os.path.exists(f"/proc/{pid}"))
    (parent,) = [r for r in harness.report(run.folder).reports if r["process"]["pid"] != pid]
    assert held_by(parent) == [[pid], [pid]]


def test_children_of_a_shell_that_was_left_it_leave_no_dumps():
    """What a shell was left is left to each of its commands, and says nothing more."""
    command = "inherit()\n    pid = os.posix_spawn('/bin/sh', ['sh', '-c', 'for i in 1 2 3 4 5; do /bin/true; done; (true); sleep 0'], os.environ)"
    run = harness.both(script(command, 0, WAIT))
    assert len(run.dumps()) == 2


def test_no_more_than_so_many():
    """A server whose every command is left its connections does not fill the disk."""
    command = "inherit()\n    for i in range(80): pid = os.posix_spawn('/bin/true', ['true'], os.environ); i < 79 and os.waitpid(pid, 0)"
    run = harness.both(script(command, 0, WAIT))
    assert len(run.dumps()) == 65
    assert "80 children" in " ".join(run.report["warnings"])
