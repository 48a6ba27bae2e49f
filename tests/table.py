# SPDX-License-Identifier: Apache-2.0
"""The table of clients and bodies, out of our own reports.

Six requests, one after the other, to a server that never closes. How many connections are there at
the end, and what has become of them? The server's own count is the witness. Exit status 1 when a
cell is not as it should be.
"""
import collections
import functools
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "lib"))
import harness  # noqa: E402
from server import Server  # noqa: E402

CLIENTS = harness.ROOT / "tests" / "clients"
SITUATIONS = {
    "100 B, unread": ("unread", 100),
    "300 kB, unread": ("unread", 300000),
    "read": ("read", 300000),
    "read, new client each": ("new", 100),
}
LOST, SWALLOWED, ONE = (6, "leaked/undrained"), (6, "leaked/abandoned"), (1, "drained/kept-alive")
# A body of 100 B is read ahead by most clients: the stream looks drained, and only reuse tells that
# nobody comes back. HttpClient and fetch finish such a body by themselves and use the connection again.
# None: the client has no pool of its own that could be made anew.
EXPECTED = {
    "requests": (SWALLOWED, LOST, ONE, SWALLOWED),
    "urllib3": (SWALLOWED, LOST, ONE, SWALLOWED),
    "HttpURLConnection": (SWALLOWED, LOST, ONE, None),
    "HttpClient": (ONE, LOST, ONE, SWALLOWED),
    "http.get": (SWALLOWED, LOST, ONE, SWALLOWED),
    "fetch": (ONE, LOST, ONE, None),
    "libcurl": (SWALLOWED, LOST, ONE, SWALLOWED),
}
CELLS = [(client, situation) for client in EXPECTED for situation in SITUATIONS
         if EXPECTED[client][list(SITUATIONS).index(situation)]]


@functools.cache
def classes():
    """The folder of the compiled Java clients."""
    folder = tempfile.TemporaryDirectory(prefix="connleak-java-")
    subprocess.run([harness.which("javac"), "-d", folder.name, *map(str, CLIENTS.glob("*.java"))], check=True,
                   timeout=harness.TIMEOUT)
    return folder


def command(client):
    java = ["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"]
    return {
        "requests": lambda: ["/usr/bin/python3", str(CLIENTS / "requests_client.py")],
        "urllib3": lambda: ["/usr/bin/python3", str(CLIENTS / "urllib3_client.py")],
        "HttpURLConnection": lambda: [*java, "-cp", classes().name, "UrlConnection"],
        "HttpClient": lambda: [*java, "-cp", classes().name, "Client"],
        "http.get": lambda: ["node", str(CLIENTS / "get.js")],
        "fetch": lambda: ["node", str(CLIENTS / "fetch.js")],
        "libcurl": lambda: [harness.victim("libcurl")],
    }[client]()


Cell = collections.namedtuple("Cell", "accepted connections verdicts evidence reused")


def measure(client, situation, start=harness.run):
    """One cell: what the server accepted, and what is reported of the connections to it."""
    how, size = SITUATIONS[situation]
    with Server() as server:
        run = start([*command(client), f"http://127.0.0.1:{server.port}/fixed?size={size}", how])
        assert (run.status, run.out) == (0, "done\n"), run.err
        ours = [c for r in run.reports for c in r["connections"] if (c["peer"] or "").endswith(f":{server.port}")]
        return Cell(server.accepted, len(ours), collections.Counter(f"{c['verdict']}/{c['reason']}" for c in ours),
                    "/".join(sorted({c["evidence"] for c in ours})), sum(c["reused"] for c in ours))


def expected(client, situation):
    return EXPECTED[client][list(SITUATIONS).index(situation)]


def holds(cell, want):
    count, verdict = want
    return cell.accepted == cell.connections == count and cell.verdicts == {verdict: count} and \
        cell.reused == 6 - count


def text(cell):
    what = ", ".join(f"{n} {v}" for v, n in sorted(cell.verdicts.items()))
    return f"{cell.connections}: {what} by {cell.evidence}"


def main():
    os.chdir(tempfile.gettempdir())
    wrong = 0
    print(f"{'client':18} {'body':22} {'connections, and what became of them':44} expected")
    for client, situation in CELLS:
        want, cell = expected(client, situation), measure(client, situation)
        good = holds(cell, want)
        wrong += not good
        print(f"{client:18} {situation:22} {text(cell):44} {want[0]}, {want[1]}{'' if good else '   WRONG'}", flush=True)
        if cell.accepted != cell.connections:
            print(f"{'':18} the server accepted {cell.accepted}")
    print(f"{len(CELLS)} cells, {wrong} not as expected")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
