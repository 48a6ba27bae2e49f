# SPDX-License-Identifier: Apache-2.0
"""The lines of a Python program that opened a connection, as its own tracebacks would have them: in every way in which
one can be come to, in every interpreter that is here."""
import os
import pathlib
import sys
import textwrap

import pytest

import harness

SITUATIONS = harness.ROOT / "tests" / "victims" / "scripts" / "situations.py"
NAME_KEPT, PATH_KEPT = 997, 3997  # bytes of a name that are kept: where a character of four may not fit any more

PYTHONS = {"debian": "/usr/bin/python3"}
# pyenv's, where somebody has it: with a shared libpython
for other in sorted(pathlib.Path(os.environ.get("PYENV_ROOT") or pathlib.Path.home() / ".pyenv").glob("versions/3.*/bin/python3")):
    PYTHONS[other.parent.parent.name] = str(other)
QUALIFIED = sys.version_info >= (3, 11)  # before, code does not know of which class it is
KNOWN = [name for name in PYTHONS if name == "debian" or 9 <= int(name.split(".")[1]) <= 14]
UNKNOWN = [name for name in PYTHONS if name not in KNOWN and int(name.split(".")[1]) != 6]  # which has no _PyRuntime


def stack(run, connection):
    return run.report["stacks"][connection["stack"]]


def clients(run):
    return [c for c in run.report["connections"] if c["role"] == "client" and c["kind"] == "tcp"]


def scripts(frames):
    return [f for f in frames if f["language"] == "python"]


def text_of(hexed, room):
    """As JSON has it: what is no UTF-8 is replaced there."""
    return bytes.fromhex(hexed)[:room].decode("utf-8", "replace")


@pytest.mark.parametrize("python", KNOWN)
def test_each_way(server, python):
    run = harness.both([PYTHONS[python], "-X", "utf8", str(SITUATIONS), str(server.port)])
    version = harness.execute([PYTHONS[python], "-c", "import sys; print(*sys.version_info[:3], sep='.')"]).stdout.strip()
    assert run.report["process"]["runtime"] == f"CPython {version}"
    assert run.report["warnings"] == []
    told, found = run.out.splitlines(), clients(run)
    assert len(told) == len(found) > 15
    for line, connection in zip(told, found):
        name, file, number = line.split(" ")
        if version.split(".")[1] in ("9", "10"):  # code objects know their qualified names from 3.11 on
            name = name.rsplit(".", 1)[-1]
        frames = stack(run, connection)
        first = next(f for f in scripts(frames) if not f["file"].endswith("/socket.py"))
        assert first["line"] == int(number), (line, first)
        assert first["function"] == name[:NAME_KEPT], (line, first)
        assert first["file"] == text_of(file, PATH_KEPT), (line, first)


def test_an_unknown_version_is_declined(server):
    """Said once, and the stacks are those of the addresses, as before."""
    for python in UNKNOWN or pytest.skip("no CPython here that is not known"):
        run = harness.run([PYTHONS[python], "-X", "utf8", str(SITUATIONS), str(server.port)])
        assert run.report["process"]["runtime"].startswith("CPython 3.")
        warnings = run.report["warnings"]
        assert [w for w in warnings if "a version that connleak does not know" in w] == warnings[:1] != []
        assert not any(f["language"] != "native" for s in run.report["stacks"].values() for f in s)
        assert all(len(stack(run, c)) > 3 for c in clients(run))


def run_here(server, text, tmp_path, python="/usr/bin/python3", arguments=(), **how):
    script = tmp_path / "it.py"
    script.write_text("import socket, sys, os\nkept = []\ndef ask():\n"
                      "    kept.append(socket.create_connection(('127.0.0.1', int(sys.argv[1]))))\n" + textwrap.dedent(text))
    return harness.both([python, str(script), str(server.port), *arguments], **how)


def own(run, connection):
    return [(f["function"], f["line"]) for f in stack(run, connection) if (f["file"] or "").endswith("it.py")]


def test_whole_chain(server, tmp_path):
    """Every frame, innermost first, across the calls of C in between; none is there twice."""
    run = run_here(server, """\
        def middle(n):
            if n:
                return list(map(middle, [n - 1]))
            ask()
        class Outer:
            @staticmethod
            def enter():
                middle(2)
        Outer.enter()
        """, tmp_path)
    assert own(run, clients(run)[0]) == [("ask", 4), ("middle", 8), ("middle", 7), ("middle", 7), (f"{'Outer.' * QUALIFIED}enter", 12),
                                         ("<module>", 13)]


