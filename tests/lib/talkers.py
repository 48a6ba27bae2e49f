# SPDX-License-Identifier: Apache-2.0
"""Small servers of other protocols than HTTP, one thread a connection: as much of each as its client library asks for.

    with talkers.Talker(talkers.postgresql) as port: ...
"""
import contextlib
import socket
import struct

from accepting import Accepting


def lines(greeting, answers, otherwise):
    """Speaks first, then a line for a line: `answers` by the first word, %s is the line's first word (IMAP's tag)."""
    def talk(sock, file):
        sock.sendall(greeting)
        for line in file:
            words = line.upper().split() or [b""]
            answer = next((a for word, a in answers.items() if word in words[:2]), otherwise)
            sock.sendall(answer.replace(b"%s", line.split()[0] if line.split() else b""))
    return talk


smtp = lines(b"220 mail.example ESMTP\r\n",
             {b"EHLO": b"250-mail.example\r\n250 AUTH PLAIN\r\n", b"AUTH": b"535 refused\r\n",
              b"QUIT": b"221 bye\r\n"}, b"250 ok\r\n")
imap = lines(b"* OK ready\r\n", {b"CAPABILITY": b"* CAPABILITY IMAP4rev1\r\n%s OK done\r\n",
                                 b"LOGIN": b"%s NO denied\r\n",
                                 b"LOGOUT": b"* BYE\r\n%s OK bye\r\n"}, b"%s OK done\r\n")


def message(kind, body):
    return kind + struct.pack("!I", len(body) + 4) + body


def startup(sock, file):
    """Until the client has said who it is; TLS and GSS are declined."""
    while True:
        size, code = struct.unpack("!II", file.read(8))
        file.read(size - 8)
        if code == 196608:
            return
        sock.sendall(b"N")


def postgresql(sock, file):
    startup(sock, file)
    status = b"".join(message(b"S", s) for s in (b"server_version\x0015.0\0", b"client_encoding\0UTF8\0",
                                                  b"DateStyle\0ISO\0",
                                                  b"standard_conforming_strings\0on\0", b"integer_datetimes\0on\0"))
    sock.sendall(message(b"R", b"\0\0\0\0") + status + message(b"K", b"\0\0\0\1\0\0\0\2") + message(b"Z", b"I"))
    while len(head := file.read(5)) == 5 and head[:1] != b"X":
        file.read(struct.unpack("!I", head[1:])[0] - 4)
        sock.sendall(message(b"C", b"SELECT 0\0") + message(b"Z", b"I"))


def postgresql_that_is_busy(sock, file):
    """Takes the connection and the login, and says nothing."""
    startup(sock, file)
    file.read(1)


def mute(sock, file):
    """Says nothing, whatever it is told."""
    file.read()


class Talker:
    def __init__(self, talk):
        self.talk = talk

    def serve(self, sock, _):
        with contextlib.suppress(OSError, ValueError, struct.error), sock, sock.makefile("rb") as file:
            self.talk(sock, file)

    def __enter__(self):
        self.accepting = Accepting(socket.create_server(("127.0.0.1", 0), backlog=100), self.serve)
        return self.accepting.listener.getsockname()[1]

    def __exit__(self, *_):
        self.accepting.close()
