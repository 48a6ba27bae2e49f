# SPDX-License-Identifier: Apache-2.0
"""nginx with a master and two workers: accepted connections, sockets inherited across fork, its own channels."""
import os
import re
import signal
import subprocess

import pytest

import harness
from programs import Service, eventually, free_port, tcp, verdicts

CONF = """
daemon off; {user} worker_processes 2; error_log stderr warn; pid {folder}/nginx.pid;
events {{ worker_connections 256; }}
http {{
  access_log off; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s; keepalive_timeout 600; keepalive_requests 1000000;
  upstream back {{ server 127.0.0.1:{back}; keepalive 4; }}
  server {{
    listen 127.0.0.1:{port};
    location / {{ root {folder}; }}
    location /proxy/ {{ proxy_pass http://back/; proxy_http_version 1.1; proxy_set_header Connection ""; }}
  }}
}}
"""

# As root its workers would drop to another user, who may not read the test's folder.
USER = "user root;" if os.getuid() == 0 else ""


@pytest.fixture
def nginx(tmp_path, server):
    """Starts it: nginx(...) -> Service, with .port."""
    started = []

    def start(recorded=True, stop=signal.SIGQUIT):
        port = free_port()
        (tmp_path / "nginx.conf").write_text(CONF.format(user=USER, folder=tmp_path, port=port, back=server.port))
        (tmp_path / "small").write_text("s" * 100)
        (tmp_path / "large").write_text("l" * 1000000)
        service = Service([harness.which("nginx", "/usr/sbin/nginx"), "-e", "stderr", "-p", str(tmp_path), "-c",
                           str(tmp_path / "nginx.conf")], port, recorded, stop)
        service.port = port
        started.append(service)
        return service

    yield start
    for service in started:
        service.__exit__()


def get(*arguments):
    return subprocess.run(["curl", "--silent", "--show-error", *arguments], capture_output=True, text=True, timeout=harness.TIMEOUT,
                          check=True).stdout


def workers(service):
    master = service.reports[0]["process"]["pid"]
    return [r for r in service.reports if r["process"]["ppid"] == master]


def test_quits_gracefully_with_nothing_left(nginx):
    service = nginx()
    base = f"http://127.0.0.1:{service.port}"
    assert get(f"{base}/small", f"{base}/small", f"{base}/large") == "s" * 200 + "l" * 1000000
    assert get(f"{base}/proxy/fixed?size=7", f"{base}/proxy/chunked?size=8") == "x" * 7 + "y" * 8
    service.stop()
    assert service.status == 0, service.output()
    assert len(workers(service)) == 2
    served = [c for r in workers(service) for c in tcp(r) if c["role"] == "server"]
    # Our own probe, that the port is open, sent no request; each curl used one connection.
    assert sorted(c["responses"] for c in served) == [0, 2, 3]
    assert {c["verdict"] for c in served} == {"closed"}
    upstream = [c for r in workers(service) for c in tcp(r) if c["role"] == "client"]
    assert [(c["requests"], c["responses"]) for c in upstream] == [(2, 2)]
    for report in service.reports:
        assert (report["summary"]["leaked"], report["summary"]["drained"]) == (0, 0), verdicts(report)
        assert report["process"]["end"] == "exit"


def test_idle_keep_alive_connections_are_drained(nginx):
    """Stopped at once, with two clients that were served and went on waiting."""
    import http.client
    service = nginx(stop=signal.SIGTERM)
    clients = []
    for _ in range(2):
        c = http.client.HTTPConnection("127.0.0.1", service.port)
        c.request("GET", "/small")
        assert len(c.getresponse().read()) == 100
        clients.append(c)
    def idle():
        running = harness.report(service.folder, options=["--idle", "0"])
        return [(c["verdict"], c["reason"], c["evidence"], c["responses"]) for r in running.reports for c in tcp(r)
                if c["role"] == "server" and c["verdict"] != "closed"]

    # The client has its answer before the call that sent it has returned.
    assert eventually(idle, 2 * [("drained", "kept-alive", "framing", 1)])
    service.stop()
    assert service.status == 0
    assert sum(r["summary"]["leaked"] for r in service.reports) == 0


WRK = r"(\d+) requests in"
LEFT_BY_WRK = {"leaked/unread", "leaked/undrained", "leaked/abandoned", "active/waiting", "drained/kept-alive",
               "drained/bypassed", "drained/unused", "drained/stale"}


def test_wrk(nginx):
    """Under load, and the load generator recorded, too: as many requests on one side as on the other."""
    service = nginx()
    run = harness.run(["wrk", "-t2", "-c10", "-d3s", "--timeout", "60s", f"http://127.0.0.1:{service.port}/small"])
    assert run.status == 0, run.err
    service.stop()
    done = int(re.search(WRK, run.out).group(1))
    assert done > 100 and "Socket errors" not in run.out
    clients, served = tcp(run.report), [c for r in workers(service) for c in tcp(r) if c["role"] == "server"]
    # wrk probes the server with a connection of its own, and begins the ten
    assert len(clients) in (10, 11)
    responses = sum(c["responses"] for c in clients)
    assert done <= responses <= done + 10
    answered = sum(c["responses"] for c in served)
    assert responses <= answered <= responses + 10
    # wrk stops in the middle of its requests and leaves the closing to its exit; nginx leaves nothing.
    assert verdicts(run.report).keys() <= {"closed/drained", "closed/unused", *LEFT_BY_WRK}
    for report in service.reports:
        assert report["summary"]["leaked"] == report["summary"]["drained"] == 0, verdicts(report)


def test_a_connection_per_request(nginx):
    service = nginx()
    run = harness.run(["wrk", "-t1", "-c4", "-d1s", "-H", "Connection: close",
                       f"http://127.0.0.1:{service.port}/small"])
    assert run.status == 0, run.err
    service.stop()
    done = int(re.search(WRK, run.out).group(1))
    for report in service.reports:
        assert report["summary"]["leaked"] == report["summary"]["drained"] == 0, verdicts(report)
    accepted = sum(r["summary"]["connections"] for r in workers(service))
    assert done <= accepted <= done + 8, "every one was counted, those no longer listed, too"
    assert sum(r["summary"]["responses"] for r in workers(service)) >= done
