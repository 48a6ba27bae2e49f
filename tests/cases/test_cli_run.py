# SPDX-License-Identifier: Apache-2.0
"""`connleak run`: where dumps go, what the exit status is, and that the program notices nothing."""
import json
import os
import re
import signal
import stat
import subprocess

import pytest

import harness

PYTHON = "/usr/bin/python3"
SOCKET = "import socket; s = socket.socket()"  # one socket, closed by nobody
NAME = re.compile(r"connleak\.\d+\.dump")


def python(code):
    return [PYTHON, "-S", "-c", code]


def connleak(*arguments, **how):
    return harness.execute([harness.CONNLEAK, "run", *map(str, arguments)], **how)


def names(folder):
    return sorted(p.name for p in folder.iterdir() if p.is_file())


# ---- where dumps go

def test_default_is_the_working_folder(tmp_path):
    result = connleak("--", *python(SOCKET), cwd=tmp_path)
    assert result.returncode == 0 and len(names(tmp_path)) == 1 and NAME.fullmatch(names(tmp_path)[0])
    assert stat.S_IMODE(next(tmp_path.iterdir()).stat().st_mode) == 0o600
    assert str(tmp_path / names(tmp_path)[0]) in result.stderr  # the report names it


def test_default_is_the_temporary_folder_when_the_working_folder_is_read_only(tmp_path):
    result = connleak("--", *python(SOCKET), cwd="/proc", env={"TMPDIR": str(tmp_path)})
    assert result.returncode == 0 and NAME.fullmatch(names(tmp_path)[0])
    assert str(tmp_path) in result.stderr


def test_output_is_a_folder(tmp_path):
    (tmp_path / "dumps").mkdir()
    connleak("-o", "dumps", "--", *python(SOCKET), cwd=tmp_path)
    assert NAME.fullmatch(names(tmp_path / "dumps")[0])


def test_output_is_a_file_with_the_pid(tmp_path):
    connleak("--output", tmp_path / "a-%p.d", "--", *python(SOCKET + "; import os; print(os.getpid())"))
    assert re.fullmatch(r"a-\d+\.d", names(tmp_path)[0])


def test_output_is_a_file_without_the_pid_and_nothing_is_overwritten(tmp_path):
    code = "import os, socket; a = socket.socket(); p = os.fork(); b = socket.socket(); p and os.wait()"
    for _ in range(2):
        result = connleak("-f", "json", "-o", tmp_path / "one.dump", "--", *python(code))
        assert len(harness.parse(result.stderr)) == 2, result.stderr  # each run finds its own
    assert names(tmp_path) == ["one.1.dump", "one.2.dump", "one.3.dump", "one.dump"]


def test_a_percent_sign_in_the_folder_is_no_pid(tmp_path):
    folder = tmp_path / "100%p%"
    folder.mkdir()
    for how in ({"cwd": folder}, {"cwd": tmp_path, "arguments": ["-o", "100%p%"]}):
        arguments = how.pop("arguments", [])
        result = connleak("-f", "json", *arguments, "--", *python(SOCKET), **how)
        assert harness.parse(result.stderr)[0]["summary"]["sockets"] == 1
    assert len(names(folder)) == 2 and names(tmp_path) == []


@pytest.mark.parametrize("output", [None, "sub", "sub/%p.dump"])
def test_a_percent_sign_in_the_folder_without_the_launcher(tmp_path, output):
    folder = tmp_path / "100%p%"
    (folder / "sub").mkdir(parents=True)
    env = {"LD_PRELOAD": harness.LIBRARY, **({"CONNLEAK_OUTPUT": output} if output else {})}
    harness.execute(python(SOCKET), env=env, cwd=folder, check=True)
    assert len(names(folder / "sub" if output else folder)) == 1 and names(tmp_path) == []


def test_the_program_changes_its_folder(tmp_path):
    connleak("--", *python("import os; os.chdir('/'); " + SOCKET), cwd=tmp_path)
    assert NAME.fullmatch(names(tmp_path)[0])


def test_no_keep(tmp_path):
    result = connleak("--no-keep", "--", *python(SOCKET), cwd=tmp_path)
    assert names(tmp_path) == [] and "1 socket" in result.stderr and ".dump" not in result.stderr
    connleak("--no-keep", "--keep", "--", *python(SOCKET), cwd=tmp_path)
    assert len(names(tmp_path)) == 1


def test_no_keep_removes_only_its_own(tmp_path):
    connleak("--", *python(SOCKET), cwd=tmp_path)
    before = names(tmp_path)
    connleak("--no-keep", "--", *python(SOCKET), cwd=tmp_path)
    assert names(tmp_path) == before


