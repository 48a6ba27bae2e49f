# SPDX-License-Identifier: Apache-2.0
"""Programs that people use, in ordinary use, ended in the ordinary way: there is no `leaked` in any.

Each row is a server and its clients, all recorded. What a report still finds is in LEFT, by program, with the reason; a
finding that is not there is a false alarm, or a leak of that program that somebody has to look at. `./dev everyday` runs
all; what is quick is part of `./dev test`.
"""
import os
import pathlib
import re
import signal
import subprocess
import time

import pytest

import harness
import rest
import server as web
from programs import PYTHON, Service, free_port

KEPT = "it ends with the connection that it would use for its next request"
ASKED = "it ends when it has its answer, and lets its exit close the only connection"
OURS = "its own processes, or threads, wake each other through it, as long as it runs"
CHILD = "a process that it forks, for a client or as a worker, holds what it had open itself"

# Of each program what its report finds open at its end, and why that is so: nothing else may be.
LEFT = {
    "dash": {"open/inherited": "the shell that ncat runs for a client holds ncat's listener"},
    "dbus-daemon": {"open/pair": OURS},
    "dbus-send": {"drained/kept-alive": ASKED},
    "dnsmasq": {"open/datagram": "it listens for UDP", "open/netlink": "it listens for new addresses of the machine",
                "open/inherited": CHILD},
    "haproxy": {"drained/kept-alive": "connections to the servers behind it, which each thread keeps",
                "drained/bypassed": "the same"},
    "ncat": {"open/inherited": CHILD},
    "nginx": {"open/pair": OURS, "open/inherited": CHILD},
    "node": {"drained/kept-alive": KEPT},
    "perl": {"drained/kept-alive": KEPT},
    "php": {"drained/kept-alive": "curl_close() closes nothing since PHP 8: the handle's variable does, at the end",
            "open/pair": OURS},
    "redis-cli": {"drained/kept-alive": ASKED},
    "rsync": {"drained/kept-alive": ASKED, "drained/stale": "the child that served it ends as its client does",
              "open/pair": OURS},
    "socat": {"open/pair": "through it the program of SYSTEM is talked to", "open/inherited": CHILD},
    "sshd": {"drained/stale": "its monitor holds the connection that its child serves, and ends with that",
             "drained/kept-alive": "the same, where it ends before the client has closed",
             "open/pair": OURS},
    "uwsgi-core": {"open/pair": OURS, "open/inherited": CHILD},
    "vsftpd": {"open/pair": OURS, "open/inherited": CHILD},
}
# Of each program what it closes twice, which is no leak: strace shows the same EBADF.
TWICE = {
    "iperf3": "the server closes the stream of a test when the test is over, and again when it is freed",
    "tnftp": "it closes the connection of the data when all has come, and again on its way out",
}
SEEN = set()


def recorded(command, **how):
    """One program that runs to its end."""
    run = harness.run(["sh", "-ec", command], **how)
    assert run.status == 0, f"{command}: exited with {run.status}\n{run.err}{run.out}"
    return run.reports


def program(report):
    """Without its version: php, python."""
    return re.sub(r"\d\.\d+$", "", os.path.basename(report["process"]["exe"]))


def look(reports):
    SEEN.update(program(r) for r in reports)
    left = {(program(r), f"{c['verdict']}/{c['reason']}") for r in reports for c in r["connections"]
            if c["verdict"] not in ("closed", "closed-early", "listening")}
    assert not sorted((name, said) for name, said in left if said not in LEFT.get(name, ()))
    assert not [said for _, said in left if said.startswith("leaked")]
    assert not [(program(r), r["closed_twice"]) for r in reports if r["closed_twice"] and program(r) not in TWICE]


@pytest.fixture(scope="module", name="folder")
def make_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("everyday")
    (folder / "index.html").write_text("everyday\n" * 1000)
    os.chmod(folder, 0o755)
    return folder


@pytest.fixture(scope="module", name="behind")
def make_behind(folder):
    """Where proxies fetch from: the port of a server that is not recorded."""
    with web.Server(root=str(folder)) as server:
        yield server.port