def test_c_in_between_stays(server, tmp_path):
    """qsort(3) is called by Python and calls Python: its frames stand between; the interpreter's do not."""
    run = run_here(server, """\
        import ctypes
        def compare(a, b):
            if not kept:
                ask()
            return 0
        def sort():
            kind = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
            ctypes.CDLL("libc.so.6").qsort((ctypes.c_int * 2)(2, 1), 2, 4, kind(compare))
        sort()
        """, tmp_path)
    frames = stack(run, clients(run)[0])
    at = {f["function"]: i for i, f in enumerate(frames) if f["function"]}
    assert at["ask"] < at["compare"] < at["sort"] < at["<module>"]
    if run.report["process"]["runtime"].startswith("CPython 3.14"):
        between = frames[at["<module>"] + 1:]  # its loop may be on no stack
    else:
        between = frames[at["compare"] + 1:at["sort"]]
    assert any("libc.so" in (f["module"] or "") for f in between) and any("libffi" in (f["module"] or "") for f in between)
    assert not any("python3" in os.path.basename(f["module"] or "") and "ctypes" not in f["module"] for f in frames)


def test_two_lines_are_two_places(server, tmp_path):
    """The addresses on the stack are the same: only what Python runs differs. Many of one line are one place."""
    run = run_here(server, """\
        def one(): ask()
        def two(): ask()
        for f in (one, two) * 20:
            f()
        """, tmp_path)
    assert {len(s["stacks"]) for s in run.report["call_sites"] if s["opened"]} == {1}
    assert sorted(s["opened"] for s in run.report["call_sites"]) == [20, 20]
    assert {own(run, c)[1] for c in clients(run)} == {("one", 5), ("two", 6)}


def test_code_made_anew_where_other_code_lay(server, tmp_path):
    """Functions come and go at the same addresses; each connection has its own function's name and line."""
    run = run_here(server, """\
        for i in range(300):
            scope = {"ask": ask}
            exec(compile("\\n" * i + f"def f{i}(): ask()", f"/tmp/made-{i % 7}.py", "exec"), scope)
            scope[f"f{i}"]()
            if i % 3: kept.pop().close()
        """, tmp_path)
    seen = [next(f for f in stack(run, c) if "/made-" in (f["file"] or "")) for c in clients(run)]
    assert [(f["function"], f["line"], f["file"]) for f in seen] == \
        [(f"f{i}", i + 1, f"/tmp/made-{i % 7}.py") for i in range(300)]


def test_children_of_a_fork(server, tmp_path):
    """The child's dump has its own stacks, and knows the lines that its parent had known."""
    run = run_here(server, """\
        def before(): ask()
        def after(): ask()
        before()
        if os.fork() == 0:
            before()
            after()
            os._exit(0)
        os.wait()
        """, tmp_path)
    child = next(r for r in run.reports if r["process"]["forked"])
    assert child["process"]["runtime"] == run.report["process"]["runtime"]
    opened = [c for c in child["connections"] if c["role"] == "client" and not c["inherited"]]
    lines = [[f["line"] for f in child["stacks"][c["stack"]] if f["function"] in ("before", "after")] for c in opened]
    assert lines == [[5], [6]]


def test_threads_and_their_own_chains(server, tmp_path):
    """Each thread has its own frames, while others run and while they end."""
    run = run_here(server, """\
        import threading
        scope = {"ask": ask}
        def spawn(i):
            exec(compile("\\n" * i + f"def t{i}():\\n  for _ in range(5): ask()", "made.py", "exec"), scope)
            return threading.Thread(target=scope[f"t{i}"])
        threads = [spawn(i) for i in range(16)]
        for t in threads: t.start()
        for t in threads: t.join()
        """, tmp_path)
    seen = {}
    for c in clients(run):
        frame = next(f for f in stack(run, c) if f["file"] == "made.py")
        assert frame["line"] == int(frame["function"][1:]) + 2
        seen[frame["function"]] = seen.get(frame["function"], 0) + 1
    assert seen == {f"t{i}": 5 for i in range(16)}
    started = [stack(run, t) for t in run.report["threads"] if t["stack"] and t["id"] > 1]
    assert started and all(any(f["function"] == "<module>" and f["line"] == 11 for f in s) for s in started)


