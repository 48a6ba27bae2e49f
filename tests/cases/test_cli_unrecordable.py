# SPDX-License-Identifier: Apache-2.0
"""Programs into which no library can be preloaded: one line before they run, never reported as clean."""
import errno
import os
import pathlib
import shutil
import subprocess

import pytest

import harness

SOURCE = r"""
#include <stdio.h>
#include <sys/socket.h>
int main(void) { puts("ran"); fflush(stdout); return socket(AF_INET, SOCK_STREAM, 0) < 0 ? 1 : 7; }
"""


def compile_c(path, *flags, source=SOURCE):
    subprocess.run(["gcc", "-xc", "-", "-o", path, *flags], input=source.encode(), check=True)
    return str(path)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("programs")


@pytest.fixture(scope="module")
def static(folder):
    return compile_c(folder / "static", "-static")


@pytest.fixture(scope="module")
def go_like(folder):
    """Dynamically linked, as Go is with cgo, and with the note that its linker writes."""
    note = '\n__asm__(".section .note.go.buildid,\\"a\\"\\n.long 4,4,4\\n.ascii \\"Go\\\\0\\\\0abcd\\"\\n.text");\n'
    return compile_c(folder / "go-like", source=SOURCE + note)


def unrecorded(command, reason, status=7, out="ran\n", dumps=0, **how):
    """It runs as it does without us; one line says so, the report says so, --error-exitcode applies."""
    run = harness.run(command, **how)
    assert (run.status, run.out) == (status, out), run.err
    assert run.err.count("\n") == 1 and reason in run.err and "cannot be recorded" in run.err, run.err
    assert len(run.dumps()) == dumps
    assert [w for w in run.report["warnings"] if "not recorded" in w and reason in w], run.report["warnings"]
    assert run.report["process"]["exit_status"] == status
    quietly = [harness.CONNLEAK, "run", "--no-keep", "--output", run.folder]
    text = harness.execute([*quietly, "--", *command], **how)
    assert text.returncode == status and "not recorded" in text.stderr
    assert "left behind" not in text.stderr and "no socket was opened" not in text.stderr
    strict = harness.execute([*quietly, "--error-exitcode", "99", "--", *command], **how)
    assert (strict.returncode, strict.stdout) == (99, out)


def test_statically_linked(static):
    unrecorded([static], "statically linked")


def test_static_pie(folder):
    unrecorded([compile_c(folder / "static-pie", "-static-pie")], "statically linked")


def test_go(go_like):
    unrecorded([go_like], "Go program", dumps=1)  # what its C parts do is seen


def test_found_in_the_path(static, folder):
    unrecorded(["static"], "statically linked", env={"PATH": f"{folder}:{os.environ['PATH']}"})


def test_behind_a_script(static, folder):
    script = folder / "script"
    script.write_text(f"#! {static}\n")
    script.chmod(0o755)
    unrecorded([str(script)], "statically linked")


def test_behind_a_script_and_env(static, folder):
    script = folder / "script-env"
    script.write_text("#!/usr/bin/env -S static\n")
    script.chmod(0o755)
    unrecorded([str(script)], "statically linked", env={"PATH": f"{folder}:{os.environ['PATH']}"})


WRAPPERS = (
    "env", "env A=b", "env -u A -- B=c", "env --unset A --chdir=.", "nice", "nice -n 1", "nice -5", "nice --adjustment=1",
    "nohup", "setsid", "setsid -w", "timeout 900", "timeout -s KILL --kill-after 1 900", "timeout --signal=INT -k1 900",
    "stdbuf -oL -e 0", "ionice -c 3", "env A=b nice -n 1 timeout 900")


@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_behind_a_wrapper(static, wrapper):
    unrecorded([*wrapper.split(), static], "static is statically linked")


def test_behind_a_wrapper_found_in_the_path(static, folder):
    unrecorded(["nice", "static"], "statically linked", env={"PATH": f"{folder}:{os.environ['PATH']}"})


@pytest.mark.parametrize("wrapper", ["env -i", "env -", "env --ignore-environment", "env -u LD_PRELOAD",
                                     "env --unset=LD_PRELOAD", "env LD_PRELOAD=", "nice env -iu A"])
def test_behind_a_wrapper_that_takes_the_recorder_out(folder, wrapper):
    """The program itself could be recorded, and is in the line as it was typed."""
    dynamic = compile_c(folder / "without")
    unrecorded([*wrapper.split(), dynamic], f"{dynamic} is run by env without LD_PRELOAD")


@pytest.mark.parametrize("command", [
    "env PATH={other} static", "env -C {other} ./static", "nice -n 1", "echo env static", "nice {script} static"])