def test_no_socket_no_dump(tmp_path):
    result = connleak("--", "true", cwd=tmp_path)
    assert (result.returncode, result.stdout, names(tmp_path)) == (0, "", [])
    assert "no socket was opened" in result.stderr


def test_exec_gives_a_second_dump(tmp_path):
    code = f"import os, socket; a = socket.socket(); os.execv({PYTHON!r}, ['python3', '-S', '-c', {SOCKET!r}])"
    result = connleak("-f", "json", "--", *python(code), cwd=tmp_path)
    first, second = harness.parse(result.stderr)
    pid = first["process"]["pid"]
    assert names(tmp_path) == [f"connleak.{pid}.1.dump", f"connleak.{pid}.dump"]
    assert (first["process"]["end"], second["process"]["end"], second["process"]["pid"]) == ("exec", "exit", pid)
    assert (first["process"]["exit_status"], second["process"]["exit_status"]) == (None, 0)


def test_exec_into_a_program_without_sockets():
    run = harness.run(python("import os, socket; a = socket.socket(); os.execvp('sh', ['sh', '-c', 'exit 4'])"))
    first, second = (r["process"] for r in run.reports)
    assert run.status == 4 and (first["end"], second["end"], second["exit_status"]) == ("exec", "exit", 4)
    assert second["exe"] is None and second["cmdline"] == []  # nobody saw what it became


# ---- the environment of the recorder

def test_environment_is_as_good_as_options(tmp_path):
    env = {"CONNLEAK_OUTPUT": str(tmp_path), "CONNLEAK_HISTORY": "1", "CONNLEAK_STACK_DEPTH": "2"}
    code = "import socket\nfor i in range(5): socket.socket().close()"
    reports = [harness.parse(connleak("-f", "json", "--", *python(code), env=env).stderr)[0],
               harness.parse(connleak("-f", "json", "-o", tmp_path, "--history", "1", "--stack-depth", "2", "--",
                                      *python(code)).stderr)[0]]
    assert len(names(tmp_path)) == 2
    for report in reports:
        assert report["summary"]["closed"] == 5 and report["summary"]["unlisted"] >= 3
        assert max(len(s) for s in report["stacks"].values()) <= 2