@pytest.mark.parametrize("python", KNOWN)
def test_names_of_threads(server, tmp_path, python):
    """What the program calls a thread, as far as it fits into 15 bytes; the kernel calls them all python3."""
    run = run_here(server, """\
        import threading
        from concurrent.futures import ThreadPoolExecutor
        class Mine(threading.Thread):
            def __init__(self, name):
                super().__init__(name=name)
                self.more = name
                self.__dict__
            def run(self):
                ask()
        class Slots(Mine):
            __slots__ = ("slot",)
        for t in (threading.Thread(target=ask, name="fetcher"), Mine("mine"), Slots("slots"), Mine("zwölf Böxkämpfer"),
                  threading.Thread(target=ask, name="a name that is longer than the kernel's")):
            t.start()
            t.join()
        with ThreadPoolExecutor(1, thread_name_prefix="pool") as pool:
            pool.submit(ask).result()
        t = threading.Thread(target=lambda: ctypes.CDLL("libc.so.6").prctl(15, b"renamed", 0, 0, 0))
        import ctypes
        t.start()
        t.join()
        """, tmp_path, PYTHONS[python])
    names = [t["name"] for t in run.report["threads"] if t["id"] > 1]
    assert names[:6] == ["fetcher", "mine", "slots", "zwölf Böxkämpfer", "a name that is longer than the kernel's", "pool_0"]
    assert names[6].startswith("Thread-")


@pytest.mark.parametrize("python", KNOWN)
def test_names_of_tasks(server, tmp_path, python):
    """What asyncio.current_task() says where a connection is opened: of a loop's tasks, whoever made them; nothing in its
    callbacks, in another thread, before it runs and after."""
    run = run_here(server, """\
        import asyncio, threading
        said = []
        def told():
            try: task = asyncio.current_task()
            except RuntimeError: task = None
            said.append(task.get_name() if task else "")
        async def fetch(before=False):
            if before: told()  # else it has not been asked for its name yet
            kept.append(await asyncio.open_connection("127.0.0.1", int(sys.argv[1])))
            if not before: told()
        class Mine(asyncio.Task): pass
        def plain(): ask(); told()
        async def main():
            await fetch()
            await asyncio.create_task(fetch(), name="bös " * 3)
            at = len(said)
            await asyncio.gather(*(fetch(n % 2) for n in range(12)))
            said[at:] = sorted(said[at:])  # who is connected first is the kernel's affair
            await Mine(fetch(), name="mine")
            await asyncio.tasks._PyTask(fetch(), name="python's")
            await asyncio.get_running_loop().run_in_executor(None, plain)
            done = asyncio.Event()
            asyncio.get_running_loop().call_soon(lambda: (plain(), done.set()))
            await done.wait()
        plain()
        asyncio.run(main())
        plain()
        async def other(): await asyncio.create_task(fetch(), name=threading.current_thread().name)
        threads = [threading.Thread(target=lambda: asyncio.run(other()), name=f"loop {n}") for n in range(4)]
        for t in threads: t.start(); t.join()
        print(*said, sep="\\n")
        """, tmp_path, PYTHONS[python])
    names = run.out.splitlines()
    assert len(names) == 24 and names.count("") in (4, 5) and {"Task-1", "mine", "loop 3"} < set(names)
    found = [c["task"] or "" for c in clients(run)]
    assert sorted(found) == sorted(names) and found[:3] == names[:3]
    assert run.report["warnings"] == []


def test_a_tasks_long_name_is_cut(server, tmp_path):
    """Where a character ends; and a leak's finding names the task."""
    run = run_here(server, """\
        import asyncio
        async def leak():
            r, w = pair = await asyncio.open_connection("127.0.0.1", int(sys.argv[1]))
            w.write(b"GET /fixed?size=9000000 HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n")
            await r.read(1)
            os._exit(0)
        async def main(): await asyncio.create_task(leak(), name="x" + "ö" * 60)
        asyncio.run(main())
        """, tmp_path)
    assert [c["task"] for c in clients(run)] == ["x" + "ö" * 27]
    assert "opened by task 'x" in " ".join(harness.execute([harness.CONNLEAK, "report", *run.dumps()]).stdout.split())