def test_what_a_wrapper_runs_is_not_guessed(static, folder, tmp_path, command):
    """Another `static` than the one that our PATH and folder show, or none at all: nothing is said of this one."""
    compile_c(tmp_path / "static")
    script = tmp_path / "env"
    script.write_text("#!/bin/sh\necho $#\n")
    script.chmod(0o755)
    words = command.format(other=tmp_path, script=script).split()
    run = harness.run(words, cwd=folder, env={"PATH": f"{os.environ['PATH']}:{folder}"} if words[-1] != "./static" else None)
    assert not any("not recorded" in w for w in run.report["warnings"]) and "cannot be recorded" not in run.err


@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_behind_a_wrapper_what_can_be_recorded_is(folder, wrapper):
    run = harness.both([*wrapper.split(), compile_c(folder / "plain")], exits=7)
    assert not any("not recorded" in w for one in run.reports for w in one["warnings"])
    assert sum(one["summary"]["sockets"] for one in run.reports) == 1


def test_another_elf_class(folder):
    source = folder / "class32.S"
    source.write_text(".globl _start\n_start: mov $1, %eax\n mov $7, %ebx\n int $0x80\n")
    program = str(folder / "class32")
    subprocess.run(["gcc", "-m32", "-nostdlib", "-static", "-o", program, source], check=True)
    try:
        alone = harness.native([program])
    except OSError as error:  # a kernel without IA-32: it cannot run here at all, with us or without
        assert error.errno == errno.ENOEXEC and "another ELF class" in harness.run([program]).err
        return
    unrecorded([program], "another ELF class", status=alone.status, out=alone.out)


def test_another_c_library(folder):
    """musl's dynamic linker would fail on a library that needs glibc, and the program would not start."""
    program = compile_c(folder / "musl-like", "-Wl,--dynamic-linker=/lib/ld-musl-x86_64.so.1")
    if not os.path.exists("/lib/ld-musl-x86_64.so.1"):
        run = harness.run([program])  # cannot run here at all, with us or without
        assert run.status == 127 and "another C library" in run.err
    else:
        unrecorded([program], "another C library")


needs_root = pytest.mark.skipif(os.getuid() != 0, reason="only root can make it")


def owned(folder, name, uid, gid, mode):
    path = compile_c(folder / name)
    os.chown(path, uid, gid)
    os.chmod(path, mode)
    return path


@needs_root
def test_set_user_id(folder):
    unrecorded([owned(folder, "suid", 65534, 0, 0o4755)], "set-user-id")


@needs_root
def test_set_group_id(folder):
    unrecorded([owned(folder, "sgid", 0, 65534, 0o2755)], "set-group-id")


@needs_root
def test_set_user_id_of_the_caller_is_recorded(folder):
    run = harness.run([owned(folder, "suid-root", 0, 0, 0o4755)])
    assert run.status == 7 and run.report["warnings"] == [] and run.report["summary"]["sockets"] == 1


@needs_root
def test_file_capabilities():
    folder = pathlib.Path(harness.new_folder())
    folder.chmod(0o755)
    program = owned(folder, "capable", 0, 0, 0o755)
    # struct vfs_ns_cap_data of linux/capability.h: revision 2, effective, CAP_NET_BIND_SERVICE
    os.setxattr(program, "security.capability",
                (0x02000001).to_bytes(4, "little") + (1 << 10).to_bytes(4, "little") + bytes(12))
    for file in (harness.CONNLEAK, harness.LIBRARY):
        shutil.copy(file, folder)  # this one may be where only root can go
    result = harness.execute(["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", f"{folder}/connleak", "run",
                              "-o", "/tmp", "--no-keep", "--error-exitcode", "99", "--", program],
                             env={"CONNLEAK_LIBRARY": f"{folder}/libconnleak.so"})
    assert result.returncode == 99 and "file capabilities" in result.stderr.splitlines()[0], result.stderr


def test_a_program_that_can_be_recorded_says_nothing(folder):
    run = harness.both([compile_c(folder / "dynamic")], exits=7)
    assert not any("not recorded" in w for w in run.report["warnings"])
    assert run.report["summary"]["sockets"] == 1


def test_through_the_dynamic_linker(folder):
    run = harness.both(["/lib64/ld-linux-x86-64.so.2", compile_c(folder / "by-linker")], exits=7)
    assert not any("not recorded" in w for w in run.report["warnings"])
    assert run.report["summary"]["sockets"] == 1


# ---- not CMD itself, but what it runs ------------------------------------------------------------------------------

