# SPDX-License-Identifier: Apache-2.0
"""Another preload that connects for the program: in connect() it makes a socket of its own, speaks SOCKS on it and
puts it in the place of the program's by dup2. Told to us by whichever of the two comes first in the list."""
import collections
import contextlib
import glob
import socket
import threading

import pytest

import harness
from accepting import Accepting
from programs import PYTHON, nothing_left, only, tcp, verdicts

CLIENT = str(harness.ROOT / "tests/clients/requests_client.py")


def exactly(sock, count):
    data = sock.recv(count, socket.MSG_WAITALL)
    if len(data) < count:
        raise OSError("the client is gone")
    return data


def pump(source, to):
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            to.sendall(data)
        to.shutdown(socket.SHUT_WR)


def serve(sock, _):
    """RFC 1928, without authentication, addresses of IPv4 only."""
    with sock, contextlib.suppress(OSError):
        exactly(sock, exactly(sock, 2)[1])
        sock.sendall(b"\5\0")
        assert exactly(sock, 4) == b"\5\1\0\1"
        host, port = socket.inet_ntoa(exactly(sock, 4)), int.from_bytes(exactly(sock, 2), "big")
        with socket.create_connection((host, port)) as server:
            sock.sendall(b"\5\0\0\1" + bytes(6))
            back = threading.Thread(target=pump, args=(server, sock), daemon=True)
            back.start()
            pump(sock, server)
            back.join()


@pytest.fixture(scope="module")
def proxy():
    with Accepting(socket.create_server(("127.0.0.1", 0)), serve) as accepting:
        yield accepting.listener.getsockname()[1]


@pytest.fixture(params=["theirs first", "ours first"])
def through(request, proxy, tmp_path):
    """Runs a program through the proxy, natively and recorded: by `connleak run -- proxychains4 CMD`, which puts itself
    before what is in the list already, or by `connleak run -- CMD` with proxychains in the list."""
    (tmp_path / "conf").write_text(f"strict_chain\n[ProxyList]\nsocks5 127.0.0.1 {proxy}\n")
    env = {"PROXYCHAINS_CONF_FILE": str(tmp_path / "conf"), "PROXYCHAINS_QUIET_MODE": "1"}
    if request.param == "theirs first":
        return lambda *command: harness.both([harness.which("proxychains4"), "-q", *command], env=env)
    library, = glob.glob("/usr/lib/*/libproxychains.so.4")
    return lambda *command: harness.both(list(command), env={**env, "LD_PRELOAD": library})


def test_curl(server, through):
    run = through(harness.which("curl"), "--silent", *[f"http://127.0.0.1:{server.port}/fixed?size=10"] * 2)
    assert run.out == "x" * 20
    nothing_left(run)


@pytest.mark.parametrize("how, expected", [("unread", {"leaked/undrained": 6}), ("read", {"drained/kept-alive": 1})])
def test_what_is_left_is_known_by_the_proxys_address(server, through, proxy, how, expected):
    run = through(PYTHON, CLIENT, f"http://127.0.0.1:{server.port}/fixed?size=300000", how)
    report = only(run, "python3")
    left = [c for c in tcp(report) if c["verdict"] != "closed"]
    assert collections.Counter(f"{c['verdict']}/{c['reason']}" for c in left) == expected
    assert {(c["peer"], c["role"]) for c in left} == {(f"127.0.0.1:{proxy}", "client")}