def write(folder, name, text):
    (folder / name).write_text(text)
    return str(folder / name)


# ---- servers: how each is started, and its clients --------------------------------------------------------------

NGINX = """daemon off; error_log stderr; pid {folder}/nginx.pid; worker_processes 2; user root; events {{}}
http {{ access_log off; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s; server {{ listen 127.0.0.1:{port}; root {folder}; }} }}"""
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
APACHE = """ServerRoot /etc/apache2
ServerName localhost
PidFile {folder}/apache.pid
ErrorLog /dev/stderr
Listen 127.0.0.1:{port}
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
DocumentRoot {folder}
<Directory {folder}>
 Require all granted
</Directory>
"""
SQUID = """http_port 127.0.0.1:{port}
http_access allow all
cache deny all
access_log none
cache_log /dev/null
cache_store_log none
pid_filename none
shutdown_lifetime 0 seconds
pinger_enable off
netdb_filename none
"""
TINYPROXY = "Port {port}\nListen 127.0.0.1\nTimeout 20\nMaxClients 20\nAllow 127.0.0.1\n"
UNBOUND = """server:
 interface: 127.0.0.1
 port: {port}
 do-daemonize: no
 use-syslog: no
 chroot: ""
 username: ""
 directory: "{folder}"
 pidfile: ""
 local-zone: "example." static
 local-data: "a.example. A 192.0.2.1"
remote-control:
 control-enable: no
"""
BUS = """<busconfig><type>session</type><listen>tcp:host=127.0.0.1,port={port}</listen><auth>ANONYMOUS</auth><allow_anonymous/>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>
"""
WEBRICK = "require 'webrick'; s = WEBrick::HTTPServer.new(Port: {port}, BindAddress: '127.0.0.1', DocumentRoot: '{folder}', " \
          "AccessLog: [], Logger: WEBrick::Log.new(File::NULL)); trap('TERM') {{ s.shutdown }}; s.start"
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
      "printf 'GET / HTTP/1.0\\r\\n\\r\\n' | socat -t 300 - TCP:127.0.0.1:{port}",
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
    ("apache2", {"apache.conf": APACHE}, "apache2 -f {folder}/apache.conf -D FOREGROUND",
     [CURL + " " + URL, "w3m -dump_source " + URL + " >/dev/null", "lynx -source " + URL + " >/dev/null",
      "aria2c -q --no-conf --allow-overwrite=true -d {folder} -o aria " + URL]),
    ("haproxy", {"haproxy.cfg": HAPROXY}, "haproxy -f {folder}/haproxy.cfg", [CURL + " " + URL, REQUESTS]),
    ("squid", {"squid.conf": SQUID}, "squid -N -f {folder}/squid.conf",
     ["curl -sS -o /dev/null -x http://127.0.0.1:{port} http://127.0.0.1:{behind}/index.html"]),
    ("tinyproxy", {"tinyproxy.conf": TINYPROXY}, "tinyproxy -d -c {folder}/tinyproxy.conf >/dev/null",
     ["curl -sS -o /dev/null -x http://127.0.0.1:{port} http://127.0.0.1:{behind}/index.html",
      "curl -sS -o /dev/null -p -x http://127.0.0.1:{port} http://127.0.0.1:{behind}/index.html"]),
    ("dnsmasq", {}, "dnsmasq -k -u root -C /dev/null -a 127.0.0.1 -p {port} --bind-interfaces -A /a.example/192.0.2.1 -R -h",
     ["dig +short -p {port} @127.0.0.1 a.example >/dev/null", "dig +tcp +short -p {port} @127.0.0.1 a.example >/dev/null"]),
    ("unbound", {"unbound.conf": UNBOUND}, "unbound -d -c {folder}/unbound.conf",
     ["dig +short -p {port} @127.0.0.1 a.example >/dev/null", "dig +tcp +short -p {port} @127.0.0.1 a.example >/dev/null"]),
    ("uwsgi", {"app.py": APP.replace("app(environ", "application(environ")},
     "uwsgi --plugin python3 --http-socket 127.0.0.1:{port} --chdir {folder} --module app --processes 2 --die-on-term --master",
     [CURL]),
    ("webrick", {}, "ruby -e \"" + WEBRICK + "\"",
     [CURL, "ruby -rnet/http -e 'Net::HTTP.start(\"127.0.0.1\", {port}) {{ |h| 3.times {{ h.get(\"/index.html\") }} }}'"]),
    ("iperf3", {}, "iperf3 -s -B 127.0.0.1 -p {port}", ["iperf3 -c 127.0.0.1 -p {port} -n 100K >/dev/null"]),
    ("ncat", {}, "ncat -k -l 127.0.0.1 {port} --sh-exec 'echo hello'", ["ncat --recv-only 127.0.0.1 {port}", "nmap -n -Pn -sT -p {port} 127.0.0.1 >/dev/null",
                                                                  "sleep 1 | inetutils-telnet 127.0.0.1 {port} >/dev/null || test $? = 1"]),
    ("ftp", {"vsftpd.conf": VSFTPD}, "vsftpd {folder}/vsftpd.conf",
     ["tnftp -V -n -o /dev/null ftp://127.0.0.1:{port}/index.html", "wget -q -O /dev/null ftp://127.0.0.1:{port}/index.html"]),
    ("nghttpd", {}, "nghttpd --no-tls -a 127.0.0.1 -d {folder} {port}",
     ["nghttp -n http://127.0.0.1:{port}/index.html", "h2load -n 20 -c 2 http://127.0.0.1:{port}/index.html >/dev/null",
      "curl -sS --http2-prior-knowledge -o /dev/null " + URL]),
    ("dbus", {"bus.conf": BUS}, "dbus-daemon --nofork --nosyslog --config-file={folder}/bus.conf",
     ["DBUS_SESSION_BUS_ADDRESS=tcp:host=127.0.0.1,port={port} dbus-send --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.ListNames >/dev/null"]),
    ("git", {}, "git daemon --reuseaddr --export-all --listen=127.0.0.1 --port={port} --base-path={folder}",
     ["git ls-remote -q git://127.0.0.1:{port}/it.git >/dev/null"]),
]
QUICK = {"python", "nginx", "redis", "socat"}


