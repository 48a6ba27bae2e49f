# SPDX-License-Identifier: Apache-2.0
"""`connleak watch` on a terminal, in tmux, by what is seen there: places, into a connection and a thread and back, what changed,
another size, and the process is none the wiser. Pictures of it are in screenshots/ of the build folder."""
import contextlib
import os
import pathlib
import re
import shlex
import signal
import subprocess

import pytest

import harness

# At a word on standard input it does a step, and says that it has. Reading is slow where it waits for nobody.
SERVER = """if 1:
    import os, socket, sys, threading
    listener = socket.create_server(("127.0.0.1", 0)); kept = []
    def one():
        client = socket.create_connection(listener.getsockname()); kept.append((client, listener.accept()[0]))
    def pinned():
        one()
        threading.Thread(target=kept[-1][0].recv, args=(10,), daemon=True).start()
    for word in sys.stdin:
        if word == "open\\n": one()
        elif word == "pin\\n": pinned()
        elif word == "write\\n": kept[0][0].sendall(b"x" * 4321)
        print("done", flush=True)"""


# Root may ask whom it wants, but for what it gives away.
UNPERMITTED = ["setpriv", "--bounding-set", "-sys_ptrace"] if os.geteuid() == 0 else []


class Tmux:
    def __init__(self, folder, command, columns=110, lines=24, env="CONNLEAK=1"):
        self.socket = os.path.join(folder, "tmux")
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", str(lines), "-e", "LC_ALL=C.UTF-8",
                  "-e", env, command)
        self.tmux("set-option", "remain-on-exit", "on")

    def tmux(self, *words):
        return harness.execute([harness.which("tmux"), "-S", self.socket, *words], check=True).stdout

    def keys(self, *names):
        self.tmux("send-keys", *names)

    def screen(self):
        return self.tmux("capture-pane", "-p")

    def keep(self, name):
        """A picture for people, with its colours: cat shows it."""
        folder = harness.BUILD / "screenshots"
        folder.mkdir(exist_ok=True)
        (folder / f"{name}.ansi").write_text(self.tmux("capture-pane", "-p", "-e"))

    def sees(self, *patterns):
        """Waits for all of them, or for what a function says of the screen, and hands out the screen with them.
        A screen is caught half drawn now and then: what is to be on it is waited for, not asserted afterwards."""
        seen = []

        def missing():
            return [p for p in patterns if not (p(seen[0]) if callable(p) else re.search(p, seen[0], re.M))]

        def there():
            seen[:] = [self.screen()]
            return None if missing() else seen[0]
        try:
            return harness.until(there)
        except AssertionError:
            raise AssertionError(f"no {missing()!r} on\n{seen[0]}") from None

    def resize(self, columns, lines):
        self.tmux("resize-window", "-x", str(columns), "-y", str(lines))

    def close(self):
        """What runs in it ends first: a terminal that goes sends a SIGCONT, too, and that takes the SIGSTOP away by which
        LeakSanitizer, at the end of who is built with it, waits for a thread; it waits for ever then, and computes."""
        def ended():
            """what runs on the terminal ends"""
            dead, shell = self.tmux("display-message", "-p", "#{pane_dead} #{pane_pid}").split()
            if dead == "1":
                return True
            with contextlib.suppress(OSError):
                children = pathlib.Path(f"/proc/{shell}/task/{shell}/children").read_text(encoding="ascii").split()
                for one in children or [shell]:
                    os.kill(int(one), signal.SIGTERM)
            return False
        harness.until(ended)
        self.tmux("kill-server")


@contextlib.contextmanager
def watched(folder, options="-n 0.2", before=(), **size):
    env = harness.environment({"LD_PRELOAD": harness.LIBRARY, "CONNLEAK_OUTPUT": str(folder)})
    process = subprocess.Popen(["/usr/bin/python3", "-S", "-c", SERVER], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               text=True)

    def does(word):
        process.stdin.write(word + "\n")
        process.stdin.flush()
        assert process.stdout.readline() == "done\n"

    for _ in range(3):
        does("open")
    # A shell that ends at once may take its last line along: tmux looks for more when it hears of the end, and the kernel may
    # still have it on its way (FIONREAD of a pty does not count what is not flushed yet).
    tmux = Tmux(str(folder), f"{shlex.join([*before, harness.CONNLEAK])} watch {options} {process.pid}; echo left $?; sleep 1d", **size)
    try:
        yield process, does, tmux
    finally:
        process.stdin.close()
        process.wait(timeout=harness.TIMEOUT)
        process.stdout.close()
        tmux.close()


@pytest.fixture
def view(tmp_path):
    with watched(tmp_path) as it:
        yield it


def test_into_a_connection_and_a_thread_and_back(view):
    process, does, tmux = view
    does("pin")
    tmux.sees(r"^places", rf"connleak: process {process.pid}, still running", r"opened +per s +closed +open")
    tmux.keep("watch-places")
    tmux.keys("2")
    tmux.sees(r"^connections and sockets", "ESTABLISHED", lambda screen: len(re.findall(r"127\.0\.0\.1:\d+", screen)) >= 8)
    tmux.keep("watch-connections")
    tmux.keys("3")
    tmux.sees(r"^threads")
    tmux.keys("Down")
    tmux.keys("Enter")
    # Before its first call it serves what was opened last: the server's end.
    seen = tmux.sees(r"^thread 2 ", r"serves +connection \d+\D", r"waits in +recv")
    number = re.search(r"serves +connection (\d+)", seen)[1]
    for _ in range([i for i, line in enumerate(seen.splitlines()) if "serves" in line][0] - 5):  # to the line that leads on
        tmux.keys("Down")
    tmux.keys("Enter")
    tmux.sees(rf"^connection {number}: ", r"peer +127\.0\.0\.1:\d+",
              r"round trip +[\d.]+ ms")  # the kernel, asked from outside
    tmux.keep("watch-connection")
    tmux.keys("Escape")
    tmux.sees(r"^thread 2 ")
    tmux.keys("Escape")
    tmux.sees(r"^threads")
    tmux.keys("q")
    tmux.sees(r"^left 0")


