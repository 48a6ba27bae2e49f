# SPDX-License-Identifier: Apache-2.0
"""The quiz in Go itself, for the demonstration, where Go is installed: each row over HTTP and HTTPS."""
import contextlib
import subprocess

import harness

QUIZ = harness.BUILD / "tests/victims/go/quiz-stripped"
STATIC = harness.BUILD / "tests/victims/go/quiz-static-stripped"
SERVER = harness.BUILD / "tests/victims/go/server"

INTRODUCTION = """
The article's own program: six http.Get in Go, here without symbols and without debugging information, over HTTPS and
HTTP/2 as the usual production binary, which is static. Go makes its system calls without libc; goroutines are the
threads of the report, and runtime.NumGoroutine() says how many there are.
"""

HTTP, HTTPS, HTTP2 = [0], [3], [4]
BOTH = (("HTTP", HTTP), ("HTTPS", HTTPS))
# variant, path, servers by protocol; then connections, goroutines, pinned, verdict. None: as Go says.
RUNS = [
    ("reads, does not close", "read", "/big", BOTH, 1, 3, 2, "drained/kept-alive"),
    ("300 kB each unread", "unread", "/big", BOTH, 6, 13, 12, "leaked/undrained"),
    ("100 bytes each unread", "unread", "/small", BOTH, 6, 13, 12, "leaked/undrained"),
    ("closes early", "closed", "/big", BOTH, 6, 1, 0, "closed-early"),
    ("reads, of 3 hosts", "hosts", "/big", (("HTTP", [0, 1, 2]),), 3, 7, 6, "drained/kept-alive"),
    ("reads, a new Transport each", "pools", "/big", BOTH, 6, 13, 12, "leaked/abandoned"),
    ("30 MB each unread", "unread", "/huge", (("HTTP/2", HTTP2),), 1, None, None, "leaked/undrained"),
]

HEAD = """
                                        connections  goroutines      pinned
The client ...                          here quiz    here quiz    here quiz    verdict
"""
ROW = "  {:<28} {:<7} {:>5} {:>4}    {:>4} {:>4}    {:>4} {:>4}    {}"


def there():
    return QUIZ.exists() and SERVER.exists()


@contextlib.contextmanager
def server():
    """The ports of three hosts' HTTP, of HTTPS, and of HTTPS with HTTP/2."""
    process = subprocess.Popen([SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield process.stdout.readline().split()
    finally:
        process.stdin.close()
        process.wait(10)


def row(title, variant, path, protocol, which, ports, connections, goroutines, pinned, verdict):
    scheme = "http" if protocol == "HTTP" else "https"
    urls = [f"{scheme}://127.0.0.1:{ports[i]}{path}" for i in which]
    run = harness.run([QUIZ if protocol == "HTTP" else STATIC, variant, *urls], env={"H2": "1"} if protocol == "HTTP/2" else {})
    said, threads = int(run.out.split()[1]), run.report["summary"]["threads"]
    found = ", ".join(sorted({f"{c['verdict']}/{c['reason']}" for c in run.report["connections"]}))
    here = (run.report["summary"]["connections"], threads["alive"], threads["pinned"])
    quiz = (connections, goroutines or said, threads["pinned"] if pinned is None else pinned)
    good = here == quiz and said == threads["alive"] and (found == verdict or found.startswith(verdict + "/"))
    pairs = [n for pair in zip(here, quiz) for n in pair]
    print(ROW.format(title, protocol, *pairs, found if good else f"{found} BUT THE QUIZ SAYS {verdict}"), flush=True)
    return good


def lines(ports):
    """What the report says of where the static program asked."""
    run = harness.run([STATIC, "unread", f"https://127.0.0.1:{ports[HTTPS[0]]}/big"])
    text = harness.execute([harness.CONNLEAK, "report", run.folder]).stdout
    print("\nThe static, stripped program over HTTPS, and the lines of its own that the report names:\n")
    print("\n".join(line for line in text.splitlines() if "main.go:" in line and "main." in line))


def table():
    print(INTRODUCTION + HEAD.rstrip("\n"))
    with server() as ports:
        agree = [row(title, variant, path, protocol, which, ports, *quiz)
                 for title, variant, path, protocols, *quiz in RUNS for protocol, which in protocols]
        lines(ports)
    print(f"\nAll {len(agree)} runs are as in the quiz." if all(agree) else
          f"\n{agree.count(False)} of {len(agree)} runs are NOT as in the quiz.")
    return all(agree)
