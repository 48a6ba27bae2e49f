# SPDX-License-Identifier: Apache-2.0
"""Ruby, PHP and Perl: the first finding names the program's own file and line, however deep in its libraries the socket
was made."""
import glob

import pytest

import harness
import server as servers

HEAD = "GET /fixed?size=300000&n=%s HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n"
FETCH = {
    "fetch.rb": """\
require 'net/http'
$kept = []
def fetch_profile(n)
  http = Net::HTTP.new('127.0.0.1', ARGV[0].to_i)
  http.start                                                      # opens
  io = http.instance_variable_get(:@socket).io
  io.write(format("HEAD", n))
  io.readpartial(100)
  $kept << http
end
2.times { |i| fetch_profile(i) }
Thread.new { fetch_profile(2) }.join
exit!(0)
""",
    "fetch.php": """\
<?php
class Fetcher {
    public array $kept = [];
    function fetch_profile($n) {
        global $argv;
        $s = stream_socket_client("tcp://127.0.0.1:" . $argv[1]); // opens
        fwrite($s, sprintf("HEAD", $n));
        fread($s, 100);
        $this->kept[] = $s;
    }
}
$fetcher = new Fetcher;
array_map(fn($n) => $fetcher->fetch_profile($n), [0, 1]);
eval('$fetcher->fetch_profile(2);');
posix_kill(posix_getpid(), 9);
""",
    "fetch.pl": """\
use strict;
use warnings;
use IO::Socket::INET;
use POSIX;
my @kept;
sub fetch_profile {
    my $n = shift;
    my $s = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $ARGV[0]); # opens
    syswrite($s, sprintf("HEAD", $n));
    sysread($s, my $head, 100);
    push @kept, $s;
}
fetch_profile($_) for 0, 1;
my $anonymous = sub { eval { fetch_profile(2) } };
my @sorted = sort { $anonymous->(); 0 } 1, 2;
POSIX::_exit(0);
""",
}
PROGRAMS = {"fetch.rb": ("ruby", "Ruby ", "ruby", "fetch_profile"), "fetch.php": ("php", "PHP ", "php", "Fetcher::fetch_profile"),
            "fetch.pl": ("perl", "Perl 5", "perl", "fetch_profile")}
LIBRARY = {"fetch.rb": "net/http.rb", "fetch.php": None, "fetch.pl": "IO/Socket/INET.pm"}


@pytest.fixture(params=PROGRAMS)
def fetched(request, tmp_path):
    script = tmp_path / request.param
    script.write_text(FETCH[request.param].replace("HEAD", HEAD))
    command, *_ = PROGRAMS[request.param]
    with servers.Server() as server:
        run = harness.both([harness.which(command), str(script), str(server.port)], exits=-9 if command == "php" else 0)
    return script, run


def test_the_line_that_opens(fetched):
    script, run = fetched
    _, runtime, language, function = PROGRAMS[script.name]
    line = next(i for i, text in enumerate(script.read_text().splitlines(), 1) if text.endswith(" opens"))
    where = f"{script}:{line}"
    assert run.report["process"]["runtime"].startswith(runtime) and not run.report["warnings"]
    leaking = [s for s in run.report["call_sites"] if s["leaked"]]
    assert sum(s["leaked"] for s in leaking) == 3 and {s["place"] for s in leaking} == {f"{function} ({where})"}
    for s in leaking:
        mine = [f for f in run.report["stacks"][s["stack"]] if f["file"] == str(script)]
        assert all(f["language"] == language and f["line"] for f in mine) and len(mine) > 1
    text = harness.execute([harness.CONNLEAK, "report", *run.dumps()]).stdout
    assert f"{script.name}:{line} in {function} opened " in " ".join(text.split())
    html = harness.execute([harness.CONNLEAK, "report", "-f", "html", *run.dumps()]).stdout
    assert f"{script.name}:{line}" in html


def test_the_librarys_lines_are_there(fetched):
    script, run = fetched
    files = [f["file"] for frames in run.report["stacks"].values() for f in frames if f["file"]]
    assert not LIBRARY[script.name] or any(LIBRARY[script.name] in f for f in files)


FORKS = {
    "ruby": "require 'socket'\nk = []\nf = lambda { k << TCPSocket.new('127.0.0.1', ARGV[0].to_i) }\n"
            "GC.stress = true\nf.call\nfork { f.call\nexit!(0) }\nProcess.wait\nexit!(0)\n",
    "perl": "use IO::Socket::INET;\nuse POSIX;\nsub f { push @k, IO::Socket::INET->new(\"127.0.0.1:$ARGV[0]\") }\n"
            "f();\nif (!fork) { f(); POSIX::_exit(0) }\nwait;\nPOSIX::_exit(0);\n",
    "php": "<?php\nfunction f($p) { global $k; $k[] = stream_socket_client(\"tcp://127.0.0.1:$p\"); }\n"
           "f($argv[1]);\nif (!pcntl_fork()) { f($argv[1]); posix_kill(posix_getpid(), 9); }\n"
           "pcntl_wait($status);\nposix_kill(posix_getpid(), 9);\n",
}


@pytest.mark.parametrize("command", FORKS)
def test_in_a_child_too(command, tmp_path):
    script = tmp_path / "forks"
    script.write_text(FORKS[command])
    with servers.Server() as server:
        run = harness.both([harness.which(command), str(script), str(server.port)], exits=-9 if command == "php" else 0)
    assert len(run.reports) == 2
    for report in run.reports:
        opened = [report["stacks"][c["stack"]] for c in report["connections"] if c["role"] == "client" and not c["inherited"]]
        assert opened and all(str(script) in [f["file"] for f in frames] for frames in opened)
        assert report["process"]["runtime"].lower().startswith(command)