def test_what_changed_is_marked(tmp_path):
    with watched(tmp_path, "-n 3600") as (_, does, tmux):
        tmux.sees(r"^places")
        tmux.keys("2")
        tmux.sees(r"^connections and sockets")
        does("write")
        does("open")
        tmux.keys("Space")  # looks now
        def marks(screen):
            return [line[0] for line in screen.splitlines() if "127.0.0.1" in line]
        # both ends of the new one, and of the one that was written to
        tmux.sees(r"^\*.* 4321 ", lambda screen: (marks(screen).count("+"), marks(screen).count("*")) == (2, 2))
        tmux.keys("Space")
        tmux.sees(r"^ .* 4321 ", lambda screen: not re.search(r"^[*+].*127", screen, re.M))
        tmux.keys("1")
        tmux.sees(r"^places")
        tmux.keys("q")


def test_sorted_by_a_column_and_back(view):
    _, does, tmux = view
    does("write")
    tmux.sees(r"^places")
    tmux.keys("2")
    tmux.sees(r"^connections and sockets")
    for column in ("idv", "agev", "idlev", "inv", "outv"):
        tmux.keys("s")
        tmux.sees(rf" {column}\b")
    wrote = r".* 0 +4321 +0 ESTABLISHED.* 127\.0\.0\.1.*\n"
    others = r"(?:(?!.* 4321 +0 EST).*127\.0\.0\.1.*\n){6}"
    tmux.sees(rf" outv\b.*\n{wrote}{others}(?!.*127\.0\.0\.1)")
    tmux.keys("r")
    tmux.sees(rf" out\^.*\n{others}{wrote}(?!.*127\.0\.0\.1)")


def test_what_of_it_is_shown(tmp_path):
    with watched(tmp_path, "-n 0.2 --peer 127.0.0.* --no-stacks") as (_, does, tmux):
        tmux.sees(r"^places \(1 more is not shown\)")  # the listener
        tmux.keys("Enter")
        seen = tmux.sees(r"most at once +3", lambda screen: len(re.findall(r"(to|from) 127\.0\.0\.1", screen)) == 3)
        assert "opened by" not in seen
        rows = seen.splitlines()
        assert [i for i, r in enumerate(rows) if "most at once" in r] < [i for i, r in enumerate(rows) if "verdict" in r and "queued" in r]


@pytest.mark.parametrize("how,coloured", [("", True), ("--color never", False), ("NO_COLOR", False)])
def test_colours(tmp_path, how, coloured):
    variable = {"env": "NO_COLOR=1"} if how == "NO_COLOR" else {}
    with watched(tmp_path, "-n 0.2 --idle 0 " + (how if not variable else ""), **variable) as (_, does, tmux):
        tmux.sees(r"^places", "q quit")  # its last line: all above is drawn
        assert bool(re.search(r"\033\[3[13]m", tmux.tmux("capture-pane", "-p", "-e"))) == coloured


def test_who_may_not_ask_reads_the_kernels_tables(tmp_path):
    with watched(tmp_path, before=UNPERMITTED) as (_, does, tmux):
        does("write")
        tmux.sees(r"^not all is seen: the open sockets of \d+ could not be asked one by one") if UNPERMITTED else None
        tmux.keys("2")
        tmux.sees(r" 4321 +0 +0 ESTABLISHED| 0 +4321 +0 ESTABLISHED")
        tmux.sees(r" 4321 ESTABLISHED", lambda screen: screen.count("ESTABLISHED") >= 6)  # what waits unread


def test_another_size(tmp_path):
    with watched(tmp_path, columns=150, lines=40) as (_, does, tmux):
        for _ in range(20):
            does("open")
        tmux.sees(r"^places")
        tmux.keys("2")
        tmux.sees(r"^connections and sockets")
        tmux.resize(60, 12)
        rows = lambda: [line for line in tmux.screen().splitlines() if re.search(r"^.? +\d+ \w+/", line)]
        assert harness.until(lambda: len(rows()) == 12 - 6) and max(map(len, tmux.screen().splitlines())) <= 60
        tmux.keys("End")
        assert tmux.sees(r" 47 of 47 ")
        tmux.resize(120, 30)
        seen = tmux.sees(r"^(.*127\.0\.0\.1:\d+\n){24}")  # as many as there is room for, to their ends
        tmux.keys("q")
        tmux.sees(r"^left 0")


def test_when_it_ends_the_last_look_stays(view):
    process, _, tmux = view
    tmux.sees(r"^places")
    process.stdin.close()
    process.wait(timeout=harness.TIMEOUT)
    tmux.sees(r"exited with 0", "places")
    tmux.sees(r" ended ")
    tmux.keys("2")
    tmux.sees(r"^connections and sockets")
    tmux.keys("q")
    tmux.sees(r"^left 0")
