# SPDX-License-Identifier: Apache-2.0
"""situations.py PORT: opens a connection in each of the ways in which a Python program can come to it, and keeps it.

Prints, for each, in the order in which they were opened, what the innermost frame of this program is to be called,
its file and its line: the line that ends in the comment `here`, of the situation that is named."""
import asyncio
import ctypes
import os
import signal
import socket
import sys
import threading

PORT = int(sys.argv[1])
kept = []


def opened(name, file=__file__, line=None):
    if line is None:
        with open(__file__, encoding="utf-8") as lines:
            line = next(i for i, text in enumerate(lines, 1) if text.rstrip().endswith("# here: " + name))
    print(name, os.fsencode(file).hex(), line)


def address():
    return ("127.0.0.1", PORT)


def nested():
    def inner():
        kept.append(socket.create_connection(address()))  # here: nested.<locals>.inner
    inner()
    opened("nested.<locals>.inner")


def generator():
    def numbers():
        yield 1
        kept.append(socket.create_connection(address()))  # here: generator.<locals>.numbers
        yield 2
    assert sum(numbers()) == 3
    opened("generator.<locals>.numbers")


class Client:
    def __init__(self):
        self.socket = \
            socket.create_connection(
                address(),
                timeout=5)  # one expression, of several lines: the call begins above

    def __enter__(self):
        kept.append(socket.create_connection(address()))  # here: Client.__enter__
        return self

    def __exit__(self, *_):
        pass


def manager():
    kept.append(Client())
    with open(__file__, encoding="utf-8") as lines:
        begins = next(i for i, text in enumerate(lines, 1) if text == "            socket.create_connection(\n")
    opened("Client.__init__", line=begins)
    with kept[-1]:
        opened("Client.__enter__")


def coroutine():
    async def asks():
        await asyncio.sleep(0)
        kept.append(socket.create_connection(address()))  # here: coroutine.<locals>.asks

    async def main():
        await asyncio.create_task(asks(), name="asking")
    asyncio.run(main())
    opened("coroutine.<locals>.asks")


def in_thread():
    kept.append(socket.create_connection(address()))  # here: in_thread


def thread():
    one = threading.Thread(target=in_thread, name="fetcher")
    one.start()
    one.join()
    opened("in_thread")


def callback():
    """qsort(3) calls back: libc's frames stand between two of this file's."""
    done = []

    def compare(_, __):
        if not done:
            done.append(1)
            kept.append(socket.create_connection(address()))  # here: callback.<locals>.compare
        return 0
    libc = ctypes.CDLL("libc.so.6")
    numbers = (ctypes.c_int * 2)(2, 1)
    libc.qsort(numbers, 2, ctypes.sizeof(ctypes.c_int),
               ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)(compare))
    opened("callback.<locals>.compare")


def builtin():
    kept.extend(map(lambda _: socket.create_connection(address()), [1]))  # here: builtin.<locals>.<lambda>
    opened("builtin.<locals>.<lambda>")


NAMES = {
    "odd": "a name\twith <odd> things\nin it",
    "umlauts": "/tmp/ünï/ж/世界/😀.py",
    "bytes": "/tmp/bad\udcff\udc80.py",
    "huge": "/tmp/" + "x" * 9000 + ".py",
    "none": "<string>",
}


def executed():
    for name, file in NAMES.items():
        text = "\n" * 299 + "def %s():\n\n kept.append(socket.create_connection(address()))\n" % name
        scope = {"kept": kept, "socket": socket, "address": address}
        exec(compile(text, file, "exec"), scope)
        scope[name]()
        opened(name, file, 302)
    far = "def far():\n" + " x = 1\n" * 40 + "\n" * 400 + " kept.append(socket.create_connection(address()))\n"
    exec(compile(far, "far.py", "exec"), scope)
    scope["far"]()
    opened("far", "far.py", 442)
    name = "n" * 5000
    exec(compile("def %s(): kept.append(socket.create_connection(address()))" % name, "names.py", "exec"), scope)
    scope[name]()
    opened(name, "names.py", 1)
    name = "fäß函数𝐱"  # the last is a letter outside of the first plane, which Python reads as x
    exec(compile("def %s(): kept.append(socket.create_connection(address()))" % name, "names.py", "exec"), scope)
    scope["fäß函数x"]()
    opened("fäß函数x", "names.py", 1)


def deep(n=700):
    if n:
        return deep(n - 1)
    kept.append(socket.create_connection(address()))  # here: deep
    return opened("deep")


class Dropped:
    def __del__(self):
        kept.append(socket.create_connection(address()))  # here: Dropped.__del__


def dropped():
    Dropped()
    opened("Dropped.__del__")


def on_signal(*_):
    kept.append(socket.create_connection(address()))  # here: on_signal


def handler():
    signal.signal(signal.SIGUSR1, on_signal)
    os.kill(os.getpid(), signal.SIGUSR1)
    opened("on_signal")


if __name__ == "__main__":
    for situation in (nested, generator, manager, coroutine, thread, callback, builtin, executed, deep, dropped,
                      handler):
        situation()
    sys.stdout.flush()
