# SPDX-License-Identifier: Apache-2.0
"""Stories: what programs do with connections, as events for tests/replay, at random but for the seed. Each protocol is a
short conversation in pieces; a program is its client or its server.

    story = stories.Story(random.Random(7))
    story.lines(who)     events of one process
"""
import struct


def frame(kind, flags, stream, payload=b""):  # RFC 9113 section 4.1
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def pg(kind, payload=b""):
    return kind + struct.pack(">I", len(payload) + 4) + payload


def mysql(number, payload):
    return struct.pack("<I", len(payload))[:3] + bytes([number]) + payload


def record(kind, payload):  # RFC 8446 section 5.1
    return bytes([kind, 3, 3]) + struct.pack(">H", len(payload)) + payload


READY = pg(b"Z", b"I")
GREETING = mysql(0, b"\x0a8.0.36\0" + struct.pack("<I", 7) + b"saltsalt\0" + struct.pack("<H", 0xf7ff) + b"\x21" +
                 struct.pack("<H", 2) + struct.pack("<H", 0xdfff) + b"\x15" + b"\0" * 10 + b"saltsaltsalt\0mysql_native_password\0")
LOGIN = mysql(1, struct.pack("<IIB", 0x000fa685, 1 << 24, 0x21) + b"\0" * 23 + b"user\0" + b"\x14" + b"x" * 20 +
              b"mysql_native_password\0")
ESTABLISHED, CLOSE_WAIT = 1, 8  # linux/tcp_states.h
OK = b"\0\0\0\2\0\0\0"
COLUMN = b"\3def\0\0\0\1a\0\x0c\x3f\0\1\0\0\0\x08\x81\0\0\0\0"
EOF_PACKET = b"\xfe\0\0\2\0"


class Protocol:
    """`login` and each of `exchanges` is a list of (who speaks, bytes), "c" for the client and "s" for the server. What comes
    late and asks for nothing is in `late`, by who speaks. A piece that wants the number of its request is a function of it."""
    login, late, exchanges = [], {}, []

    def exchange(self, chance, number):
        return [(who, piece(number) if callable(piece) else piece) for who, piece in chance.choice(self.exchanges)]


