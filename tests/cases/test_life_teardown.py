# SPDX-License-Identifier: Apache-2.0
"""What was closed only while the process was ending keeps the verdict that it had; what the program closed itself,
however late, is closed."""
import os
import pathlib

import pytest

import harness

# pyenv's, too, where somebody has it
PYTHONS = ["/usr/bin/python3", *map(str, sorted(pathlib.Path.home().glob(".pyenv/versions/3.*/bin/python3")))]
LEAKED = {("leaked", "abandoned", True): 5}
CLOSED = {("closed", "drained", False): 5}


def counts(run):
    found = {}
    for c in run.report["connections"]:
        if c["kind"] == "tcp" and c["requests"]:
            key = (c["verdict"], c["reason"], c["teardown"])
            found[key] = found.get(key, 0) + 1
    return found


# ---- static destructors and exit handlers

ENDS = {
    "static": LEAKED,                    # main returns, static destructors close
    "told": LEAKED,                      # and say goodbye first: that is not the program's own shutdown
    "exit": LEAKED,                      # from deep inside
    "atexit": LEAKED,                    # a handler of the program closes them
    "once": {("drained", "kept-alive", True): 1},
    "_exit": {("leaked", "abandoned", False): 5},  # nobody closes anything
    "closed": CLOSED,
    "scope": CLOSED,                     # by the same destructor, before the end
    "signal": CLOSED,                    # the handler closes, then _exit
}


@pytest.fixture(scope="module")
def teardown(tmp_path_factory):
    path = tmp_path_factory.mktemp("teardown") / "teardown"
    source = harness.ROOT / "tests" / "victims" / "teardown.cpp"
    harness.execute([harness.which("g++"), "-g", "-O1", "-o", str(path), str(source)], check=True)
    return str(path)


@pytest.mark.parametrize("how", ENDS)
def test_destructors_and_handlers(server, teardown, how):
    run = harness.both([teardown, how, str(server.port)])
    assert counts(run) == ENDS[how]
    again = harness.report(*run.dumps())
    assert again.status == ("leaked" in {v for v, _, _ in ENDS[how]})
    for c in run.report["connections"]:
        if c["teardown"]:
            functions = [f["function"] for f in run.report["stacks"][c["closed_stack"]]]
            assert any("exit" in f for f in functions if f) and c["closed_s"] is not None


# ---- interpreters

ASK = {
    "python": """
import socket, sys, atexit, os, signal
kept = []
def ask():
    s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
    s.sendall(b"GET /fixed?size=9 HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n")
    assert b"200" in s.recv(4096)
    return s
def close_all(*_):
    for s in kept: s.close()
for i in range(5): kept.append(ask())
""",
    "perl": """
use IO::Socket::INET; our @kept;
sub ask { my $s = IO::Socket::INET->new("127.0.0.1:$ARGV[0]") or die; my $b;
  syswrite($s, "GET /fixed?size=9 HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n"); sysread($s, $b, 4096) or die; return $s }
IO::Socket::INET->new("127.0.0.1:$ARGV[0]"); # what is loaded at the first time is loaded
for my $i (1..5) { push @kept, ask() }
""",
    "ruby": """
require 'socket'
$kept = []
def ask
  s = TCPSocket.new('127.0.0.1', ARGV[0].to_i); s.write("GET /fixed?size=9 HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n")
  s.readpartial(4096); s
end
5.times { $kept << ask }
""",
    "php": """<?php
function ask() { global $argv; $f = fsockopen("127.0.0.1", (int)$argv[1]);
  fwrite($f, "GET /fixed?size=9 HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n"); fread($f, 4096); return $f; }
$kept = []; for ($i = 0; $i < 5; $i++) $kept[] = ask();
""",
    "lua": """
local socket = require "socket"
kept = {}
for i = 1, 5 do
  local c = assert(socket.connect("127.0.0.1", tonumber(arg[1])))
  c:send("GET /fixed?size=9 HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n")
  repeat local line = c:receive() until line == "" or not line
  c:receive(9)
  kept[i] = c
end
""",
}
RUN = {"python": ["/usr/bin/python3"], "perl": ["perl"], "ruby": ["ruby"], "php": ["php"], "lua": [harness.lua()]}

