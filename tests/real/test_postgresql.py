# SPDX-License-Identifier: Apache-2.0
"""psql, against nobody, and against a server of our own, which is recorded, too: a process per connection."""
import os
import pathlib
import pwd
import shlex
import shutil
import signal
import subprocess
import tempfile

import pytest

import harness
from programs import Service, free_port, nothing_left, only, tcp, verdicts


def test_psql_and_nobody_listens():
    run = harness.both(["psql", "-X", "-h", "127.0.0.1", "-p", str(free_port()), "-U", "u", "d"], exits=2)
    assert "Connection refused" in run.err
    assert verdicts(run.report) == {"closed/connect-failed": 1}
    nothing_left(run)


def find(name):
    """PostgreSQL's server programs are not in PATH."""
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(found[-1]) if found else shutil.which(name)


def as_user():
    """It refuses to run as root."""
    if os.getuid() != 0:
        return {}
    user = pwd.getpwnam("postgres")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


@pytest.fixture(scope="module")
def cluster():
    """A data folder that the server's user may write, with a library that it may read: ours may lie in /root."""
    assert find("initdb"), "postgresql is not installed; ./dev test installs it"
    with tempfile.TemporaryDirectory(prefix="connleak-pg-") as folder:
        os.chmod(folder, 0o777)
        shutil.copy(harness.LIBRARY, folder)
        subprocess.run([find("initdb"), "-D", f"{folder}/data", "-A", "trust", "-U", "u", "--no-sync", "-E", "UTF8",
                        "--locale", "C"], check=True, capture_output=True, cwd=folder, env={"PATH": os.environ["PATH"]},
                       **as_user())
        yield folder


def postgres(cluster, recorded, port):
    """SIGTERM lets it wait for the backends of clients that are about to go."""
    service = Service([find("postgres"), "-D", f"{cluster}/data", "-p", str(port), "-h", "127.0.0.1", "-k", cluster,
                       "-c", "fsync=off"], port, False, signal.SIGTERM, cwd=cluster,
                      env={"LD_PRELOAD": f"{cluster}/libconnleak.so", "CONNLEAK_OUTPUT": f"{cluster}/dumps"}
                      if recorded else None,
                      **as_user())
    service.port = port
    ready(cluster, service)
    return service


def ready(cluster, service):
    """It listens before it lets anybody in ("the database system is starting up"); its own file tells (pidfile.h)."""
    def says():
        lines = pathlib.Path(f"{cluster}/data/postmaster.pid").read_text().split("\n")
        return lines[0] == str(service.process.pid) and lines[7:8] and lines[7].strip() == "ready"
    harness.until(says)


def psql(port, *commands):
    return ["psql", "-X", "-A", "-t", "-h", "127.0.0.1", "-p", str(port), "-U", "u",
            *(a for c in commands for a in ("-c", c)), "postgres"]


def test_psql(cluster):
    with postgres(cluster, False, free_port()) as service:
        run = harness.both(psql(service.port, "select 1", "select repeat('x', 100000)", "select 1/0"), exits=1)
        assert run.status == 1 and run.out.startswith("1\nxxx")
        # It says goodbye ('X') and closes
        assert {v.split("/")[0] for v in verdicts(run.report)} == {"closed"}
        connection = tcp(run.report)[-1]
        assert (connection["protocol"], connection["reason"]) == ("postgresql", "drained")
        assert connection["requests"] == connection["responses"] >= 3
        nothing_left(run)


def test_psql_killed_in_a_query(cluster):
    """Waiting for the answer until its last moment: in use, not leaked."""
    with postgres(cluster, False, free_port()) as service:
        its = "from pg_stat_activity where query = 'select pg_sleep(50)' and state = 'active'"
        busy = shlex.join(["env", "-u", "LD_PRELOAD", *psql(service.port, f"select 'is ' || count(*) {its}")])
        run = harness.run(["sh", "-c", f'"$@" & until [ "$({busy})" = "is 1" ] && grep -q ") S" /proc/$!/stat; do sleep 0.05; '
                           "done; kill -9 $!; wait", "sh", *psql(service.port, "select pg_sleep(50)")])
        harness.execute(psql(service.port, f"select pg_terminate_backend(pid) {its}"), check=True)
        assert verdicts(only(run, "psql")) == {"active/waiting": 1}


def test_a_recorded_server(cluster):
    """The postmaster accepts, a forked backend serves: each process answers for its own descriptors."""
    os.mkdir(f"{cluster}/dumps")
    os.chmod(f"{cluster}/dumps", 0o777)
    with postgres(cluster, True, free_port()) as service:
        for n in range(3):
            out = subprocess.run(psql(service.port, "select 7"), capture_output=True, text=True, timeout=harness.TIMEOUT, check=True)
            assert out.stdout == "7\n"
        service.stop()
    assert service.status == 0, service.output()
    reports = harness.report(f"{cluster}/dumps").reports
    postmaster, = [r for r in reports if r["process"]["pid"] == service.process.pid]
    backends = [c for r in reports if r is not postmaster for c in tcp(r)
                if c["inherited"] and c["protocol"] == "postgresql"]
    assert len(backends) == 3
    assert all(c["requests"] == c["responses"] >= 1 for c in backends), backends
    # our own probe, and three clients
    accepted = [c for c in tcp(postmaster) if c["role"] == "server"]
    assert len(accepted) == 4 and {c["verdict"] for c in accepted} == {"closed"}
    # A backend that is told of the end (the probe's by end-of-file, the others by psql's Terminate) leaves the
    # closing to its exit, on purpose (socket_close() in pqcomm.c).
    assert not [c for r in reports for c in tcp(r) if c["verdict"] == "leaked"]
    assert 1 <= len([c for c in backends if (c["verdict"], c["reason"]) == ("closed", "by-exit")]) <= 3