def ran(command, reason="statically linked", count=1, **how):
    """CMD is recorded, and ran what cannot be: said in its report and on standard error; CMD itself did nothing wrong."""
    run = harness.both(command, same_output=False, **how)
    said = [w for one in run.reports for w in one["warnings"] if "not recorded" in w]
    assert len(said) == 1 and reason in said[0] and f"run by {count} process" in said[0], said
    assert run.err.count("cannot be recorded") == 1 and [f for f in os.listdir(run.folder) if "unrecorded" in f] == []
    strict = harness.execute([harness.CONNLEAK, "run", "--no-keep", "--output", run.folder, "--error-exitcode", "99", "--",
                              *command], **how)
    assert strict.returncode == run.status and len(os.listdir(run.folder)) == 1 + len(run.dumps())
    return run


SPAWN = """
import os, subprocess, sys
static = sys.argv[1]
assert subprocess.run([static]).returncode == 7                          # vfork
assert subprocess.run([static], preexec_fn=lambda: None).returncode == 7 # fork
assert os.waitpid(os.posix_spawn(static, ["x"], os.environ), 0)[1] >> 8 == 7
os.environ["PATH"] += ":" + os.path.dirname(static)
assert os.waitpid(os.posix_spawnp("static", ["x"], os.environ), 0)[1] >> 8 == 7
assert os.spawnlp(os.P_WAIT, "static", "x") == 7
if os.fork() == 0:
    os.execve(os.open(static, os.O_RDONLY), ["x"], os.environ)           # fexecve
os.wait()
"""


def test_run_by_a_shell(static):
    ran(["sh", "-c", f"{static}; {static}; true"], count=2)


def test_run_by_a_shell_that_finds_it(static, folder):
    ran(["bash", "-c", "static; true"], env={"PATH": f"{os.environ['PATH']}:{folder}"})


def test_run_in_every_way(static):
    ran(["/usr/bin/python3", "-c", SPAWN, static], count=6)


def test_run_by_a_recorded_program(static):
    run = ran(["/usr/bin/python3", "-c", "import socket\nsocket.socket().close()" + SPAWN, static], count=6)
    assert run.report["summary"]["sockets"] == 1


def test_run_behind_a_script(static, folder):
    script = folder / "static-script"
    script.write_text(f"#! {static} -x\n")
    script.chmod(0o755)
    ran(["sh", "-c", f"{script}; true"])


@needs_root
def test_run_with_other_privileges(folder):
    ran(["sh", "-c", f"{owned(folder, 'suid-child', 65534, 0, 0o4755)}; true"], "set-user-id")
    ran(["sh", "-c", f"{owned(folder, 'sgid-child', 0, 65534, 0o2755)}; true"], "set-group-id")


@needs_root
@pytest.mark.parametrize("ids", ["setresuid(65534, 0, 0)", "setresgid(65534, 0, 0)"])
def test_run_by_whom_it_is_not_in_effect(ids):
    """As squid runs its kids. The file is an ordinary one."""
    ran(["/usr/bin/python3", "-c", f"import os, socket; socket.socket().close()\nif os.fork() == 0:\n  os.{ids}\n"
         "  os.execv('/bin/true', ['true'])\nos.wait()"], "effective")


def test_become_by_exec(static, folder):
    """Then it is CMD that could not be recorded."""
    unrecorded(["sh", "-c", f"exec {static}"], "statically linked")
    unrecorded(["env", "-S", "static"], "statically linked", env={"PATH": f"{os.environ['PATH']}:{folder}"})


def test_become_by_exec_with_a_dump(static):
    run = harness.run(["/usr/bin/python3", "-c",
                       f"import os, socket\ns = socket.socket()\ns.set_inheritable(True)\nos.execl('{static}', 'x')"])
    assert run.status == 7 and len(run.dumps()) == 1 and len(run.reports) == 2
    for one in run.reports:  # the one that became it, and what it became
        assert any("not recorded" in w and "statically linked" in w for w in one["warnings"]), one["warnings"]
    assert run.reports[1]["process"]["exe"] == static
    later = harness.report(run.folder)
    assert any("not recorded" in w and static in w for w in later.report["warnings"])


def test_an_exec_that_fails_is_none(static):
    code = """
import os, sys
try:
    os.execv(sys.argv[1], ["x" * 100000] * 1000)
except OSError:
    print("too long")
"""
    for code in (code, "import socket\ns = socket.socket()\n" + code):
        run = harness.both(["/usr/bin/python3", "-c", code, static])
        assert run.out == "too long\n" and run.report["warnings"] == []


def test_what_runs_only_what_can_be_recorded_says_nothing(folder):
    run = harness.both(["bash", "-c", f"ls /dev/null; sh -c 'env true'; {compile_c(folder / 'dynamic-child')}; no-such-program-here; /; true"])
    assert not any("not recorded" in w for one in run.reports for w in one["warnings"])


def test_no_room_to_say_it(static):
    """The kernel's answer to a file beyond the limit would be SIGXFSZ."""
    run = harness.both(["bash", "-c", f"ulimit -f 0; {static}; echo $?"])
    assert run.out == "ran\n7\n"
