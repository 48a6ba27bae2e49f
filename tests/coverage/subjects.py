# SPDX-License-Identifier: Apache-2.0
"""The real programs whose sockets are counted: each a function that runs it by `trace`, in `folder`,
against the integration server at `base`."""
import contextlib
import os
import pathlib
import subprocess
import sys
import tempfile

import harness
from compare import compare
from kernel import STRACE
from server import Server

sys.path.insert(0, str(harness.ROOT / "tests" / "real"))
from programs import PYTHON, free_port, wait_for  # noqa: E402

CLIENTS = harness.ROOT / "tests" / "clients"


class Tracer:
    """Runs a command as strace's child, with the recorder in it."""

    def __init__(self, strace, folder):
        self.folder, self.log = folder, os.path.join(folder, "strace.log")
        self.prefix = [*strace, "-o", self.log, "-E", f"LD_PRELOAD={harness.LIBRARY}", "-E",
                       f"CONNLEAK_OUTPUT={folder}", "-E", "CONNLEAK_HISTORY=100000",
                       "-E", "CONNLEAK_INODES=1000000"]  # by which they are known to strace, too

    def run(self, *command, status=(0,), **how):
        result = subprocess.run([*self.prefix, *command], env=harness.environment(how.pop("env", None)), text=True,
                                capture_output=True, timeout=harness.TIMEOUT, cwd=self.folder, **how)
        assert result.returncode in status, (command, result.returncode, result.stderr)
        return result

    @contextlib.contextmanager
    def serve(self, port, stop, *command):
        """A server, which `stop` ends."""
        process = subprocess.Popen([*self.prefix, *command], env=harness.environment(), stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, cwd=self.folder)
        try:
            wait_for(port, process)
            yield
            subprocess.run(stop, check=True, capture_output=True, timeout=harness.TIMEOUT)
            process.wait(harness.TIMEOUT)
        finally:
            process.kill()
            process.wait()


def measure(subject):
    """Its sockets as the kernel and as the recorder saw them."""
    with tempfile.TemporaryDirectory(prefix="connleak-coverage-") as folder, Server() as server:
        trace = Tracer(STRACE, folder)
        subject(trace, f"http://127.0.0.1:{server.port}")
        return compare(trace.log, folder)


def curl(trace, base):
    trace.run("curl", "-s", "-o", "/dev/null", f"{base}/fixed", f"{base}/last", f"{base}/close?size=100000", f"{base}/last")


def wget(trace, base):
    trace.run("wget", "-q", "-O", "/dev/null", f"{base}/fixed", f"{base}/last", f"{base}/chunked")


def curl_by_name(trace, base):
    trace.run("curl", "-s", "-o", "/dev/null", f"http://localhost:{base.rsplit(':', 1)[1]}/fixed")


def git(trace, base):
    trace.run("git", "ls-remote", f"{base}/none.git", status=(128,), env={"GIT_TERMINAL_PROMPT": "0"})


def python(trace, base):
    trace.run(PYTHON, "-c", """
import asyncio, os, requests, socket, subprocess, sys, threading
base = sys.argv[1]; host, port = base[7:].split(":")
s = requests.Session(); s.get(base + "/fixed")
subprocess.run(["/bin/true"]); subprocess.run(["/bin/true"], close_fds=False)
def many():
    for _ in range(20): requests.get(base + "/fixed")
threads = [threading.Thread(target=many) for _ in range(4)]
[t.start() for t in threads]; [t.join() for t in threads]
async def one():
    r, w = await asyncio.open_connection(host, port); w.close(); await w.wait_closed()
asyncio.run(one())
a, b = socket.socketpair(); c = a.dup(); os.dup2(b.fileno(), c.fileno())
d = socket.create_connection((host, port)); socket.send_fds(a, [b"x"], [d.fileno()]); d.close()
data, fds, flags, _ = socket.recv_fds(b, 1, 2); os.close(fds[0])
if os.fork() == 0:
    requests.get(base + "/fixed"); os.close(a.fileno()); os._exit(0)
os.wait()
""", base)


def perl(trace, base):
    trace.run("perl", "-MHTTP::Tiny", "-e", "HTTP::Tiny->new->get($ARGV[0]) for 1 .. 5", f"{base}/last")


