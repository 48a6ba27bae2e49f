# SPDX-License-Identifier: Apache-2.0
"""A server that is tested: it forgets a connection when it is asked for /leak."""
import signal
import socket
import sys

signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
forgotten = []
with socket.create_server(("127.0.0.1", 0)) as listener:
    print(listener.getsockname()[1], flush=True)
    while True:
        connection, _ = listener.accept()
        request = connection.recv(4096)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
        if b"/leak" in request:
            forgotten.append(connection)
        else:
            connection.close()
