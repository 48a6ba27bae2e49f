# SPDX-License-Identifier: Apache-2.0
"""`connleak run` and signals: the program gets each one once, and the report comes all the same."""
import fcntl
import os
import pty
import re
import select
import signal
import subprocess
import termios
import time

import pytest

import harness

# Says which signals it gets; ends at SIGUSR1 with the list of them.
COUNTER = """if 1:
    import os, signal, socket, sys, time
    got, s = [], socket.socket()
    def say(*words):  # a handler may come in the midst of print(), which may not be entered twice
        os.write(1, (" ".join(map(str, words)) + "\\n").encode())
    for n in (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR2):
        if signal.getsignal(n) != signal.SIG_IGN:
            signal.signal(n, lambda n, _: (got.append(n), say("heard", int(n))))
    def end(*_):
        say("got", *map(int, got)); sys.exit(3)
    signal.signal(signal.SIGUSR1, end)
    say("ready")
    while True: time.sleep(0.05)"""


def start(code=COUNTER, before=(), **how):
    command = [*before, harness.CONNLEAK, "run", "--no-keep", "-o", harness.new_folder(), "--", "/usr/bin/python3", "-S", "-c",
               code]
    return subprocess.Popen(command, env=harness.environment(), stderr=subprocess.PIPE, text=True, **how)


def child_of(pid):
    return int(subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], check=True, capture_output=True, text=True).stdout.split()[0])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR2])
def test_a_signal_to_connleak_reaches_the_program_once(number):
    run = start(stdout=subprocess.PIPE)
    assert run.stdout.readline() == "ready\n"
    os.kill(run.pid, number)
    assert run.stdout.readline() == f"heard {int(number)}\n"
    os.kill(run.pid, signal.SIGUSR1)  # after whatever else of the first
    out, err = run.communicate(timeout=harness.TIMEOUT)
    assert (out, run.returncode) == (f"got {int(number)}\n", 3) and "exited with 3" in err


def test_killed_by_the_signal_that_was_passed_on():
    run = start("import signal, socket, time; s = socket.socket(); print('ready', flush=True); signal.pause()",
                stdout=subprocess.PIPE)
    assert run.stdout.readline() == "ready\n"
    os.kill(run.pid, signal.SIGTERM)
    _, err = run.communicate(timeout=harness.TIMEOUT)
    assert run.returncode == 128 + 15 and "killed by signal 15" in err


def test_nohup_stays_nohup():
    """An ignored signal stays ignored in the program, and does not end the launcher either."""
    run = start(before=["nohup"], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
    assert run.stdout.readline() == "ready\n"
    os.kill(run.pid, signal.SIGHUP)  # ignored: the kernel drops it here
    os.kill(run.pid, signal.SIGUSR1)
    out, _ = run.communicate(timeout=harness.TIMEOUT)
    assert (out, run.returncode) == ("got\n", 3)


class Terminal:
    """A session of its own on a terminal of its own, as a shell starts a foreground job."""

    def __init__(self, command):
        self.master, slave = pty.openpty()
        self.process = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, env=harness.environment(),
                                        start_new_session=True, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(slave)
        self.output = ""

    def until(self, text, seconds=harness.TIMEOUT):
        deadline = time.monotonic() + seconds
        while text not in self.output:
            ready, _, _ = select.select([self.master], [], [], max(0, deadline - time.monotonic()))
            assert ready, f"no {text!r} in {self.output!r}"
            try:
                self.output += os.read(self.master, 4096).decode(errors="replace")
            except OSError:  # the last one has closed it
                break
        assert text in self.output, self.output

    def type(self, key):
        os.write(self.master, key)

    def close(self):
        os.close(self.master)
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


@pytest.fixture
def terminal():
    command = [harness.CONNLEAK, "run", "--no-keep", "-o", harness.new_folder(), "--", "/usr/bin/python3", "-S", "-c", COUNTER]
    terminal = Terminal(command)
    terminal.until("ready")
    yield terminal
    terminal.close()


@pytest.mark.parametrize("key,number", [(b"\x03", signal.SIGINT), (b"\x1c", signal.SIGQUIT)])
def test_a_key_reaches_the_program_once(terminal, key, number):
    """The terminal sends it to the whole foreground group: it must not be passed on a second time."""
    terminal.type(key)
    terminal.until(f"heard {int(number)}")
    os.kill(terminal.process.pid, signal.SIGUSR1)  # after whatever else it makes of the first
    terminal.until("exited with 3")
    assert f"got {int(number)}\r\n" in terminal.output
    terminal.process.wait(timeout=harness.TIMEOUT)
    assert terminal.process.returncode == 3


@pytest.mark.parametrize("key", [b"\x03", b"\x1c"])
def test_what_the_terminal_sends_to_the_group_is_not_passed_on(tmp_path, key):
    """Counting is not enough: two of the same may become one before the program sees the first."""
    log = tmp_path / "log"
    terminal = Terminal(["strace", "-o", str(log), "-e", "trace=kill", "-e", "signal=all", harness.CONNLEAK, "run", "--no-keep",
                         "-o", harness.new_folder(), "--", "/usr/bin/python3", "-S", "-c", COUNTER])
    try:
        terminal.until("ready")
        terminal.type(key)
        terminal.until("heard")
        harness.until(lambda: "si_code=SI_KERNEL" in log.read_text())
        os.kill(child_of(terminal.process.pid), signal.SIGUSR1)  # is passed on, and whatever came before it was, too
        terminal.until("exited with 3")
    finally:
        terminal.close()
    assert re.findall(r"kill\(.*(SIG\w+)\)", log.read_text()) == ["SIGUSR1"]


def state(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        return file.read().rpartition(")")[2].split()[0]


def test_control_z_stops_both_and_fg_continues_both(terminal):
    pids = [terminal.process.pid, child_of(terminal.process.pid)]
    # In an orphaned group the kernel ignores SIGTSTP (POSIX): stop the group as a shell's user would see it.
    os.killpg(terminal.process.pid, signal.SIGSTOP)
    harness.until(lambda: [state(p) for p in pids] == ["T", "T"])
    os.killpg(terminal.process.pid, signal.SIGCONT)
    harness.until(lambda: "T" not in [state(p) for p in pids])
    os.kill(terminal.process.pid, signal.SIGUSR1)
    terminal.until("exited with 3")
    assert "got\r\n" in terminal.output  # SIGCONT is nothing that a program hears twice


def test_in_an_interactive_shell():
    """Ctrl-Z, bg, fg and Ctrl-C, with bash's job control."""
    terminal = Terminal(["bash", "--norc", "-i"])
    try:
        run = f"'{harness.CONNLEAK}' run --no-keep -o /tmp -- /usr/bin/python3 -S -c "
        # Within the try: whoever reads the word may be faster than who wrote it.
        code = "import socket, time\\ntry:\\n print(\"rea\" + \"dy\", flush=True)\\n while 1: time.sleep(.05)\\nexcept KeyboardInterrupt: print(\"inter\" + \"rupted\")"
        terminal.type(f"PS1='$ '; {run} $'{code}'\n".encode())
        terminal.until("ready")
        terminal.type(b"\x1a")
        terminal.until("Stopped")
        terminal.type(b"fg\n")
        harness.until(lambda: state(child_of(terminal.process.pid)) != "T")  # the terminal is its by then
        terminal.type(b"\x03")
        terminal.until("interrupted")
        terminal.until("connleak: process")
        terminal.type(b"echo status=$?\n")
        terminal.until("status=0")
    finally:
        terminal.close()