def bash(trace, base):
    trace.run("bash", "-c", f"exec 3<>/dev/tcp/127.0.0.1/{base.rsplit(':', 1)[1]}; printf x >&3; cat /dev/null <&3; exec 3>&-")


def node(trace, base):
    trace.run("node", str(CLIENTS / "get.js"), f"{base}/fixed?size=300000", "unread")

def node_closes(trace, base):
    trace.run("node", "-e", """
const http = require('http'); let n = 0;
function go() { if (n++ < 10) http.get(process.argv[1], { agent: false }, (r) => { r.resume(); r.on('close', go); }); }
go();""", f"{base}/last")


def java(trace, base):
    pathlib.Path(trace.folder, "C.java").write_text("""
public class C { public static void main(String[] a) throws Exception {
  for (int i = 0; i < 5; i++) try (var in = new java.net.URL(a[0]).openStream()) { in.readAllBytes(); }
  try (var c = java.nio.channels.SocketChannel.open(new java.net.InetSocketAddress("127.0.0.1", Integer.parseInt(a[1])))) { }
} }""")
    subprocess.run(["javac", "C.java"], cwd=trace.folder, check=True, timeout=harness.TIMEOUT)
    trace.run("java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "C", f"{base}/last", base.rsplit(":", 1)[1])


def psql(trace, base):
    trace.run("psql", "-X", "-h", "127.0.0.1", "-p", str(free_port()), "d", status=(2,))


def redis_cli(trace, base):
    trace.run("redis-cli", "-p", str(free_port()), "ping", status=(1,))


def redis_server(trace, base):
    port = free_port()
    with trace.serve(port, ["redis-cli", "-p", str(port), "shutdown", "nosave"], "redis-server", "--port", str(port),
                     "--bind", "127.0.0.1", "--save", "", "--dir", trace.folder):
        subprocess.run(["redis-benchmark", "-p", str(port), "-n", "300", "-c", "20", "-t", "set", "-q"], check=True,
                       capture_output=True, timeout=harness.TIMEOUT)


NGINX = """daemon off; %s worker_processes 2; error_log /dev/null; pid {0}/pid; events {{ }}
http {{ access_log off; client_body_temp_path {0}/b; proxy_temp_path {0}/p; fastcgi_temp_path {0}/f;
uwsgi_temp_path {0}/u; scgi_temp_path {0}/s;
server {{ listen 127.0.0.1:{1}; location / {{ return 200 x; }} location /p/ {{ proxy_pass {2}/; }} }} }}"""


def nginx(trace, base):
    port, conf = free_port(), os.path.join(trace.folder, "nginx.conf")
    user = "user root;" if os.getuid() == 0 else ""
    pathlib.Path(conf).write_text((NGINX % user).format(trace.folder, port, base))
    program = [harness.which("nginx", "/usr/sbin/nginx"), "-e", "/dev/null", "-p", trace.folder, "-c", conf]
    with trace.serve(port, [*program, "-s", "quit"], *program):
        subprocess.run(["wrk", "-t1", "-c8", "-d1s", "-H", "Connection: close", f"http://127.0.0.1:{port}/"], check=True,
                       capture_output=True, timeout=harness.TIMEOUT)
        subprocess.run(["curl", "-s", f"http://127.0.0.1:{port}/p/fixed", f"http://127.0.0.1:{port}/p/last"], check=True,
                       capture_output=True, timeout=harness.TIMEOUT)


ALL = {f.__name__: f for f in (curl, curl_by_name, wget, git, python, perl, bash, node, node_closes, java, psql, redis_cli,
                               redis_server, nginx)}


def raw_system_calls(trace, base):
    """The control: a program that opens and closes past libc must be found out."""
    trace.run(PYTHON, "-c", """
import ctypes, mmap, socket
s = socket.create_connection(("127.0.0.1", int(%s)))
# mov edi, edi; mov eax, 3 (close); syscall; ret
code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
code.write(bytes.fromhex("b8030000000f05c3"))
close = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(code)))
assert close(s.fileno()) == 0
s.detach()
# mov eax, 41 (socket); syscall; ret
code.seek(0); code.write(bytes.fromhex("b8290000000f05c3"))
assert ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_int)(
    ctypes.addressof(ctypes.c_char.from_buffer(code)))(1, 1, 0) >= 0
import os; os._exit(0)
""" % base.rsplit(":", 1)[1])
