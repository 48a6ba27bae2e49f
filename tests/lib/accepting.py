# SPDX-License-Identifier: Apache-2.0
"""A listener and the thread that accepts from it, for servers that are threads of the tests."""
import socket
import threading
import time


class Accepting:
    """Hands each connection to `serve(sock, address)`, in a thread of its own."""

    def __init__(self, listener, serve):
        self.listener, self.serve, self.accepted, self.stopped = listener, serve, 0, threading.Event()
        self.thread = threading.Thread(target=self.accept, daemon=True)
        self.thread.start()

    def accept(self):
        while True:
            try:
                connection = self.listener.accept()
            except OSError:
                if self.stopped.is_set():
                    return
                time.sleep(0.01)  # no descriptor is free, or the client has gone: the next one may come
                continue
            self.accepted += 1
            threading.Thread(target=self.serve, args=connection, daemon=True).start()

    def close(self):
        """Waits for the thread: under one that is about to accept, and is kept from running, the number of the descriptor would
        become another listener's, and it would take a connection of that one."""
        self.stopped.set()
        self.listener.shutdown(socket.SHUT_RDWR)  # wakes who waits in accept
        self.thread.join()
        self.listener.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
