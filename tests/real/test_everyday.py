# SPDX-License-Identifier: Apache-2.0
"""Programs that people use, in ordinary use, ended in the ordinary way: there is no `leaked` in any.

Each row is a client and the server that it talks to, both recorded, with what a report may still find: the name of a
program, what is left, and why that is so. A finding without a name here is a false alarm, or a leak of that program
that somebody has to look at. `./dev everyday` runs all; what is quick is part of `./dev test`.
"""
import os
import pathlib
import signal
import subprocess
import time

import pytest

import harness
import server as web
from programs import PYTHON, Service, free_port

# program: what is left open in it when it ends in the ordinary way, and why that is right.
EXPLAINED = {
    "drained/kept-alive": "a client that ends with a connection in its pool, or a server that is stopped while clients keep theirs",
    "drained/unused": "the same, before anything was said",
    "drained/bypassed": "the same, of one that opened a second",
    "drained/stale": "the peer closed it while it sat idle, and the program ended before it looked",
    "active/waiting": "a server that is stopped while it waits for a client",
}


def recorded(command, **how):
    """One program that runs to its end."""
    run = harness.run(["sh", "-ec", command], **how)
    assert run.status == 0, f"{command}: exited with {run.status}\n{run.err}{run.out}"
    return run.reports


def look(reports):
    left = [(os.path.basename(r["process"]["exe"]), f"{c['verdict']}/{c['reason']}", c)
            for r in reports for c in r["connections"] if c["verdict"] in ("leaked", "drained", "active")]
    assert not [(exe, said, c) for exe, said, c in left if said not in EXPLAINED]


@pytest.fixture(scope="module", name="folder")
def make_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("everyday")
    (folder / "index.html").write_text("everyday\n" * 1000)
    os.chmod(folder, 0o755)
    return folder


def write(folder, name, text):
    (folder / name).write_text(text)
    return str(folder / name)


# ---- servers: how each is started, and its clients --------------------------------------------------------------

NGINX = """daemon off; error_log stderr; pid {folder}/nginx.pid; worker_processes 2; user root; events {{}}
http {{ access_log off; server {{ listen 127.0.0.1:{port}; root {folder}; }} }}"""
LIGHTTPD = """server.document-root = "{folder}"
server.port = {port}
server.bind = "127.0.0.1"
"""
HAPROXY = """defaults
 mode http
 timeout connect 5s
 timeout client 5s
 timeout server 5s
frontend f
 bind 127.0.0.1:{port}
 default_backend b
backend b
 server s 127.0.0.1:{behind}
"""
APP = """def app(environ, start):
    start("200 OK", [("Content-Length", "3")])
    return [b"yes"]
"""
RSYNCD = "port = {port}\naddress = 127.0.0.1\nuse chroot = no\n[all]\npath = {folder}\nread only = yes\n"
VSFTPD = """listen=YES
listen_address=127.0.0.1
listen_port={port}
anonymous_enable=YES
anon_root={folder}
no_anon_password=YES
seccomp_sandbox=NO
secure_chroot_dir=/var/run
background=NO
"""
SSHD = """Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host
PidFile {folder}/sshd.pid
AuthorizedKeysFile {folder}/user.pub
StrictModes no
UsePAM no
"""
SSH = "ssh -q -F none -p {port} -i {folder}/user -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null root@127.0.0.1"
URL = "http://127.0.0.1:{port}/index.html"
CURL = "curl -sS -o /dev/null " + URL
LWP = "perl -MLWP::UserAgent -e 'my $a = LWP::UserAgent->new(keep_alive => 1); $a->get(\"" + URL + "\")->is_success || die for 1..3'"
REQUESTS = PYTHON + " -c 'import requests; s = requests.Session(); [s.get(\"" + URL + "\").text for _ in range(3)]; s.close()'"
URLLIB = PYTHON + " -c 'import urllib.request as u; [u.urlopen(\"" + URL + "\").read() for _ in range(3)]'"
PHP = "php -r '$h = curl_init(\"" + URL + "\"); curl_setopt($h, CURLOPT_RETURNTRANSFER, true); curl_exec($h); curl_close($h);'"
NODE = "node -e 'fetch(\"" + URL + "\").then(r => r.text()).then(() => process.exit(0))'"