EMBEDS = """if 1:
    import ctypes, os, socket, sys
    perl = ctypes.CDLL(sys.argv[1], ctypes.RTLD_GLOBAL)
    perl.perl_alloc.restype = ctypes.c_void_p
    def opens():
        return socket.socket()
    one = ctypes.c_void_p(perl.perl_alloc())
    perl.perl_construct(one)
    kept = [opens()]
    line = b"sub perls { socket(my $s, 2, 1, 0) or die; push @kept, $s }"
    assert perl.perl_parse(one, None, 3, (ctypes.c_char_p * 4)(b"it", b"-e", line, None), None) == 0
    kept.append(opens())
    perl.Perl_eval_pv(one, b"perls()", 1)
    kept.append(opens())
    perl.perl_destruct(one), perl.perl_free(one)
    kept.append(opens())
    os._exit(0)
"""


def test_a_perl_that_is_embedded_and_at_nothing():
    """Before its program, between two calls of it, and when it is gone, which leaves a key that leads to others' memory:
    what the program itself opens then is at no line of Perl's, and says nothing against those that are."""
    library = glob.glob("/usr/lib/*/libperl.so.5.[0-9]*")[0]
    run = harness.both(["/usr/bin/python3", "-S", "-c", EMBEDS, library])
    assert not run.report["warnings"]
    functions = [[f["function"] for f in frames if f["language"] == "perl"]
                 for frames in (run.report["stacks"][c["stack"]] for c in run.report["connections"])]
    assert [bool(f) for f in functions] == [False, False, True, False, False] and functions[2][0] == "perls"


def test_a_fiber_of_php(tmp_path):
    """On a stack that PHP made: its lines are there, of the fiber, of one inside of it, and of who started it. The first
    socket of all is one of those."""
    if harness.execute(["php", "-r", "exit((int)!class_exists('Fiber'));"]).returncode:
        pytest.skip("PHP before 8.1 has no fibers")
    script = tmp_path / "fiber.php"
    script.write_text("""<?php
function dial() { return stream_socket_client("tcp://127.0.0.1:" . $GLOBALS['argv'][1]); }
function inner() { $GLOBALS['kept'][] = dial(); Fiber::suspend(); }
function outer() {
    $fiber = new Fiber('inner');
    $fiber->start();
    $GLOBALS['kept'][] = dial();
    $fiber->resume();
}
(new Fiber('outer'))->start();
$kept[] = dial();
posix_kill(posix_getpid(), 9);
""")
    with servers.Server() as server:
        run = harness.both([harness.which("php"), str(script), str(server.port)], exits=-9)
    assert run.report["warnings"] == []
    opened = [[(f["function"], f["line"]) for f in run.report["stacks"][c["stack"]] if f["language"] == "php"]
              for c in run.connections if c["role"] == "client"]
    assert opened == [[("dial", 2), ("inner", 3), ("outer", 6), ("{main}", 10)], [("dial", 2), ("outer", 7), ("{main}", 10)],
                      [("dial", 2), ("{main}", 11)]]


CONTEXTS = """<?php
$u = "http://127.0.0.1:$argv[1]";
function read_it($u) { return FIRST; }
function note($what) { return; }
function log_it($what, $more) { note($what); }
function dial($u) {
    log_it($u, 1);
    $GLOBALS['kept'][] = fopen($u, 'r');
}
read_it("$u/close?size=100");
dial("$u/fixed?size=300000");
$kept[] = stream_socket_client("tcp://127.0.0.1:$argv[1]");
$kept[] = fopen("$u/fixed?size=300000", 'r', false, stream_context_create(['http' => ['timeout' => 9]]));
posix_kill(posix_getpid(), 9);
"""


@pytest.mark.parametrize("first", ["fopen($u, 'r', false, CONTEXT)", "file_get_contents($u, false, CONTEXT)"])
def test_a_call_in_the_arguments_of_phps_first(first, tmp_path):
    """Its frame is over and called from the same line: whoever takes it for what executes has the first line right, and
    others wrong, or none."""
    script = tmp_path / "contexts.php"
    script.write_text(CONTEXTS.replace("FIRST", first).replace("CONTEXT", "stream_context_create(['http' => ['timeout' => 9]])"))
    with servers.Server() as server:
        run = harness.both([harness.which("php"), str(script), str(server.port)], exits=-9)
    assert run.report["warnings"] == []
    lines = [[(f["function"], f["line"]) for f in frames if f["language"] == "php"] for frames in
             (run.report["stacks"][s["stack"]] for s in run.report["call_sites"])]
    assert sorted(lines) == [[("dial", 8), ("{main}", 11)], [("read_it", 3), ("{main}", 10)], [("{main}", 12)], [("{main}", 13)]]


@pytest.mark.parametrize("program,text", [
    ("perl", "use Socket;\neval 'sub dial { socket($_[0], PF_INET, SOCK_STREAM, 0) }';\nsub fetch {\n  dial($kept[@kept]);\n}\nfetch() for 1 .. 3;\n"),
    ("ruby", "require 'socket'\neval 'def dial; Socket.new(:INET, :STREAM); end'\ndef fetch\n  ($kept ||= []) << dial\nend\n3.times { fetch }\n")])
def test_what_is_made_by_eval_is_nobodys_line(program, text, tmp_path):
    """HTTP::Tiny makes its get() so: the first line is of who called it."""
    script = tmp_path / "it"
    script.write_text(text, encoding="utf-8")
    run = harness.both([program, str(script)])
    assert "it:4)" in next(s["place"] for s in run.report["call_sites"] if s["opened"] == 3)