class Http1(Protocol):
    exchanges = [
        [("c", b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n"), ("s", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"), ("s", b"hello")],
        [("c", b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n"), ("c", b"abc"),
         ("s", b"HTTP/1.1 100 Continue\r\n\r\n"), ("s", b"HTTP/1.1 204 No Content\r\n\r\n")],
        [("c", b"GET /b HTTP/1.1\r\nHost: x\r\n\r\n"),
         ("s", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"), ("s", b"3\r\nabc\r\n"), ("s", b"0\r\n\r\n")],
        [("c", b"HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n"), ("s", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")]]


class Redis(Protocol):
    login = [("c", b"*2\r\n$5\r\nHELLO\r\n$1\r\n3\r\n"), ("s", b"%1\r\n$6\r\nserver\r\n$5\r\nredis\r\n")]
    late = {"s": b">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\na\r\n"}
    exchanges = [
        [("c", b"*2\r\n$3\r\nGET\r\n$1\r\na\r\n"), ("s", b"$5\r\nhe"), ("s", b"llo\r\n")],
        [("c", b"*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\nb\r\n"), ("s", b"+OK\r\n")],
        [("c", b"*1\r\n$4\r\nPING\r\n"), ("s", b"+PONG\r\n")]]


class Postgresql(Protocol):
    login = [("c", struct.pack(">II", 21, 196608) + b"user\0me\0db\0\0\0"[:13]), ("s", pg(b"R", b"\0\0\0\0")),
             ("s", pg(b"S", b"a\0b\0") + pg(b"K", b"\0\0\0\1\0\0\0\2")), ("s", READY)]
    late = {"s": pg(b"S", b"TimeZone\0UTC\0")}
    exchanges = [
        [("c", pg(b"Q", b"select 1\0")), ("s", pg(b"T", b"\0\1a\0" + b"\0" * 18)), ("s", pg(b"D", b"\0\1\0\0\0\0011")),
         ("s", pg(b"C", b"SELECT 1\0")), ("s", READY)],
        [("c", pg(b"P", b"\0select\0\0\0") + pg(b"B", b"\0\0\0\0\0\0\0\0") + pg(b"E", b"\0\0\0\0\0")), ("c", pg(b"S")),
         ("s", pg(b"1") + pg(b"2")), ("s", pg(b"C", b"SELECT 0\0") + READY)]]


class Mysql(Protocol):
    login = [("s", GREETING), ("c", LOGIN), ("s", mysql(2, OK))]
    exchanges = [
        [("c", mysql(0, b"\3select 1")), ("s", mysql(1, b"\1") + mysql(2, COLUMN)), ("s", mysql(3, EOF_PACKET)),
         ("s", mysql(4, b"\0011") + mysql(5, EOF_PACKET))],
        [("c", mysql(0, b"\3insert")), ("s", mysql(1, OK))],
        [("c", mysql(0, b"\x0e")), ("s", mysql(1, OK))]]


class Http2(Protocol):
    login = [("c", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0)), ("s", frame(4, 0, 0)), ("s", frame(4, 1, 0)),
             ("c", frame(4, 1, 0))]
    late = {"s": frame(6, 1, 0, b"12345678"), "c": frame(6, 0, 0, b"12345678") + frame(8, 0, 0, b"\0\0\1\0")}
    exchanges = [
        [("c", lambda n: frame(1, 5, 2 * n - 1, b"\x82\x84\x86\x41\1x")), ("s", lambda n: frame(1, 4, 2 * n - 1, b"\x88")),
         ("s", lambda n: frame(0, 0, 2 * n - 1, b"hello")), ("s", lambda n: frame(0, 1, 2 * n - 1))],
        [("c", lambda n: frame(1, 5, 2 * n - 1, b"\x82\x84\x86\x41\1x")), ("s", lambda n: frame(1, 5, 2 * n - 1, b"\x89"))]]


class Tls(Protocol):
    login = [("c", record(22, b"\1\0\0\x20" + b"h" * 32)), ("s", record(22, b"\2\0\0\x20" + b"h" * 32) + record(20, b"\1")),
             ("s", record(23, b"x" * 60)), ("c", record(20, b"\1") + record(23, b"f" * 53))]
    late = {"s": record(23, b"ticket" * 9)}
    exchanges = [[("c", record(23, b"r" * 40)), ("s", record(23, b"a" * 90)), ("s", record(23, b"b" * 20))]]


class Unframed(Protocol):
    exchanges = [[("c", b"\1\2ask it"), ("s", b"\3\4some"), ("s", b"of it")]]


PROTOCOLS = [Http1(), Redis(), Postgresql(), Mysql(), Http2(), Tls(), Unframed()]


class Connection:
    def __init__(self, fd):
        self.fd, self.asked, self.closed = fd, 0, False
        self.kernel = None  # what the kernel says at the end: bytes in the receive queue, TCP state
        self.outstanding = []  # what is still to be said of the exchange that goes on

    def quiet(self):
        return not self.closed and not self.outstanding


class Story:
    """What a program does: `events` are (thread, word and arguments), `quiet` after each of them the connections that are
    open and owe nothing."""

    def __init__(self, chance, protocol=None, server=None):
        self.chance, self.protocol = chance, protocol or chance.choice(PROTOCOLS)
        self.server = chance.random() < 0.4 if server is None else server
        self.events, self.quiet, self.connections = [], [], []
        if self.server:
            self.tell("open 3 2 1 6 1000")
            self.tell("listen 3")
        self.watches = chance.random() < (0.7 if self.server else 0.2)
        style = chance.random()
        for _ in range(chance.randrange(1, 7)):
            self.opens(login=True)
            for _ in range(chance.randrange(4)):
                self.goes_on(self.connections[-1] if style < 0.6 else chance.choice(self.connections))
        for c in self.connections:
            end = chance.random()
            if end < 0.8:
                self.completes(c)
            if end < 0.3:
                self.closes(c)
        if chance.random() < 0.4:
            for c in self.connections:
                self.asks_kernel(c)

    def asks_kernel(self, c):
        """What is on the way may have come; seldom something unasked, or the peer's end."""
        mine = "c" if self.server else "s"
        coming = sum(len(data) for who, data in c.outstanding[:1] if who == mine)
        queued = coming if self.chance.random() < 0.5 else 9 if self.chance.random() < 0.1 else 0
        c.kernel = queued, CLOSE_WAIT if self.chance.random() < 0.1 else ESTABLISHED

    def tell(self, what, thread=1):
        self.events.append((thread, what))
        self.quiet.append([c for c in self.connections if c.quiet()])

    def opens(self, login, fd=None, watched=False):
        c = Connection(fd or 4 + len(self.connections))
        self.connections.append(c)
        c.outstanding = [None]
        if self.server:
            self.tell(f"accepted {c.fd} 3 2000")
            self.tell(f"peer {c.fd} {4000 + c.fd} 7f000001")
        else:
            self.tell(f"open {c.fd} 2 1 6 2000")
            self.tell(f"connect {c.fd} 0")
            self.tell(f"peer {c.fd} 80 7f000001")
        if self.watches or watched:
            self.tell(f"watched {c.fd}")
        c.outstanding = list(self.protocol.login) if login else []
        self.completes(c)

    def says(self, c, who, data):
        self.tell(f"{'out' if (who == 's') == self.server else 'in'} {c.fd} {data.hex()}")

    def goes_on(self, c):
        """A piece, some, or all of an exchange."""
        if c.closed:
            return
        if not c.outstanding:
            c.asked += 1
            c.outstanding = self.protocol.exchange(self.chance, c.asked)
        for _ in range(self.chance.choice((1, 2, 9))):
            if c.outstanding:
                self.says(c, *c.outstanding.pop(0))

    def completes(self, c):
        while c.outstanding and not c.closed:
            self.says(c, *c.outstanding.pop(0))

    def closes(self, c):
        if not c.closed:
            self.tell(f"close {c.fd}")
        c.closed = True

    def asked(self):
        return any(c.asked for c in self.connections)

    # ---- what makes nothing worse. Each is done somewhere in the story, or at its end; False: there is nothing to do.

    def insert(self, at, *told):
        self.events[at:at] = told
        self.quiet[at:at] = [self.quiet[at - 1] if at else []] * len(told)

    def somewhere_quiet(self):
        """(where, a connection that owes nothing there), or None."""
        places = [(i + 1, c) for i, quiet in enumerate(self.quiet) for c in quiet]
        return self.chance.choice(places) if places else None

    def add_late_bytes(self):
        """An acknowledgement, a ping, a session ticket, a notice."""
        for who, data in self.protocol.late.items():
            for _ in range(self.chance.randrange(1, 4)):
                at, c = self.somewhere_quiet() or (0, None)
                if c:
                    self.insert(at, (1, f"{'out' if (who == 's') == self.server else 'in'} {c.fd} {data.hex()}"))
        return bool(self.protocol.late)

    def add_late_tail(self):
        """What ends an answer comes when others were opened and asked, as late as its connection lets it."""
        moves = []
        for i, (_, what) in enumerate(self.events):
            word, fd = what.split()[:2]
            after = [k for k in range(i + 1, len(self.events)) if self.events[k][1].split()[1] == fd]
            if word == ("out" if self.server else "in") and (after[0] if after else len(self.events)) > i + 1:
                moves.append((i, after[0] if after else len(self.events)))
        if not moves:
            return False
        at, until = self.chance.choice(moves)
        self.insert(self.chance.randrange(at + 2, until + 1), self.events[at])
        del self.events[at], self.quiet[at]
        return True

    def add_close(self):
        for c in self.connections:
            if self.chance.random() < 0.7:
                self.closes(c)
        return True

    def add_spare(self):
        """One that is opened ahead, and perhaps logged in; where a server accepts it, it waits for it."""
        if not self.asked():
            return False  # then it is one more that nobody ever asks, and those may be what leaks
        end, at = len(self.events), self.chance.randrange(2 if self.server else 0, len(self.events) + 1)
        self.opens(login=self.chance.random() < 0.5, fd=100, watched=True)
        told = self.events[end:]
        del self.events[end:], self.quiet[end:]
        self.insert(at, *told)
        return True

    def add_thread(self):
        self.insert(self.chance.randrange(len(self.events) + 1), (2, "pair 101 102 1 1 0 3000"), (2, "wait 101 1"))
        return True

    def add_reader(self):
        """A thread of its own reads."""
        self.events = [(2 if what.startswith("in ") else thread, what) for thread, what in self.events]
        return True

    def add_waiting(self):
        """Somebody waits for what comes next."""
        at, c = self.somewhere_quiet() or (0, None)
        if not c or c.closed:
            return False
        self.tell(f"wait {c.fd} 3", thread=2)
        return True

    def add_copy(self):
        at, c = self.somewhere_quiet() or (0, None)
        if not c:
            return False
        self.insert(at, (1, f"dup {c.fd} 103"), (1, "close 103"))
        return True

    def add_watch(self):
        at, c = self.somewhere_quiet() or (0, None)
        if not c:
            return False
        self.insert(at, (1, f"watched {c.fd}"))
        return True

    def add_kernel(self):
        """Nobody asked the kernel; it knows nothing new."""
        if any(c.kernel for c in self.connections):
            return False
        for c in self.connections:
            c.kernel = 0, ESTABLISHED
        return True

    ADDITIONS = (add_late_bytes, add_late_tail, add_close, add_spare, add_thread, add_reader, add_waiting, add_copy, add_watch,
                 add_kernel)

    def lines(self, who, status):
        """As replay wants them. `status`: of its exit, -1 when it is killed."""
        asked = [(1, f"kernel {c.fd} {c.kernel[0]} {c.kernel[1]}") for c in self.connections if c.kernel and not c.closed]
        everything = [(1, f"begin {1000 + who}"), *self.events, *asked, (1, f"end {status}")]
        return [f"{n} {who} {1000 + who + 100 * (thread - 1)} {1000000 * (n + 1)} {what} ;"
                for n, (thread, what) in enumerate(everything)]