@pytest.mark.parametrize("python", KNOWN)
def test_in_a_virtual_environment(server, tmp_path, python):
    """Its interpreter is a link; what lies in its site-packages is a library, and the place is the program's line."""
    home = tmp_path / "venv"
    harness.execute([PYTHONS[python], "-m", "venv", "--without-pip", str(home)], check=True)
    library, = home.glob("lib/python3.*/site-packages")
    (library / "shop.py").write_text("import socket\ndef dial(port):\n    return socket.create_connection(('127.0.0.1', port))\n")
    run = run_here(server, """\
        import shop
        def fetch():
            kept.append(shop.dial(int(sys.argv[1])))
        fetch()
        """, tmp_path, str(home / "bin" / "python"))
    assert own(run, clients(run)[0]) == [("fetch", 7), ("<module>", 8)]
    assert any((f["file"] or "").endswith("site-packages/shop.py") and f["line"] == 3 for f in stack(run, clients(run)[0]))
    site, = [s for s in run.report["call_sites"] if s["opened"]]
    assert "it.py:7" in site["place"] and "fetch" in site["place"]


SUB = {"9": None, "10": None, "11": "_xxsubinterpreters", "12": "_xxsubinterpreters", "13": "_interpreters", "14": "_interpreters"}


@pytest.mark.parametrize("python", KNOWN)
def test_an_interpreter_inside_of_another(server, tmp_path, python):
    """Its lines; up to 3.11 above them those that called it."""
    version = harness.execute([PYTHONS[python], "-c", "import sys; print(sys.version_info[1])"]).stdout.strip()
    if not SUB[version]:
        pytest.skip("3.9 and 3.10 do not say which state is inside of which")
    run = run_here(server, """\
        def call(module):
            code = "import socket\\ndef inside(): return socket.create_connection(('127.0.0.1', %s)).detach()\\ninside()"
            (getattr(module, "exec", None) or module.run_string)(module.create(), code % sys.argv[1])
        call(__import__(sys.argv[2]))
        """, tmp_path, PYTHONS[python], arguments=[SUB[version]])
    frames = scripts(stack(run, clients(run)[0]))
    names = [f["function"] for f in frames if not f["file"].endswith("/socket.py")]
    assert names == ["inside", "<module>"] + ["call", "<module>"] * (version == "11")


def test_exit_handlers_and_finalization(server, tmp_path):
    """An exit handler's line is there; what Python drops at its end opens one, too, and nothing breaks."""
    run = run_here(server, """\
        import atexit
        atexit.register(ask)
        class Last:
            def __del__(self, connect=socket.create_connection, port=int(sys.argv[1])):
                self.s = connect(("127.0.0.1", port))
        last = Last()
        """, tmp_path)
    assert own(run, clients(run)[0]) == [("ask", 4)]
    assert [f for f, _ in own(run, clients(run)[1])] == [f"{'Last.' * QUALIFIED}__del__"]


THREAD = r"""
#include <pthread.h>
#include <stdint.h>
#include <netinet/in.h>
#include <sys/socket.h>
static void *run(void *port)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)(uintptr_t)port),
				 .sin_addr = {htonl(INADDR_LOOPBACK)}};
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	return (void *)(intptr_t)connect(fd, (struct sockaddr *)&to, sizeof to);
}
int open_in_a_thread(int port)
{
	pthread_t it;
	void *failed;
	return pthread_create(&it, 0, run, (void *)(uintptr_t)port) || pthread_join(it, &failed) || failed;
}
int open_here(int port) { return run((void *)(uintptr_t)port) != 0; }
"""


def test_what_c_opens(server, tmp_path):
    """In a thread that C made there is no Python; called by Python, its line stands above C's."""
    (tmp_path / "it.c").write_text(THREAD)
    library = tmp_path / "libit.so"
    harness.execute([harness.which("gcc"), "-g", "-shared", "-fPIC", "-o", str(library), str(tmp_path / "it.c")], check=True)
    run = run_here(server, """\
        import ctypes
        def both(library):
            assert library.open_in_a_thread(int(sys.argv[1])) == 0
            assert library.open_here(int(sys.argv[1])) == 0
        both(ctypes.CDLL(sys.argv[2]))
        """, tmp_path, arguments=[str(library)])
    thread, called = clients(run)
    assert not scripts(stack(run, thread)) and stack(run, thread)[0]["function"] == "run"
    names = [f["function"] for f in stack(run, called)]
    assert names[:2] == ["run", "open_here"] and own(run, called) == [("both", 8), ("<module>", 9)]


def test_what_was_closed_in_teardown_is_still_found(server, tmp_path):
    """The stack of a close at the end has the interpreter's frames folded, and the end is known all the same."""
    run = run_here(server, """\
        ask()
        kept[0].sendall(b"GET /fixed?size=9 HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n")
        kept[0].recv(9999)
        """, tmp_path)
    assert [c["teardown"] for c in clients(run)] == [True]
