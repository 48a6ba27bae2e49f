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


def traced(tmp_path, inject, program, *arguments):
    """Its output, and what is said of it. The call that is to be late was so."""
    folder, strace, call = harness.new_folder(), harness.which("strace"), inject.partition(":")[0]
    run = harness.execute([strace, "-f", "-qq", "-o", tmp_path / "log", "-e", f"trace={call}", "-e", f"inject={inject}",
                           "-E", f"LD_PRELOAD={harness.LIBRARY}", "-E", f"CONNLEAK_OUTPUT={folder}", "/usr/bin/python3", "-c",
                           SOCKETS + program, *arguments], env=harness.environment(), timeout=harness.TIMEOUT)
    assert run.returncode == 0, run.stderr
    says = int(re.search(r"version (\d+)", harness.execute([strace, "-V"]).stdout)[1]) >= 6  # before it does so, too
    assert ("(DELAYED)" if says else f"{call}(") in (tmp_path / "log").read_text()
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