# Whose destructor closes, as DBI's does.
HELD = "package Held; sub new { my $class = shift; bless [@_], $class } sub DESTROY { close $_ for @{$_[0]} } package main;\n"

# (language, how it ends): what comes after the five were opened, and what becomes of them
SCRIPTS = {
    ("python", "end"): ("", LEAKED),
    ("python", "sys.exit"): ("sys.exit(0)", LEAKED),
    ("python", "exception"): ("raise KeyError(1)", LEAKED),
    ("python", "atexit"): ("atexit.register(close_all)", LEAKED),
    ("python", "os._exit"): ("os._exit(0)", {("leaked", "abandoned", False): 5}),
    ("python", "close"): ("close_all()", CLOSED),
    ("python", "clear"): ("s = None; kept.clear()", CLOSED),
    ("python", "close, then sys.exit"): ("close_all(); sys.exit(0)", CLOSED),
    ("python", "finally"): ("try: raise KeyError(1)\nfinally: close_all()", CLOSED),
    ("python", "SIGTERM handler"): ("def stop(*_): close_all(); sys.exit(0)\nsignal.signal(signal.SIGTERM, stop)\n"
                                    "os.kill(os.getpid(), signal.SIGTERM)", CLOSED),
    ("perl", "end"): ("", LEAKED),
    ("perl", "exit"): ("exit 0;", LEAKED),
    ("perl", "die"): ("die 'so';", LEAKED),
    ("perl", "end of the file's own"): ("my @mine = @kept; @kept = ();", LEAKED),
    ("perl", "exit with the file's own"): ("my @mine = @kept; @kept = (); exit 0;", LEAKED),
    ("perl", "die with the file's own"): ("my @mine = @kept; @kept = (); die 'so';", LEAKED),
    ("perl", "end of objects"): (HELD + "my @mine = map { Held->new($_) } @kept; @kept = ();", LEAKED),
    ("perl", "scope of objects"): (HELD + "if (@kept) { my @mine = map { Held->new($_) } @kept; @kept = (); }", CLOSED),
    ("perl", "object"): (HELD + "my $mine = Held->new(@kept); @kept = (); undef $mine;", CLOSED),
    ("perl", "scope"): ("if (@kept) { my @mine = @kept; @kept = (); }", CLOSED),
    ("perl", "sub"): ("sub all { my @mine = @kept; @kept = (); } all();", CLOSED),
    ("perl", "close"): ("close $_ for @kept;", CLOSED),
    ("perl", "undef"): ("undef @kept;", CLOSED),
    ("ruby", "end"): ("", LEAKED),
    ("ruby", "exit"): ("exit 0", LEAKED),
    ("ruby", "close"): ("$kept.each(&:close)", CLOSED),
    ("php", "end"): ("", LEAKED),
    ("php", "exit"): ("exit(0);", LEAKED),
    ("php", "close"): ("foreach ($kept as $f) fclose($f);", CLOSED),
    ("lua", "end"): ("", LEAKED),
    ("lua", "close"): ("for _, c in ipairs(kept) do c:close() end", CLOSED),
    ("lua", "collected"): ("kept = nil; collectgarbage()", CLOSED),
    ("lua", "os.exit"): ("os.exit(0)", {("leaked", "abandoned", False): 5}),
}


@pytest.mark.parametrize("language,how", SCRIPTS)
def test_scripts(server, tmp_path, language, how):
    then, expected = SCRIPTS[language, how]
    dies = how in ("exception", "finally") or how.startswith("die")
    script = tmp_path / "script"
    script.write_text(ASK[language] + then + "\n")
    run = harness.both([harness.which(RUN[language][0]), *RUN[language][1:], str(script), str(server.port)],
                       exits={"python": 1, "perl": 255}[language] if dies else 0)
    assert counts(run) == expected
    assert harness.report(*run.dumps()).status == ("leaked" in {v for v, _, _ in expected})


