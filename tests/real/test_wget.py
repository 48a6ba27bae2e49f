# SPDX-License-Identifier: Apache-2.0
"""wget keeps its last connection open until it exits: drained, never leaked."""
import pathlib

import harness
from programs import only, tcp, verdicts
from server import Server

WGET = ["wget", "--quiet", "--no-netrc", "--no-config"]


def test_several_urls(server):
    base = f"http://127.0.0.1:{server.port}"
    run = harness.both([*WGET, "-O", "-", *(f"{base}/fixed?size={n}" for n in (1, 20, 300000))])
    assert run.status == 0 and len(run.out) == 300021
    assert verdicts(run.report) == {"drained/kept-alive": 1}
    connection, = tcp(run.report)
    assert (connection["requests"], connection["responses"], connection["reused"]) == (3, 3, 2)


def test_a_connection_that_the_server_ends(server):
    base = f"http://127.0.0.1:{server.port}"
    run = harness.both([*WGET, "-O", "/dev/null", f"{base}/last", f"{base}/close?size=50", f"{base}/fixed"])
    assert verdicts(run.report) == {"closed/drained": 2, "drained/kept-alive": 1}


def test_recursive(tmp_path):
    root = tmp_path / "site"
    (root / "sub").mkdir(parents=True)
    (root / "index.html").write_text('<html><a href="/a.html">a</a> <a href="/sub/b.html">b</a></html>')
    (root / "a.html").write_text("<html>a</html>")
    (root / "sub" / "b.html").write_text('<html><a href="/missing.html">none</a></html>')
    with Server(root=str(root)) as server:
        # 8: an error response, of missing.html; robots.txt makes the fifth request
        command = ["--recursive", "--no-parent", "-P"]
        for name, start in (("native", harness.native), ("recorded", harness.run)):
            run = start([*WGET, *command, str(tmp_path / name), f"http://127.0.0.1:{server.port}/index.html"])
            assert run.status == 8, run.err
            found = sorted(p.name for p in pathlib.Path(tmp_path / name).rglob("*.html"))
            assert found == ["a.html", "b.html", "index.html"]
    assert sum(c["requests"] for c in tcp(run.report)) == 5
    assert sum(c["responses"] for c in tcp(run.report)) == 5
    assert "leaked" not in str(verdicts(run.report))


def test_in_the_background_of_a_shell(server):
    """The shell has no sockets and leaves no dump of its own; its child does."""
    run = harness.both(["sh", "-c", f"{' '.join(WGET)} -O /dev/null http://127.0.0.1:{server.port}/fixed & wait"])
    assert verdicts(only(run, "wget")) == {"drained/kept-alive": 1}
    assert len(run.dumps()) == 1