def prepare(folder, files, **values):
    for name, text in files.items():
        write(folder, name, text.format(folder=folder, **values))
    if not (folder / "host").exists():
        for name in ("host", "user"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True)
        web.certificate(str(folder))
        if os.getuid() == 0:  # else sshd wants none
            pathlib.Path("/run/sshd").mkdir(exist_ok=True)
        subprocess.run(["git", "init", "-q", "--bare", str(folder / "it.git")], check=True)


@pytest.mark.parametrize("row", [pytest.param(r, id=r[0]) for r in ROWS if r[0] in QUICK or "CONNLEAK_EVERYDAY" in os.environ])
def test_server_and_clients(row, folder, behind):
    _, files, command, clients = row
    port = free_port()
    prepare(folder, files, port=port, behind=behind)
    with Service(["sh", "-c", "exec " + command.format(folder=folder, port=port, behind=behind)], port, recorded=True,
                 stop=signal.SIGTERM, env={"PYTHONPATH": str(folder)}) as service:
        for client in clients:
            look(recorded(client.format(folder=folder, port=port, behind=behind)))
        harness.until(lambda: rest.delivered(port))  # it knows that its last client has gone
        time.sleep(0.3)  # ordinary use: a server is not ended in the instant in which that happens
        service.stop()
    assert service.reports, service.output()
    look(service.reports)


@pytest.mark.skipif("CONNLEAK_EVERYDAY" not in os.environ, reason="./dev everyday runs all of them")
def test_they_are_thirty():
    """The shell that starts them is none; and what is explained is a program that was seen."""
    assert len(SEEN - {"sh", "dash", "bash"}) >= 30, sorted(SEEN)
    assert set(LEFT) | set(TWICE) <= SEEN | {"dash"}
