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


class Server:
    """A server under measurement, on a port and a processor of its own."""

    def __init__(self, command, port, ours=False, how=None, dumps=None):
        self.port = port
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
        load(self.port, 0.3)
        since = cpu_of_tree(self.process.pid)
        requests = load(self.port, None)
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


def wrk(seconds, *headers):
    def load(port, warm):
        duration = max(1, round(warm or seconds))
        out = subprocess.run(["wrk", "-t1", "-c20", f"-d{duration}s", *headers, f"http://127.0.0.1:{port}/"],
                             capture_output=True, text=True, check=True, timeout=60).stdout
        return int(re.search(r"(\d+) requests in", out)[1])
    return load


def redis_benchmark(requests, *options):
    def load(port, warm):
        count = requests // 10 if warm else requests
        subprocess.run(["redis-benchmark", "-p", str(port), "-q", "-t", "get", "-n", str(count), "-c", "20",
                        *options], capture_output=True, check=True, timeout=120)
        return count
    return load


def server(name, command, load_of, target=None):
    """Both servers run all the time and are loaded in turns; the one that waits costs nothing."""
    def measure(quick, repeat):
        load = load_of(quick)
        with folder() as alone, folder() as with_us, contextlib.ExitStack() as stack:
            servers = {}
            for ours, path in ((False, alone), (True, with_us)):
                port = free_port()
                servers[ours] = Server(command(path, port), port, ours, dumps=path)
                stack.callback(servers[ours].stop)
            measured = pairs(lambda ours: servers[ours].cpu_per_request(load), repeat)
        native = sorted(a for a, _ in measured)[len(measured) // 2]
        others = {}
        for how in tools():
            with folder() as path:
                port = free_port()
                one = Server(command(path, port), port, how=how)
                try:
                    others[how] = one.cpu_per_request(load_of(True)) / native
                finally:
                    one.stop()
        return Row(name, "us", measured, others, target)
    return measure


nginx_keepalive = server("nginx, keep-alive", nginx_command, lambda quick: wrk(1 if quick else 2), "1.01x")
nginx_close = server("nginx, a connection per request", nginx_command,
                     lambda quick: wrk(1 if quick else 2, "-H", "Connection: close"), "1.05x")
redis = server("redis, one by one", redis_command, lambda quick: redis_benchmark(10_000 if quick else 40_000))
redis_pipelined = server("redis, 16 pipelined", redis_command,
                         lambda quick: redis_benchmark(60_000 if quick else 400_000, "-P", "16"))

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
    return Row("Python requests, a request", "us", measured, others)


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

