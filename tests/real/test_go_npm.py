# SPDX-License-Identifier: Apache-2.0
"""Versions of Go that Debian does not have, in programs that packages bring as they are, static and stripped: esbuild's server,
made by Go 1.20 and 1.26; lefthook, made by 1.25, which opens no socket."""
import http.client
import os
import signal
import socket
import subprocess

import pytest

import harness
import npm
import rest
from programs import free_port

ESBUILD = {"0.18.20": "go1.20.7", "0.28.2": "go"}  # since 0.28 it has no note of it


def program(folder, package, version, path):
    npm.unpack(folder, {package: version})
    file = folder / "node_modules" / package / path
    file.chmod(0o755)
    return str(file)


def serves(port):
    try:
        socket.create_connection(("127.0.0.1", port)).close()
        return True
    except OSError:
        return False


def ask(launcher, esbuild, folder, port):
    """A server, asked three times on one connection; its report, and how it ends by SIGINT: by that, or with 0 if it is faster."""
    process = subprocess.Popen([*launcher, esbuild, f"--serve=127.0.0.1:{port}", f"--servedir={folder}"], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=harness.environment(), text=True)
    run = None
    try:
        harness.until(lambda: serves(port))
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=harness.TIMEOUT)
        for _ in range(3):
            client.request("GET", "/hello.txt")
            assert client.getresponse().read() == b"hello"
        harness.until(lambda: rest.delivered(port))
        pid = int(harness.execute(["pgrep", "-P", str(process.pid)]).stdout) if launcher else process.pid
        if launcher:
            harness.until(lambda: rest.asleep(pid))  # its client may have the answer before it knows that it has sent it
            run = harness.report(str(pid), options=["--idle", "0"])
        os.kill(pid, signal.SIGINT)
        out = process.communicate(timeout=harness.TIMEOUT)[0]
    finally:
        process.kill()
        process.wait()
    return run, process.returncode, out.count("200 [")


@pytest.mark.parametrize("version", ESBUILD)
def test_esbuild_serves(tmp_path, version):
    esbuild = program(tmp_path, "@esbuild/linux-x64", version, "bin/esbuild")
    (tmp_path / "hello.txt").write_text("hello")
    _, alone, _ = ask([], esbuild, tmp_path, free_port())
    run, status, served = ask([harness.CONNLEAK, "run", "-o", harness.new_folder(), "--report-file", "/dev/null", "--"], esbuild,
                              tmp_path, free_port())
    assert served == 3 and alone in (0, -signal.SIGINT) and status in (0, 128 + signal.SIGINT)
    assert run.report["process"]["runtime"] == ESBUILD[version] and not run.report["warnings"]
    kept = [c for c in run.connections if c["verdict"] not in ("closed", "listening")]
    assert [(c["role"], c["verdict"], c["reason"], c["evidence"], c["requests"], c["responses"]) for c in kept] == \
        [("server", "drained", "kept-alive", "framing", 3, 3)]
    alive = {(t["name"], t["waiting_in"]) for t in run.report["threads"] if t["alive"]}
    assert {("main", "chan receive"), ("Serve", "IO wait"), ("serve", "IO wait")} <= alive
    assert any("serve_other.go" in s["place"] for s in run.report["call_sites"])


def test_lefthook(tmp_path):
    lefthook = program(tmp_path, "lefthook-linux-x64", "1.13.6", "bin/lefthook")
    run = harness.both([lefthook, "version"])
    assert run.out.strip().startswith("1.13.6") and not run.err and not run.report["warnings"]