# name, files to write, command of the server (None: somebody else's), clients
ROWS = [
    ("python", {}, PYTHON + " -m http.server -b 127.0.0.1 -d {folder} {port}",
     [CURL, "wget -q -O /dev/null " + URL, URLLIB, "lftp -c 'cat " + URL + "' >/dev/null", LWP]),
    ("nginx", {"nginx.conf": NGINX}, "nginx -c {folder}/nginx.conf -e stderr",
     [CURL + " " + URL, REQUESTS, LWP, PHP, NODE, "ab -q -k -n 50 -c 5 " + URL,
      "printf 'GET / HTTP/1.0\\r\\n\\r\\n' | socat - TCP:127.0.0.1:{port}",
      "printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc -q 1 127.0.0.1 {port}"]),
    ("lighttpd", {"lighttpd.conf": LIGHTTPD}, "lighttpd -D -f {folder}/lighttpd.conf", [CURL, REQUESTS]),
    ("gunicorn", {"app.py": APP}, "gunicorn -w 3 -b 127.0.0.1:{port} --chdir {folder} app:app", [CURL, REQUESTS]),
    ("php", {}, "php -q -S 127.0.0.1:{port} -t {folder}", [CURL, PHP]),
    ("redis", {}, "redis-server --port {port} --bind 127.0.0.1 --save ''",
     ["redis-cli -p {port} set a b", "redis-benchmark -p {port} -n 200 -c 5 -q"]),
    ("memcached", {}, "memcached -u nobody -l 127.0.0.1 -p {port}", ["printf 'stats\\r\\nquit\\r\\n' | nc -q 1 127.0.0.1 {port}"]),
    ("mosquitto", {}, "mosquitto -p {port}", ["mosquitto_pub -p {port} -t a -m b -q 1", "mosquitto_sub -p {port} -t a -W 1 || test $? = 27"]),
    ("rsync", {"rsyncd.conf": RSYNCD}, "rsync --daemon --no-detach --config={folder}/rsyncd.conf",
     ["rsync -q rsync://127.0.0.1:{port}/all/index.html {folder}/copy"]),
    ("vsftpd", {"vsftpd.conf": VSFTPD}, "vsftpd {folder}/vsftpd.conf",
     ["curl -sS -o /dev/null ftp://127.0.0.1:{port}/index.html", "lftp -c 'open -p {port} 127.0.0.1; cat index.html' >/dev/null"]),
    ("sshd", {"sshd.conf": SSHD}, "/usr/sbin/sshd -D -e -f {folder}/sshd.conf", [SSH + " true", SSH + " cat {folder}/index.html"]),
    ("socat", {}, "socat TCP-LISTEN:{port},bind=127.0.0.1,fork,reuseaddr SYSTEM:'echo hello'",
     ["socat -u TCP:127.0.0.1:{port} -", "nc -d 127.0.0.1 {port}"]),
    ("openssl", {}, "openssl s_server -quiet -accept {port} -www -cert {folder}/cert.pem -key {folder}/key.pem",
     ["curl -sS -k -o /dev/null https://127.0.0.1:{port}/", "printf 'GET / HTTP/1.0\\r\\n\\r\\n' | openssl s_client -quiet -connect 127.0.0.1:{port} 2>/dev/null",
      "wget -q --no-check-certificate -O /dev/null https://127.0.0.1:{port}/"]),
]
QUICK = {"python", "nginx", "redis", "socat"}


def prepare(folder, files, **values):
    for name, text in files.items():
        write(folder, name, text.format(folder=folder, **values))
    if not (folder / "host").exists():
        for name in ("host", "user"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True)
        web.certificate(str(folder))
        pathlib.Path("/run/sshd").mkdir(exist_ok=True)


@pytest.mark.parametrize("row", [pytest.param(r, id=r[0]) for r in ROWS if r[0] in QUICK or "CONNLEAK_EVERYDAY" in os.environ])
def test_server_and_clients(row, folder):
    _, files, command, clients = row
    port = free_port()
    prepare(folder, files, port=port)
    with Service(["sh", "-c", "exec " + command.format(folder=folder, port=port)], port, recorded=True,
                 stop=signal.SIGTERM, env={"PYTHONPATH": str(folder)}) as service:
        for client in clients:
            look(recorded(client.format(folder=folder, port=port)))
        time.sleep(0.3)  # ordinary use: a server is not ended in the instant in which its last client goes
        service.stop()
    assert service.reports, service.output()
    look(service.reports)
