# SPDX-License-Identifier: Apache-2.0
"""bash's /dev/tcp and perl's sockets, HTTP::Tiny and plain ones."""
import harness
from programs import nothing_left, tcp, verdicts

GET = r"GET /fixed?size=5 HTTP/1.1\r\nHost: a.example\r\n\r\n"


def bash(script, server):
    return harness.both(["bash", "-c", script.replace("PORT", str(server.port)).replace("GET", GET)])


def test_bash_reads_what_it_asked_for(server):
    run = bash("exec 3<>/dev/tcp/127.0.0.1/PORT; printf 'GET' >&3; while read -r -u 3 line && [ \"$line\" != $'\\r' ]; "
               "do :; done; read -r -N 5 -u 3 body; echo $body; exec 3>&-", server)
    assert run.out == "xxxxx\n"
    assert list(verdicts(run.report)) in (["closed/drained"], ["closed/unframed"])
    nothing_left(run)


def test_bash_leaves_it_open(server):
    """Never closed, never used: idle, and bash is not accused of anything."""
    run = bash("exec 3<>/dev/tcp/127.0.0.1/PORT; :", server)
    assert verdicts(run.report) == {"drained/unused": 1}


def test_bash_does_not_read(server):
    """The child that inherits the connection opens none. It does not look whether the answer is there: the kernel's table does."""
    run = bash("exec 3<>/dev/tcp/127.0.0.1/PORT; printf 'GET' >&3; "
               f"until grep -qE ' 0100007F:{server.port:04X} 01 [0-9A-F]+:0*[1-9A-F]' /proc/net/tcp; do sleep 0.05; done", server)
    assert list(verdicts(run.report))[0].startswith("leaked/unread")
    assert tcp(run.report)[0]["queued"] > 0


PERL_TINY = """use HTTP::Tiny; my $h = HTTP::Tiny->new(keep_alive => $ARGV[1]);
for (1 .. 3) { my $r = $h->get($ARGV[0]); print $r->{status}, length $r->{content}, "\n" }"""


def perl(script, *arguments, **how):
    return harness.both(["perl", "-e", script, *arguments], **how)


def test_perl_http_tiny(server):
    run = perl(PERL_TINY, f"http://127.0.0.1:{server.port}/chunked?size=50", "1")
    assert run.out == "20050\n" * 3
    assert verdicts(run.report) == {"drained/kept-alive": 1}  # until the script's end, where its variable went
    assert (tcp(run.report)[0]["reused"], tcp(run.report)[0]["teardown"]) == (2, True)


def test_perl_http_tiny_without_keep_alive(server):
    run = perl(PERL_TINY, f"http://127.0.0.1:{server.port}/fixed?size=50", "0")
    assert verdicts(run.report) == {"closed/drained": 3}
    nothing_left(run)


PERL_SOCKET = """use IO::Socket::INET; use POSIX (); my @kept;
for my $n (1 .. 4) {
  my $s = IO::Socket::INET->new($ARGV[0]) or die $!;
  print $s "GET /fixed?size=$ARGV[1] HTTP/1.1\\r\\nHost: a.example\\r\\n\\r\\n"; $s->flush;
  my $line = <$s>; print $line; push @kept, $s if $n > 1;
}
STDOUT->flush; POSIX::_exit(7);"""


def test_perl_reads_a_line_and_forgets_the_rest(server):
    run = perl(PERL_SOCKET, f"127.0.0.1:{server.port}", "300000", exits=7)
    assert verdicts(run.report) == {"closed-early/undrained": 1, "leaked/undrained": 3}
    assert {c["host"] for c in tcp(run.report)} == {"a.example"}


def test_perl_read_ahead_swallows_the_rest(server):
    """perl's buffer has the whole answer, so that only reuse tells: three, and none used again."""
    run = perl(PERL_SOCKET, f"127.0.0.1:{server.port}", "100", exits=7)
    assert verdicts(run.report) == {"closed/drained": 1, "leaked/abandoned": 3}
    assert {c["evidence"] for c in tcp(run.report) if c["verdict"] == "leaked"} == {"reuse"}
