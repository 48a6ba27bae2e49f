# SPDX-License-Identifier: Apache-2.0
"""Whether programs have done all that there is to do: what the kernel says, not how long it takes.

A server that sleeps may have something to do all the same: under load the kernel delivers over the loopback later than the
client's call returns. So first the queues are asked, then who sleeps.
"""
import contextlib
import glob
import pathlib

import harness

# include/net/tcp_states.h
ESTABLISHED, SYN_SENT, FIN_WAIT1, TIME_WAIT, LAST_ACK, LISTEN, CLOSING = "01", "02", "04", "06", "09", "0A", "0B"


def tcp():
    """All sockets of TCP: local port, remote port, state, bytes to be acknowledged, bytes to be read; proc(5)."""
    for path in ("/proc/net/tcp", "/proc/net/tcp6"):
        with contextlib.suppress(FileNotFoundError), open(path, encoding="ascii") as file:
            for line in file.readlines()[1:]:
                _, local, remote, state, queues = line.split()[:5]
                unsent, unread = queues.split(":")
                yield int(local[-4:], 16), int(remote[-4:], 16), state, int(unsent, 16), int(unread, 16)


def arrived(port):
    """What its clients sent has reached the server on that port: connections, bytes and ends. Whoever waits for them has
    been woken by then."""
    return not any(remote == port and (unsent or state in (SYN_SENT, FIN_WAIT1, LAST_ACK, CLOSING))
                   for _, remote, state, unsent, _ in tcp())


def delivered(port):
    """It has reached the server, and the server has taken all of it."""
    for local, remote, state, unsent, unread in tcp():
        if local == port and (state not in (ESTABLISHED, TIME_WAIT, LISTEN) or unread):
            return False  # closed by its client and not yet by it, not yet accepted, or not yet read
        if remote == port and (state not in (ESTABLISHED, TIME_WAIT) or unsent):
            return False
    return True


# For a script of Python: in_calls(thread, ...) returns when each of these threads waits in the kernel, in a call that is about
# a descriptor. That it sleeps would not tell: so does who waits for the interpreter's lock.
IN_CALLS = """
def in_calls(*threads):
    import platform, time
    calls = {"x86_64": (0, 7, 23, 45, 47, 232, 270, 271, 281), "aarch64": (22, 63, 72, 73, 207, 212)}[platform.machine()]
    for thread in threads:
        call = None
        while call not in map(str, calls):  # read, recvfrom, recvmsg, and the ways to poll, select and epoll_wait
            time.sleep(0.001)
            with open(f"/proc/self/task/{thread.native_id}/syscall") as file:
                call = file.read().split()[0]
"""


# For a script of Python: stay(seconds) sleeps for so long, and three times as long as the process has lived. Who ends soon after
# it was told that a connection has ended closes it by that, and the machine may have kept it from ending: by its share of the
# whole life (judge/told.c), of one that stays so long a quarter at most, however busy the machine is.
STAY = """
def stay(seconds):
    import os, time
    began = int(open("/proc/self/stat").read().rsplit(")", 1)[1].split()[19]) / os.sysconf("SC_CLK_TCK")
    time.sleep(max(seconds, 3 * (time.clock_gettime(time.CLOCK_BOOTTIME) - began)))
"""


def states(group):
    """Of all threads of a process group: as proc(5) has them."""
    found = set()
    for path in glob.glob("/proc/[0-9]*/task/[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = pathlib.Path(path).read_text(errors="replace").rpartition(")")[2].split()
            if int(fields[2]) == group:
                found.add(fields[0])
    return found


def of_threads(pid, name):
    """That file of each of its threads; of one that ended after it was listed there is none any more, and None is said."""
    for path in glob.glob(f"/proc/{pid}/task/[0-9]*/{name}"):
        try:
            yield pathlib.Path(path).read_text(errors="replace")
        except OSError:  # ENOENT, and ESRCH when it ends between open and read
            yield None


def asleep(pid):
    """All threads of it sleep, at each of five looks, and none ends meanwhile."""
    def look():
        return {text and text.rpartition(")")[2].split()[0] for text in of_threads(pid, "stat")}
    return all(look() == {"S"} for _ in range(5))


def waits_in(pid, name):
    """The main thread is in a system call of that name in the kernel (wchan)."""
    return name in pathlib.Path(f"/proc/{pid}/wchan").read_text()
