# SPDX-License-Identifier: Apache-2.0
"""What another thread does between the kernel's part of a call and ours, which strace keeps apart."""
import json
import re

import harness
import pytest

SOCKETS = """
import ctypes, os, socket, threading, time
def sockets():
    found = 0
    for number in os.listdir("/proc/self/fd"):
        try: found += os.readlink(f"/proc/self/fd/{number}").startswith("socket:")
        except FileNotFoundError: pass  # that of the list
    return found
def until(condition):
    while not condition(): time.sleep(0.001)
listener = socket.create_server(("127.0.0.1", 0))
"""


def traced(tmp_path, inject, program, *arguments, sleeps=""):
    """Its output, and what is said of it. The call that is to be late was so; `sleeps`: how the recorder's own do."""
    folder, strace, call = harness.new_folder(), harness.which("strace"), inject.partition(":")[0]
    run = harness.execute([strace, "-f", "-qq", "-o", tmp_path / "log", "-e", f"trace={call},nanosleep", "-e", f"inject={inject}",
                           *(["-e", f"inject=nanosleep:{sleeps}"] if sleeps else []),
                           "-E", f"LD_PRELOAD={harness.LIBRARY}", "-E", f"CONNLEAK_OUTPUT={folder}", "/usr/bin/python3", "-c",
                           SOCKETS + program, *arguments], env=harness.environment(), timeout=harness.TIMEOUT)
    assert run.returncode == 0, run.stderr
    says = int(re.search(r"version (\d+)", harness.execute([strace, "-V"]).stdout)[1]) >= 6  # before it does so, too
    late = r"\(DELAYED\)|= \?$" if says else rf"{call}\("  # who ends meanwhile has no result
    assert re.search(late, (tmp_path / "log").read_text(), re.MULTILINE)
    return run.stdout, harness.report(folder)


ACCEPTED = """
import json, platform, sys
def by_libc(): return listener.accept()[0].detach()
def by_number():
    return ctypes.CDLL(None).syscall({"x86_64": 288, "aarch64": 242}[platform.machine()], listener.fileno(), None, None, 0)
server, accepted = listener.getsockname(), []
thread = threading.Thread(target=lambda: accepted.append(globals()[sys.argv[1]]())); thread.start()
client = socket.create_connection(server)
until(lambda: sockets() == 3)
number = listener.detach(); os.close(number)
other = socket.socket(); assert other.fileno() == number; other.bind(("127.0.0.2", 0)); other.listen()
thread.join()
print(json.dumps([server, socket.socket(fileno=accepted[0]).getsockname()]), flush=True)
os._exit(0)
"""


@pytest.mark.parametrize("way", ["by_libc", "by_number"])
def test_accepted_from_a_listener_whose_number_is_anothers_by_now(tmp_path, way):
    """It is closed, and the next listener made, while accept has its connection and has not returned."""
    out, said = traced(tmp_path, "accept4:delay_exit=100000", ACCEPTED, way)
    server, accepted = json.loads(out)
    assert accepted == server
    (one,) = [c for c in said.connections if c["role"] == "server"]
    assert one["local"] == "{}:{}".format(*server)


ENDS = """
import sys
client, libc = socket.create_connection(listener.getsockname()), ctypes.CDLL(None)
def accept4(): listener.accept()
def dup(): libc.dup(client.fileno())
def close_range(): libc.syscall(436, client.fileno(), client.fileno(), 0)
thread = threading.Thread(target=globals()[sys.argv[1]], daemon=True); thread.start()
def in_call():
    with open(f"/proc/self/task/{thread.native_id}/syscall") as file: return file.read().split()[0]
if sys.argv[1] == "close_range": until(lambda: in_call() == "436")  # our part comes first
else: until(lambda: sockets() == 3)
os._exit(0)
"""


@pytest.mark.parametrize("call, late", [("accept4", "exit"), ("dup", "exit"), ("close_range", "enter")])
def test_what_another_thread_is_at_when_the_process_ends(tmp_path, call, late):
    """A socket that the kernel has and our table has not, or not any more, is none that nobody saw being opened. We wait for
    the other thread no longer than 26 ms, which here are 2 s."""
    _, said = traced(tmp_path, f"{call}:delay_{late}=500000", ENDS, call, sleeps="delay_exit=200000")
    assert not [w for w in said.report["warnings"] if "nobody saw being opened" in w]
