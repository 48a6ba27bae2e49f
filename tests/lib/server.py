# SPDX-License-Identifier: Apache-2.0
"""The integration server: HTTP/1.1 on loopback, plain and TLS, that does what the path says.

    /fixed?size=N        Content-Length
    /chunked?size=N      chunks, one with an extension, and a trailer
    /close?size=N        until close
    /last?size=N         Content-Length and Connection: close
    /slow?delay=S        waits before the head
    /stall?size=N&sent=M sends M of N bytes of the body, then nothing for ever
    /trickle?size=N      byte by byte
    /status?code=N       204, 304, ...; /interim sends 103 before 200
    /reset?sent=N        RST after N bytes of the response
    /bye?size=N          keep-alive answer, then closes all the same
    /mute                never answers
Anything else is a file of --root, or 404. It never closes a kept connection by itself.

As a module: `with Server() as s: s.port`. As a command it prints its ports.
"""
import argparse
import collections
import os
import socket
import ssl
import struct
import subprocess
import tempfile
import threading
import time
from urllib.parse import parse_qs, urlsplit

from accepting import Accepting


def certificate(folder):
    """A self-signed certificate for localhost and 127.0.0.1, made anew."""
    cert, key = os.path.join(folder, "cert.pem"), os.path.join(folder, "key.pem")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", key,
         "-out", cert, "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
        check=True, capture_output=True)
    return cert, key


# The ends of connections, of all servers: what a test that failed would like to know (conftest.py).
ENDED = collections.deque(maxlen=20)


class Connection:
    def __init__(self, server, sock, client):
        self.server, self.sock, self.client, self.last = server, sock, client, "no request"
        self.file = sock.makefile("rb")

    def serve(self):
        why = "as asked for"
        try:
            while self.one():
                pass
        except BaseException as e:
            why = repr(e)
            if not isinstance(e, (OSError, ValueError)):
                raise
        finally:
            ENDED.append(f"{time.strftime('%T')} port {self.server.port}, client's {self.client}: {self.last}: {why}")
            try:
                self.file.close()
                self.sock.close()
            except OSError:
                pass

    def request(self):
        line = self.file.readline(65536)
        if not line.strip():
            return None
        method, target, version = line.decode("latin-1").split()
        headers = {}
        while True:
            line = self.file.readline(65536).decode("latin-1").strip()
            if not line:
                break
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        if "content-length" in headers:
            self.file.read(int(headers["content-length"]))
        return method, target, version, headers

    def one(self):
        request = self.request()
        if not request:
            return False
        method, target, version, headers = request
        self.last = f"{method} {target}"
        url = urlsplit(target)
        query = {k: v[0] for k, v in parse_qs(url.query).items()}
        action = getattr(self, "do_" + url.path.strip("/").replace("/", "_"), None)
        self.method = method
        if action:
            keep = action(query) is not False
        else:
            keep = self.send_file(url.path)
        if version == "HTTP/1.0" or headers.get("connection", "").lower() == "close":
            return False
        return keep

    def head(self, status, *fields):
        self.sock.sendall(("\r\n".join([f"HTTP/1.1 {status}", *fields]) + "\r\n\r\n").encode())

    def body(self, data):
        if self.method != "HEAD":
            self.sock.sendall(data)

    def do_fixed(self, query, *fields):
        size = int(query.get("size", 100))
        # One segment where it fits, as most servers do: a client's read-ahead takes all of it.
        head = "\r\n".join(["HTTP/1.1 200 OK", f"Content-Length: {size}", *fields]) + "\r\n\r\n"
        self.sock.sendall(head.encode() + (b"" if self.method == "HEAD" else b"x" * size))

    def do_last(self, query):
        self.do_fixed(query, "Connection: close")
        return False

    def do_bye(self, query):
        self.do_fixed(query)
        return False

    def do_chunked(self, query):
        size = int(query.get("size", 100))
        self.head("200 OK", "Transfer-Encoding: chunked", "Trailer: X-Sum")
        first = size // 2
        for n, extension in ((first, ';name="a;b"'), (size - first, "")):
            if n:
                self.body(f"{n:x}{extension}\r\n".encode() + b"y" * n + b"\r\n")
        self.body(b"0\r\nX-Sum: 1\r\n\r\n")

    def do_close(self, query):
        self.head("200 OK")
        self.body(b"z" * int(query.get("size", 100)))
        return False

    def do_slow(self, query):
        time.sleep(float(query.get("delay", 1)))
        self.do_fixed(query)

    def do_stall(self, query):
        self.head("200 OK", f"Content-Length: {query.get('size', 1000)}")
        self.body(b"s" * int(query.get("sent", 10)))
        self.server.stop.wait()
        return False

    def do_trickle(self, query):
        size = int(query.get("size", 20))
        for byte in f"HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n".encode() + b"t" * size:
            self.sock.sendall(bytes([byte]))

    def do_status(self, query):
        self.head(query.get("code", "204") + " Whatever")

    def do_interim(self, query):
        self.head("103 Early Hints", "Link: </a.css>; rel=preload")
        self.do_fixed(query)

    def do_reset(self, query):
        data = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + b"r" * 100000
        self.sock.sendall(data[:int(query.get("sent", 0))])
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False

    def do_mute(self, query):
        self.server.stop.wait()
        return False

    def send_file(self, path):
        root = self.server.root
        name = os.path.realpath(os.path.join(root, path.lstrip("/"))) if root else ""
        if not root or not name.startswith(os.path.realpath(root)) or not os.path.isfile(name):
            self.head("404 Not Found", "Content-Length: 0")
            return True
        with open(name, "rb") as file:
            data = file.read()
        self.head("200 OK", f"Content-Length: {len(data)}")
        self.body(data)
        return True


class Server:
    """Listens on a port of its own choice, each connection in a thread."""

    def __init__(self, tls=False, root=None, host="127.0.0.1", backlog=1024):
        self.root, self.stop, self.context = root, threading.Event(), None
        self.folder = tempfile.TemporaryDirectory() if tls else None
        if tls:
            self.certificate, key = certificate(self.folder.name)
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(self.certificate, key)
        listener = socket.create_server((host, 0), backlog=backlog)
        self.port = listener.getsockname()[1]
        self.accepting = Accepting(listener, self.serve)

    @property
    def accepted(self):
        return self.accepting.accepted

    def serve(self, sock, address):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.context:
            try:
                sock = self.context.wrap_socket(sock, server_side=True)
            except OSError as e:  # ssl.SSLError is one
                ENDED.append(f"{time.strftime('%T')} port {self.port}, client's {address[1]}: no handshake: {e!r}")
                sock.close()
                return
        Connection(self, sock, address[1]).serve()

    def close(self):
        self.stop.set()
        self.accepting.close()
        if self.folder:
            self.folder.cleanup()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--root", help="serve the files of this folder")
    options = parser.parse_args()
    with Server(root=options.root) as plain, Server(tls=True, root=options.root) as tls:
        print(f"http://127.0.0.1:{plain.port} https://localhost:{tls.port} cert={tls.certificate}", flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
