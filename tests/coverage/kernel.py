# SPDX-License-Identifier: Apache-2.0
"""What the kernel saw: sockets opened and closed by each process, out of a log of strace -f -y.

A socket is known by its inode, which strace prints beside each descriptor, so that nothing depends on
how the lines of different threads are interleaved."""
import re

CALLS = ("socket,socketpair,accept,accept4,recvmsg,recvmmsg,connect,close,close_range,dup,dup2,dup3,fcntl,ioctl,"
         "clone,clone3,fork,vfork,execve,execveat,pidfd_getfd")
STRACE = ["strace", "-f", "-q", "-y", "--seccomp-bpf", "-s", "64", "-e", "trace=" + CALLS, "-e", "signal=none"]

SOCKET = re.compile(r"(\d+)<socket:\[(\d+)\]>")
LINE = re.compile(r"(\d+) +(.*)")
RESUMED = re.compile(r"<\.\.\. \w+ resumed>(.*)")
CALL = re.compile(r"(\w+)\((.*)\) += (-?\d+|\?)(.*)", re.S)
LAST = 1 << 32


class Process:
    """Its descriptors of sockets now, and what became of each socket that it ever had."""

    def __init__(self, parent=None):
        self.fds = {i: set(fds) for i, fds in parent.fds.items()} if parent else {}
        self.on_exec = set(parent.on_exec) if parent else set()
        self.made, self.closed = {}, set()  # inode: what it was made as; those whose last descriptor went

    def put(self, fd, inode, cloexec):
        for other, fds in self.fds.items():
            if other != inode and fd in fds and cloexec is None:  # dup2 over it
                self.drop(fd, other)
        self.fds.setdefault(inode, set()).add(fd)
        self.closed.discard(inode)
        (self.on_exec.add if cloexec else self.on_exec.discard)(fd)

    def drop(self, fd, inode):
        self.fds.setdefault(inode, set()).discard(fd)
        if not self.fds[inode]:
            self.closed.add(inode)

    def drop_where(self, which):
        for inode, fds in list(self.fds.items()):
            for fd in [fd for fd in fds if which(fd)]:
                self.drop(fd, inode)


class Log:
    def __init__(self, path):
        self.of = {}          # thread id: Process
        self.processes = {}   # pid: Process
        self.half, self.births = {}, []
        with open(path, encoding="utf-8", errors="replace") as file:
            for line in file:
                self.line(*LINE.match(line).groups())

    def process(self, tid):
        """A child's first line may come before its parent's clone returned."""
        if tid not in self.of:
            parent, text = self.births.pop(0) if self.births else (None, "")
            self.born(tid, parent, text)
        return self.of[tid]

    def born(self, tid, parent, text):
        if "CLONE_THREAD" in text or "CLONE_FILES" in text:
            self.of[tid] = self.of[parent]
            return
        self.of[tid] = self.processes[tid] = Process(self.of.get(parent))

    def line(self, pid, text):
        tid = int(pid)
        process = self.process(tid)
        if text.endswith("<unfinished ...>"):
            self.half[tid] = text[:-len("<unfinished ...>")]
            if text.startswith(("clone", "fork", "vfork")):
                self.births.append((tid, text))
            return
        resumed = RESUMED.match(text)
        if resumed:
            text = self.half.pop(tid, "") + resumed.group(1)
        call = CALL.match(text)
        if call and call.group(3) != "?" and int(call.group(3)) >= 0:
            self.call(tid, process, *call.groups())
        elif call and text.startswith(("clone", "fork", "vfork")):
            self.births = [b for b in self.births if b[0] != tid]

    def call(self, tid, process, name, arguments, ret, tail):
        if name in ("clone", "clone3", "fork", "vfork"):
            self.births = [b for b in self.births if b[0] != tid] if int(ret) in self.of else self.births
            if int(ret) not in self.of:
                self.births = [b for b in self.births if b[0] != tid]
                self.born(int(ret), tid, arguments)
        elif name in ("execve", "execveat"):
            process.drop_where(lambda fd: fd in process.on_exec)
        else:
            getattr(self, "do_" + name, self.makes)(process, name, arguments, int(ret), ret + tail)

    def makes(self, process, name, arguments, ret, result):
        """socket, accept, ...: the answer is a descriptor."""
        made = SOCKET.match(result)
        if made:
            process.put(int(made.group(1)), int(made.group(2)), "CLOEXEC" in arguments)
            if name != "pidfd_getfd":
                process.made[int(made.group(2))] = "accepted" if name.startswith("accept") else arguments

    def do_socketpair(self, process, name, arguments, ret, result):
        for fd, inode in SOCKET.findall(arguments):
            process.put(int(fd), int(inode), "CLOEXEC" in arguments)
            process.made[int(inode)] = arguments

    def do_connect(self, process, name, arguments, ret, result):
        pass

    def do_recvmsg(self, process, name, arguments, ret, result):
        for data in re.findall(r"SCM_RIGHTS, cmsg_data=\[([^\]]*\][^\]]*)\]", arguments):
            for fd, inode in SOCKET.findall(data):
                process.put(int(fd), int(inode), "CMSG_CLOEXEC" in arguments)

    do_recvmmsg = do_recvmsg

    def do_close(self, process, name, arguments, ret, result):
        for fd, inode in SOCKET.findall(arguments):
            process.drop(int(fd), int(inode))

    def do_close_range(self, process, name, arguments, ret, result):
        first, last, flags = arguments.split(", ")
        reach = range(int(re.match(r"\d+", first).group()), min(int(re.match(r"\d+", last).group()), LAST) + 1)
        if "CLOEXEC" in flags:
            process.on_exec |= {fd for fds in process.fds.values() for fd in fds if fd in reach}
        else:
            process.drop_where(lambda fd: fd in reach)

    def do_dup2(self, process, name, arguments, ret, result):
        if arguments.split(",")[0].split("<")[0] == arguments.split(", ")[1].split("<")[0]:
            return
        process.drop_where(lambda fd: fd == ret)
        made = SOCKET.match(result)
        if made:
            process.put(ret, int(made.group(2)), "CLOEXEC" in arguments)

    do_dup3 = do_dup2

    def do_dup(self, process, name, arguments, ret, result):
        made = SOCKET.match(result)
        if made:
            process.put(ret, int(made.group(2)), False)

    def do_fcntl(self, process, name, arguments, ret, result):
        if "F_DUPFD" in arguments:
            made = SOCKET.match(result)
            if made:
                process.put(ret, int(made.group(2)), "CLOEXEC" in arguments)
        elif "F_SETFD" in arguments:
            fd = int(re.match(r"\d+", arguments).group())
            (process.on_exec.add if "FD_CLOEXEC" in arguments else process.on_exec.discard)(fd)

    def do_ioctl(self, process, name, arguments, ret, result):
        fd = int(re.match(r"\d+", arguments).group())
        if "FIOCLEX" in arguments:
            process.on_exec.add(fd)
        elif "FIONCLEX" in arguments:
            process.on_exec.discard(fd)
