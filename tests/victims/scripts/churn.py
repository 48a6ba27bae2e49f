# SPDX-License-Identifier: Apache-2.0
"""A server and its clients, while threads begin and end, children are forked and end in each way, functions are made and
forgotten, tasks come and go, and the heap is collected. Says how much was done, which is the same each time.
churn.py ROUNDS THREADS"""
import asyncio
import gc
import os
import socket
import sys
import threading

rounds, count = map(int, sys.argv[1:])
listener = socket.create_server(("127.0.0.1", 0), backlog=1000)
port = listener.getsockname()[1]
done, lock = 0, threading.Lock()


def serve():
    while True:
        s, _ = listener.accept()
        s.sendall(b"x" * 100)
        s.close()


def fetch():
    with socket.socket() as s:  # not by getaddrinfo(3), whose lock another thread may hold when a child is forked
        s.connect(("127.0.0.1", port))
        return len(s.recv(100, socket.MSG_WAITALL))


class Last:
    """Of a cycle: the collector opens it, in whichever thread it runs; in the server's nobody would answer."""
    def __init__(self):
        self.me = self

    def __del__(self, make=socket.socket, port=port):
        with make() as s:
            s.connect(("127.0.0.1", port))


def generator(n):
    for _ in range(n):
        yield fetch()


async def task(n):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    data = await reader.readexactly(100)
    writer.close()
    return len(data)


async def tasks(n):
    return sum(await asyncio.gather(*(asyncio.create_task(task(i), name=f"task {i} of {n}") for i in range(n))))


def child(n):
    pid = os.fork()
    if not pid:
        fetch()
        if n % 3 == 0:
            os._exit(0)
        if n % 3 == 1:
            os.kill(os.getpid(), 9)
        os.execv("/bin/true", ["true"])
    os.waitpid(pid, 0)


def work():
    global done
    got = 0
    for n in range(rounds):
        scope = {"fetch": fetch}
        exec(compile("\n" * n + "def made(): return fetch()", f"made-{n % 5}.py", "exec"), scope)
        got += scope["made"]() + sum(generator(3)) + sum(map(lambda _: fetch(), range(2)))
        Last()
        if n % 4 == 0:
            gc.collect()
    got += asyncio.run(tasks(5))
    with lock:
        done += got


threading.Thread(target=serve, daemon=True).start()
for wave in range(3):
    threads = [threading.Thread(target=work, name=f"worker {i}") for i in range(count)]
    for t in threads:
        t.start()
    child(wave)
    for t in threads:
        t.join()
print(done)
keep = Last()  # dropped at the very end
