# SPDX-License-Identifier: Apache-2.0
"""git over http: the sockets are those of a child, git-remote-http, and each process has its own report."""
import subprocess

import pytest

import harness
from programs import nothing_left, only, tcp, verdicts
from server import Server

IDENTITY = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null", "GIT_TERMINAL_PROMPT": "0",
            **{f"GIT_{who}_{what}": "x@example.invalid" for who in ("AUTHOR", "COMMITTER")
               for what in ("NAME", "EMAIL")}}


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """The URL of one with three commits, as plain files ("dumb" http)."""
    root = tmp_path_factory.mktemp("git")

    def git(*arguments):
        subprocess.run(["git", "-C", str(root), *arguments], check=True, capture_output=True,
                       env=harness.environment(IDENTITY))

    git("init", "-q", "-b", "main", "work")
    for n in range(3):
        (root / "work" / f"{n}.txt").write_text(f"{n}\n" * 1000)
        git("-C", "work", "add", ".")
        git("-C", "work", "commit", "-q", "-m", str(n))
    git("clone", "-q", "--bare", "work", "r.git")
    git("-C", "r.git", "update-server-info")
    with Server(root=str(root)) as server:
        yield f"http://127.0.0.1:{server.port}/r.git"


def test_ls_remote(repository):
    run = harness.both(["git", "ls-remote", repository], env=IDENTITY)
    assert run.status == 0 and "refs/heads/main" in run.out
    assert not run.report["connections"], "git itself opens no socket"
    child = only(run, "git-remote-http")
    # /info/refs and /HEAD, one after the other
    assert verdicts(child) == {"closed/drained": 1}
    assert [(c["requests"], c["responses"]) for c in tcp(child)] == [(2, 2)]
    assert len(run.dumps()) == 1, "git's other processes open no socket and leave no dump"
    nothing_left(run)


def test_clone(repository, tmp_path):
    for name, start in (("native", harness.native), ("recorded", harness.run)):
        run = start(["git", "clone", "-q", repository, str(tmp_path / name)], env=IDENTITY)
        assert run.status == 0, run.err
        files = {p.name: p.read_text() for p in (tmp_path / name).glob("*.txt")}
        assert files == {f"{n}.txt": f"{n}\n" * 1000 for n in range(3)}
    child = only(run, "git-remote-http")
    # How many connections it opens at a time is its own affair; that it closes them is not. It may
    # cut off a prefetch that it does not need.
    assert {v.split("/")[0] for v in verdicts(child)} <= {"closed", "closed-early"}
    assert child["summary"]["responses"] >= 3 * 3, "a commit, a tree and a blob each"
    nothing_left(run)


def test_no_such_repository(server):
    run = harness.both(["git", "ls-remote", f"http://127.0.0.1:{server.port}/none.git"], env=IDENTITY, exits=128)
    assert run.status == 128
    # It dies on the spot; the 404 had been read to its end.
    assert verdicts(only(run, "git-remote-http")) == {"drained/kept-alive": 1}
