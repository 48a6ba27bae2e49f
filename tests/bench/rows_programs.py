# SPDX-License-Identifier: Apache-2.0
"""Rows: real programs under load, and programs that only start."""
import contextlib
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import time

from measure import LIBRARY, TOOLS, Row, cpu_of_tree, environment, folder, pairs, run, tool, tools

NGINX_CONF = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log crit;
events {{ worker_connections 1024; }}
http {{ access_log off; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s; keepalive_requests 100000000;
  server {{ listen 127.0.0.1:{port}; location / {{ root {folder}; }} }} }}
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(port, process, seconds=30):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        if process.poll() is not None:
            raise RuntimeError(f"{process.args} ended with {process.returncode}")
        time.sleep(0.05)
    raise RuntimeError(f"{process.args}: nobody listens on {port}")


@contextlib.contextmanager
def processor(which):
    """What is started inside runs on the first (0) or the last (-1) processor, where there are two."""
    all_of_them = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {sorted(all_of_them)[which]})
    try:
        yield
    finally:
        os.sched_setaffinity(0, all_of_them)


class Server:
    """A server under measurement, on a port and a processor of its own."""

    def __init__(self, command, port, ours=False, how=None, dumps=None):
        self.port = port
        with processor(-1):
            self.process = subprocess.Popen([*(TOOLS[how] if how else []), *command], env=environment(ours, dumps),
                                            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                            stderr=subprocess.DEVNULL, start_new_session=True)
        try:
            wait_for(port, self.process)
        except BaseException:
            self.stop()
            raise

    def cpu_per_request(self, load):
        """`load(port)` makes requests and says how many; in us."""
        since = cpu_of_tree(self.process.pid)
        with processor(0):
            requests = load(self.port)
        return (cpu_of_tree(self.process.pid) - since) / requests * 1e6

    def stop(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(10)


def nginx_command(path, port):
    pathlib.Path(path, "nginx.conf").write_text(NGINX_CONF.format(folder=path, port=port))
    pathlib.Path(path, "index.html").write_bytes(b"x" * 600)
    return [shutil.which("nginx") or "/usr/sbin/nginx", "-p", path, "-c", f"{path}/nginx.conf"]


def redis_command(_path, port):
    return ["redis-server", "--port", str(port), "--save", "", "--appendonly", "no", "--daemonize", "no"]


def wrk(*headers):
    def load(port):
        out = subprocess.run(["wrk", "-t1", "-c20", "-d1s", *headers, f"http://127.0.0.1:{port}/"],
                             capture_output=True, text=True, check=True, timeout=60).stdout
        return int(re.search(r"(\d+) requests in", out)[1])
    return load


def redis_benchmark(requests, *options):
    def load(port):
        subprocess.run(["redis-benchmark", "-p", str(port), "-q", "-t", "get", "-n", str(requests), "-c", "20",
                        *options], capture_output=True, check=True, timeout=120)
        return requests
    return load


def server(name, command, load, target=None):
    """Each time another process: where its pages lie makes one faster than another of the same program by a tenth."""
    def measure(quick, repeat):
        def once(ours=False, how=None):
            with folder() as path:
                port = free_port()
                one = Server(command(path, port), port, ours, how, dumps=path)
                try:
                    return one.cpu_per_request(load)
                finally:
                    one.stop()

        measured = pairs(once, repeat if quick else 3 * repeat)
        native = sorted(a for a, _ in measured)[len(measured) // 2]
        return Row(name, "us", measured, {how: once(how=how) / native for how in tools()}, target)
    return measure


nginx_keepalive = server("nginx, keep-alive", nginx_command, wrk(), "1.01x")
nginx_close = server("nginx, a connection per request", nginx_command, wrk("-H", "Connection: close"), "1.05x")
redis = server("redis, one by one", redis_command, redis_benchmark(40_000))
redis_pipelined = server("redis, 16 pipelined", redis_command, redis_benchmark(400_000, "-P", "16"))

REQUESTS = """
import sys, requests
session = requests.Session()
for i in range(int(sys.argv[2])):
    session.get(sys.argv[1]).content
"""


def python_requests(quick, repeat):
    count = 100 if quick else 300
    with folder() as path:
        port = free_port()
        nginx = Server(nginx_command(path, port), port)
        command = ["/usr/bin/python3", "-c", REQUESTS, f"http://127.0.0.1:{port}/", str(count)]
        try:
            measured = pairs(lambda ours: run(command, ours)[1] / count * 1e6, repeat)
            native = run(command)[2]
            others = {how: run(command, how=how)[2] / native for how in tools()}
        finally:
            nginx.stop()
    return Row("Python requests, a request", "us", measured, others, "1.03x")


def start(name, program, target=None):
    def measure(quick, repeat):
        count = 50 if quick else 200

        def one(ours):
            with folder() as dumps:
                extra = {"CONNLEAK_OUTPUT": dumps, **({"LD_PRELOAD_CHILD": str(LIBRARY)} if ours else {})}
                return float(run([tool("start"), str(count), tool(program)], extra=extra)[0])
        measured = pairs(one, repeat)
        native = sorted(a for a, _ in measured)[len(measured) // 2]
        others = {how: float(run([tool("start"), "5", *TOOLS[how], tool(program)])[0]) / native for how in tools()}
        return Row(name, "us", measured, others, target)
    return measure


start_none = start("a program without sockets, from start to end", "start_none", "+300 us")
start_socket = start("a program with one socket, from start to end", "start_socket")

