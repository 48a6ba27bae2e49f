# SPDX-License-Identifier: Apache-2.0
"""Programs into which no library can be preloaded: one line before they run, never reported as clean."""
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
    assert text.returncode == status and "not recorded" in text.stderr and "left behind" not in text.stderr
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
    "nohup", "setsid", "setsid -w", "timeout 9", "timeout -s KILL --kill-after 1 9", "timeout --signal=INT -k1 9",
    "stdbuf -oL -e 0", "ionice -c 3", "env A=b nice -n 1 timeout 9")


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
    "env PATH={other} static", "env -C {other} ./static", "env -S static", "nice -n 1", "echo env static", "nice {script} static"])
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
    run = harness.both([*wrapper.split(), compile_c(folder / "plain")])
    assert not any("not recorded" in w for one in run.reports for w in one["warnings"])
    assert sum(one["summary"]["sockets"] for one in run.reports) == 1


def test_another_elf_class(folder):
    source = folder / "class32.S"
    source.write_text(".globl _start\n_start: mov $1, %eax\n mov $7, %ebx\n int $0x80\n")
    program = str(folder / "class32")
    subprocess.run(["gcc", "-m32", "-nostdlib", "-static", "-o", program, source], check=True)
    alone = harness.native([program])
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
@pytest.mark.skipif(not shutil.which("setpriv"), reason="no setpriv here")
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
    run = harness.both([compile_c(folder / "dynamic")])
    assert not any("not recorded" in w for w in run.report["warnings"])
    assert run.report["summary"]["sockets"] == 1


def test_through_the_dynamic_linker(folder):
    run = harness.both(["/lib64/ld-linux-x86-64.so.2", compile_c(folder / "by-linker")])
    assert not any("not recorded" in w for w in run.report["warnings"])
    assert run.report["summary"]["sockets"] == 1