def test_five_sessions_of_requests(server):
    """The five that everybody forgets, and an end like any other."""
    script = ("import requests, sys\nkept = []\nfor i in range(5):\n    s = requests.Session()\n"
              "    s.get('http://127.0.0.1:%s/fixed?size=9' % sys.argv[1])\n    kept.append(s)\n")
    run = harness.both(["/usr/bin/python3", "-c", script, str(server.port)])
    assert counts(run) == LEAKED
    assert harness.report(*run.dumps()).status == 1


def test_more_than_the_history_holds(server):
    """None of those that are closed in the end gives way to the next one."""
    script = ("import socket, sys\nkept = []\nfor i in range(200):\n"
              "    s = socket.create_connection(('127.0.0.1', int(sys.argv[1])))\n"
              "    s.sendall(b'GET /fixed?size=9 HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n'); s.recv(4096); kept.append(s)\n")
    run = harness.run(["/usr/bin/python3", "-c", script, str(server.port)], env={"CONNLEAK_HISTORY": "8"})
    assert counts(run) == {("leaked", "abandoned", True): 200}


def test_an_ending_that_was_none(server, tmp_path):
    """PHP's server ends each request as a script ends. It goes on: it sleeps when it polls for the next one."""
    (tmp_path / "index.php").write_text(ASK["php"].replace("global $argv;", "").replace("$argv[1]", str(server.port)))
    drive = ("import subprocess, sys, time, urllib.request\n"
             # Bound and not listening, to be shared with who asks for it by its number: nobody else is given it.
             "import socket\ns = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)\n"
             "s.bind(('127.0.0.1', 0)); port = s.getsockname()[1]\n"
             "import os\npid = os.fork()\nif not pid: os.execvp('php', ['php', '-S', f'127.0.0.1:{port}', '-t', sys.argv[1]])\n"
             "while os.waitpid(pid, os.WNOHANG) == (0, 0):\n"
             "    try: urllib.request.urlopen(f'http://127.0.0.1:{port}/index.php').read(); break\n"
             "    except urllib.error.URLError as e: assert isinstance(e.reason, ConnectionRefusedError); time.sleep(0.1)\n"
             "urllib.request.urlopen(f'http://127.0.0.1:{port}/index.php').read()\n"
             "while open(f'/proc/{pid}/stat').read().rsplit(')', 1)[1].split()[0] != 'S': time.sleep(0.001)\n"
             "os.kill(pid, 15); os.waitpid(pid, 0)\n")
    run = harness.run(["/usr/bin/python3", "-c", drive, str(tmp_path)])
    (php,) = [r for r in run.reports if os.path.basename(r["process"]["exe"]).startswith("php")]
    clients = [c for c in php["connections"] if c["role"] == "client" and c["requests"]]
    assert len(clients) == 10 and {(c["verdict"], c["teardown"]) for c in clients} == {("closed", False)}


# ---- python -i: what is typed after the script


def test_what_is_typed_is_not_the_end(server):
    """Of CPython 3.14, as it ends: the script and what is typed run at two places of Py_RunMain(), its end is at a third."""
    run = harness.both([harness.victim("typed"), str(server.port)])
    closed = sorted((c["verdict"], c["teardown"]) for c in run.report["connections"] if c["kind"] == "tcp")
    assert [teardown for _, teardown in closed if _ == "closed"] == [False]
    assert sorted(teardown for verdict, teardown in closed if verdict != "closed") == [False, True]


@pytest.mark.parametrize("python", PYTHONS)
def test_what_is_typed_in_python(server, tmp_path, python):
    (tmp_path / "fetch.py").write_text("import socket, sys\n"
                                       "a, b = (socket.create_connection(('127.0.0.1', int(sys.argv[1]))) for _ in 'ab')\n",
                                       encoding="utf-8")
    run = harness.both([python, "-i", str(tmp_path / "fetch.py"), str(server.port)], stdin="a.close()\n", same_output=False)
    closed = sorted((c["verdict"], c["teardown"]) for c in run.report["connections"] if c["kind"] == "tcp")
    assert closed[0] == ("closed", False) and closed[1][0] != "closed", closed
