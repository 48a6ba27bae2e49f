# SPDX-License-Identifier: Apache-2.0
"""TLS on the accepted side (nginx), between servers (nginx and its upstream), and by libpq."""
import os
import re
import signal
import subprocess

import pytest

import harness
from programs import Service, eventually, free_port, nothing_left, only
from server import certificate
from test_postgresql import as_user, cluster, find, ready  # noqa: F401

CONF = """
daemon off; master_process off; {user} error_log stderr warn; pid {folder}/nginx.pid;
events {{ worker_connections 256; }}
http {{
  access_log off; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s; keepalive_timeout 600; keepalive_requests 1000000;
  ssl_certificate {cert}; ssl_certificate_key {key};
  upstream back {{ server 127.0.0.1:{back}; keepalive 1; }}
  server {{
    listen 127.0.0.1:{port} ssl;
    location / {{ root {folder}; }}
    location /proxy/ {{ proxy_pass https://back/; proxy_http_version 1.1; proxy_set_header Connection "";
                        proxy_ssl_server_name on; proxy_ssl_name inner; }}
  }}
  server {{ listen 127.0.0.1:{port2} ssl http2; location / {{ root {folder}; }} }}
}}
"""
USER = "user root;" if os.getuid() == 0 else ""


@pytest.fixture
def nginx(tmp_path, tls_server):
    """One process, as a service with .port (HTTP/1.1), .port2 (HTTP/2) and .cert."""
    cert, key = certificate(str(tmp_path))
    port, port2 = free_port(), free_port()
    (tmp_path / "nginx.conf").write_text(CONF.format(user=USER, folder=tmp_path, cert=cert, key=key, port=port,
                                                     port2=port2, back=tls_server.port))
    (tmp_path / "small").write_text("s" * 100)
    (tmp_path / "large").write_text("l" * 1000000)
    with Service([harness.which("nginx", "/usr/sbin/nginx"), "-e", "stderr", "-p", str(tmp_path), "-c",
                  str(tmp_path / "nginx.conf")], port, True, signal.SIGTERM) as service:
        service.port, service.port2, service.cert = port, port2, cert
        yield service


def get(service, *arguments, port=None):
    url = f"https://localhost:{port or service.port}"
    return subprocess.run(["curl", "--silent", "--show-error", "--cacert", service.cert,
                           *(url + a if a[0] == "/" else a for a in arguments)],
                          capture_output=True, text=True, timeout=harness.TIMEOUT, check=True).stdout


def sockets(report, role):
    """TLS connections on which anything was said; .stop() closes what nginx held."""
    return [c for c in report["connections"] if c["tls"] and c["role"] == role]


def test_curl_asks_nginx(nginx):
    assert len(get(nginx, "/small", "/large")) == 1000100
    get(nginx, "/small", port=nginx.port2)

    def verdicts():
        return [c["verdict"] for r in harness.report(nginx.folder).reports for c in sockets(r, "server")]

    assert eventually(verdicts, ["closed", "closed"])  # curl may be gone before nginx has noticed
    nginx.stop()
    one, two = sockets(nginx.reports[0], "server")
    assert (one["protocol"], one["host"], one["verdict"], one["requests"], one["responses"]) == (
        "http/1.1", "localhost", "closed", 2, 2)
    assert (one["alpn"], two["alpn"]) == ("http/1.1", "h2")
    assert (two["protocol"], two["host"], two["verdict"], two["requests"], two["responses"]) == (
        "h2", "localhost", "closed", 1, 1)


def test_gnutls_notes_what_was_chosen(nginx):
    run = harness.run([harness.which("gnutls-cli"), "--x509cafile", nginx.cert, "--alpn", "http/1.1", "--port",
                       str(nginx.port), "--logfile", "/dev/null", "localhost"],
                      stdin="GET /small HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    connection, = [c for c in run.report["connections"] if c["tls"]]
    assert (connection["alpn"], connection["requests"], connection["responses"]) == ("http/1.1", 1, 1)


def test_an_upstream_that_is_kept(nginx):
    """A pool of one towards a TLS server: used again, and named as nginx named it."""
    for _ in range(3):
        assert len(get(nginx, "/proxy/fixed?size=20000")) == 20000
    running, = [r for r in harness.report(nginx.folder).reports if r["summary"]["sockets"]]
    upstream, = sockets(running, "client")
    assert (upstream["requests"], upstream["responses"], upstream["reused"]) == (3, 3, 2)
    assert (upstream["verdict"], upstream["protocol"], upstream["host"]) in [
        ("drained", "http/1.1", "inner"), ("active", "http/1.1", "inner")]  # within --idle
    nginx.stop()


def test_wrk_loads_nginx(nginx):
    """Thousands of requests on sixteen sessions: every one is counted, none is mixed up."""
    result = subprocess.run([harness.which("wrk"), "-t1", "-c16", "-d2s", f"https://127.0.0.1:{nginx.port}/small"],
                            capture_output=True, text=True, timeout=harness.TIMEOUT, check=True)
    nginx.stop()
    done = int(re.search(r"(\d+) requests in", result.stdout)[1])
    accepted = sockets(nginx.reports[0], "server")
    assert len(accepted) >= 16
    assert {c["protocol"] for c in accepted if c["requests"]} == {"http/1.1"}
    assert done <= sum(c["responses"] for c in accepted) <= sum(c["requests"] for c in accepted) <= done + 32
    assert nginx.reports[0]["summary"]["leaked"] == 0


# ---- PostgreSQL --------------------------------------------------------------------------------------------

def test_psql_over_tls(cluster):  # noqa: F811
    """SSLRequest in the plain, then TLS on the same connection; libpq has a BIO of its own."""
    cert, key = certificate(cluster)
    if os.getuid() == 0:
        for path in (cert, key):
            os.chown(path, as_user()["user"], as_user()["group"])
    os.chmod(key, 0o600)
    port = free_port()
    with Service([find("postgres"), "-D", f"{cluster}/data", "-p", str(port), "-h", "127.0.0.1", "-k", cluster, "-c",
                  "fsync=off", "-c", "ssl=on", "-c", f"ssl_cert_file={cert}", "-c", f"ssl_key_file={key}"], port, False,
                 signal.SIGINT, cwd=cluster, **as_user()) as service:
        ready(cluster, service)
        run = harness.both(["psql", "-X", "-A", "-t", "-c", "select 1", "-c", "select repeat('x', 100000)", "-c", "select 2",
                            f"host=127.0.0.1 port={port} user=u dbname=postgres sslmode=require"])
        assert run.status == 0 and run.out.startswith("1\nxxx") and run.out.endswith("x\n2\n")
        report = only(run, "psql")
        connection = [c for c in report["connections"] if c["tls"]][-1]
        assert (connection["protocol"], connection["verdict"], connection["reason"]) == ("postgresql", "closed", "drained")
        assert connection["requests"] == connection["responses"] >= 3
        nothing_left(run)