def test_an_option_overrules_the_environment(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    result = connleak("-o", tmp_path / "a", "--history", "7", "--", *python(SOCKET),
                      env={"CONNLEAK_OUTPUT": str(tmp_path / "b"), "CONNLEAK_HISTORY": "nonsense"})
    assert len(names(tmp_path / "a")) == 1 and names(tmp_path / "b") == [] and "nonsense" not in result.stderr


@pytest.mark.parametrize("name,value", [("CONNLEAK_OUTPUT", "/no/such/folder/x.dump"), ("CONNLEAK_OUTPUT", "/proc/x.dump"),
                                        ("CONNLEAK_HISTORY", "many"), ("CONNLEAK_HISTORY", "99999999999999999999"),
                                        ("CONNLEAK_INODES", "all"), ("CONNLEAK_STACK_DEPTH", "-1"), ("CONNLEAK_STACK_DEPTH", "65")])
def test_an_unusable_value_is_said_once_and_the_default_is_used(tmp_path, name, value):
    code = SOCKET + "; import subprocess; subprocess.run(['/usr/bin/python3', '-S', '-c', 'import socket; socket.socket()'])"
    result = connleak("-f", "json", "--", *python(code), cwd=tmp_path, env={name: value})
    complaints = [line for line in result.stderr.splitlines() if name in line]
    assert len(complaints) == 1 and repr(value) in complaints[0] and "default" in complaints[0], result.stderr
    assert result.returncode == 0 and len(names(tmp_path)) == 2


@pytest.mark.parametrize("name,value", [("CONNLEAK_HISTORY", "many"), ("CONNLEAK_INODES", "all"), ("CONNLEAK_STACK_DEPTH", "abc")])
def test_an_unusable_number_is_said_once_without_the_launcher(tmp_path, name, value):
    result = harness.execute(python(SOCKET), cwd=tmp_path, env={"LD_PRELOAD": harness.LIBRARY, name: value}, check=True)
    assert result.stderr.splitlines() == [f"connleak: cannot use {name} '{value}': not a number in its range; the default is used"]
    assert len(names(tmp_path)) == 1


@pytest.mark.parametrize("value", ["/no/such/folder/x.dump", "/proc", "/etc/passwd/x", "no/such/folder", "n" * 300, "/" + "n/" * 3000],
                         ids=lambda value: value[:14])
@pytest.mark.parametrize("working", [True, False])
def test_an_unusable_output_is_the_default_without_the_launcher(tmp_path, value, working):
    """The working folder, else the temporary one: the message says which, of a path that is too long for each process."""
    (tmp_path / "t").mkdir()
    env = {"LD_PRELOAD": harness.LIBRARY, "CONNLEAK_OUTPUT": value, "TMPDIR": str(tmp_path / "t")}
    result = harness.execute(python(SOCKET), cwd=tmp_path if working else "/proc", env=env, check=True)
    said, = result.stderr.splitlines()
    assert value in said and ("working folder" if working or len(value) > 4096 else "temporary folder") in said
    assert (len(names(tmp_path)), len(names(tmp_path / "t"))) == (working, not working)


def test_a_relative_output_stays_in_the_folder_of_the_start(tmp_path):
    """The working folder is that of the first socket where the other cannot be used; nothing is overwritten there either."""
    code = "import os, socket; os.chdir('w'); a = socket.socket(); p = os.fork(); b = socket.socket(); p and os.wait()"
    (tmp_path / "w").mkdir()
    for output, folder in [("a.dump", tmp_path), ("x/a.dump", tmp_path / "w")]:
        harness.execute(python(code), cwd=tmp_path, env={"LD_PRELOAD": harness.LIBRARY, "CONNLEAK_OUTPUT": output}, check=True)
        assert len(names(folder)) == 2


@pytest.mark.parametrize("how", [["--disable"], {"CONNLEAK_DISABLE": "1"}])
def test_disabled(tmp_path, how):
    options, env = (how, {}) if isinstance(how, list) else ([], how)
    result = connleak("-f", "json", *options, "--error-exitcode", "9", "--", *python(SOCKET + "; raise SystemExit(3)"), cwd=tmp_path, env=env)
    assert result.returncode == 3 and names(tmp_path) == []  # it was asked for: no failure
    assert "disabled" in harness.parse(result.stderr)[0]["warnings"][0]


# ---- the exit status

LEAK = SOCKET + "; import os; os._exit(5)"  # leaked/never-connected


@pytest.mark.parametrize("code,status", [("raise SystemExit(0)", 0), ("raise SystemExit(42)", 42), ("import os; os._exit(255)", 255), (LEAK, 5),
                                         ("import os; os.kill(os.getpid(), 9)", 137),
                                         ("import os; os.kill(os.getpid(), 15)", 143), ("import os; os.abort()", 134)])
def test_exit_status_is_that_of_the_program(code, status):
    run = harness.run(python(SOCKET + ";" + code))
    assert run.status == status
    process = run.report["process"]
    if status > 128 and status != 255:
        assert (process["end"], process["exit_status"], process["signal"]) == ("killed", None, status - 128)
    else:
        assert (process["end"], process["exit_status"], process["signal"]) == ("exit", status, None)


@pytest.mark.parametrize("command,status", [(["no-such-command"], 127), (["./no-such-command"], 127), (["/etc/passwd"], 126),
                                            (["/tmp"], 126), ([""], 127)])
def test_a_command_that_cannot_be_run(command, status):
    assert subprocess.run(["env", "--", *command], capture_output=True).returncode == status  # as env(1) says
    result = connleak("--", *command)
    assert (result.returncode, result.stdout, result.stderr.count("\n")) == (status, "", 1)


@pytest.mark.parametrize("options,status", [
    (["--error-exitcode", "99"], 99),
    (["--error-exitcode", "99", "--fail-on", "none"], 5),
    (["--error-exitcode", "99", "--fail-on", "drained"], 5),
    (["--error-exitcode", "99", "--fail-on", "drained,leaked"], 99),
    (["--error-exitcode", "0"], 0),
    (["--fail-on", "leaked"], 5),
])
def test_error_exitcode(options, status):
    assert harness.run(python(LEAK), options).status == status


def test_error_exitcode_for_drained(server):
    code = f"import socket, os; s = socket.create_connection(('127.0.0.1', {server.port})); os._exit(5)"
    assert harness.run(python(code), ["--error-exitcode", "99"]).status == 5
    assert harness.run(python(code), ["--error-exitcode", "99", "--fail-on", "drained"]).status == 99


# ---- the report

def test_report_goes_to_standard_error_or_to_a_file(tmp_path):
    result = connleak("-f", "json", "--", *python(SOCKET + "; print('mine')"), cwd=tmp_path)
    assert result.stdout == "mine\n" and harness.parse(result.stderr)[0]["summary"]["sockets"] == 1
    result = connleak("-f", "json", "--report-file", "r.json", "--", *python(SOCKET + "; print('mine')"), cwd=tmp_path)
    assert (result.stdout, result.stderr) == ("mine\n", "")
    assert json.loads((tmp_path / "r.json").read_text())["schema"] == "connleak-report/1"


def test_a_report_file_that_cannot_be_written_is_found_before_the_program_runs(tmp_path):
    result = connleak("--report-file", "/no/such/folder/r", "--", "touch", tmp_path / "ran")
    assert result.returncode == 2 and result.stderr.count("\n") == 1 and "/no/such/folder/r" in result.stderr
    assert names(tmp_path) == []


def test_options_of_the_program_are_its_own():
    result = connleak("-f", "json", "echo", "--format", "-x", "--", "y")
    assert result.stdout == "--format -x -- y\n"


def test_three_sessions_one_closed_and_killed_all_the_same(server):
    code = f"""if 1:
        import os, requests, sys
        sessions = [requests.Session() for _ in range(3)]
        for i, s in enumerate(sessions):
            s.get("http://127.0.0.1:{server.port}/fixed?size=%d" % (100 * i)).content
        sessions[1].close()
        os.kill(os.getpid(), 9) if sys.argv[1:] else os._exit(0)"""
    told, killed = (harness.run([PYTHON, "-c", code, *more]) for more in ([], ["killed"]))
    assert (told.status, killed.status) == (0, 137)
    for run in (told, killed):
        run.clients = [c for c in run.connections if c["role"] == "client"]  # urllib3 tries whether there is IPv6
        assert [c["verdict"] for c in run.clients] == ["drained", "closed", "drained"]
        assert {c["peer"] for c in run.clients} == {f"127.0.0.1:{server.port}"}
        assert all(run.report["stacks"][c["stack"]] for c in run.clients)
        assert run.report["summary"]["connections"] == 3
    facts = ["verdict", "reason", "role", "fds", "peer", "host", "protocol", "requests", "responses", "body_received",
             "bytes_in", "bytes_out", "opened_by"]
    assert [[c[k] for k in facts] for c in told.clients] == [[c[k] for k in facts] for c in killed.clients]


# ---- children

def test_children_are_reported_too():
    code = """if 1:
        import os, socket, subprocess
        if os.fork() == 0:
            s = socket.socket(); os._exit(3)
        os.wait()
        subprocess.run(["/usr/bin/python3", "-S", "-c", "import socket; socket.socket().close()"])
        subprocess.run(["/bin/true"])"""
    run = harness.run(python(code))
    main, forked, executed = run.reports
    assert main["summary"]["sockets"] == 0 and main["process"]["cmdline"][:2] == [PYTHON, "-S"]
    assert forked["process"]["ppid"] == executed["process"]["ppid"] == main["process"]["pid"]
    assert (forked["process"]["exit_status"], forked["summary"]["leaked"]) == (3, 1)
    assert (executed["process"]["exit_status"], executed["summary"]["closed"]) == (0, 1)


def test_a_daemon_that_outlives_the_program_is_reported_as_running():
    code = """if 1:
        import os, socket, sys, time
        r, w = os.pipe()
        if os.fork() == 0:
            os.setsid()
            for fd in (0, 1, 2): os.close(fd)
            s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen()
            os.write(w, b"%d" % os.getpid())
            time.sleep(600)
        print(os.read(r, 9).decode())"""
    run = harness.run(python(code))
    pid = int(run.out)
    try:
        (daemon,) = [r for r in run.reports if r["process"]["pid"] == pid]
        assert (daemon["process"]["end"], daemon["process"]["exit_status"]) == ("running", None)
        assert daemon["summary"]["listening"] == 1
        again = harness.report(pid)
        assert again.status == 0 and again.report["process"]["end"] == "running"
    finally:
        os.kill(pid, signal.SIGKILL)
    harness.until(lambda: harness.report(*run.dumps()[-1:]).report["process"]["end"] == "killed")


# ---- streams

def test_standard_input_is_the_programs():
    result = connleak("--report-file", "/dev/null", "--", "cat", stdin="line\n" * 5000)
    assert result.stdout == "line\n" * 5000


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_standard_streams_stay_closed(tmp_path, closed):
    look = """import os
for fd in (0, 1, 2):
    try: os.fstat(fd)
    except OSError: open("closed", "a").write("%d" % fd)
"""
    expected = "".join(str(fd) for fd, sign in ((0, "<&"), (1, ">&-"), (2, "2>&"))
                       if sign in closed.replace("2>&-", "2>&" if fd == 2 else ""))
    script = f'"{harness.CONNLEAK}" run --report-file r -- /usr/bin/python3 -S -c \'{look}\' {closed}'
    result = harness.execute(["sh", "-c", script], cwd=tmp_path)
    assert result.returncode == 0 and "connleak" in (tmp_path / "r").read_text()
    assert (tmp_path / "closed").read_text() == expected


def test_a_program_without_a_socket_has_a_report_in_every_format():
    """It has no dump to read."""
    for name in ("text", "json", "html", "prometheus"):
        result = harness.execute([harness.CONNLEAK, "run", "--format", name, "--", "/bin/true"])
        assert result.returncode == 0 and result.stderr
