# SPDX-License-Identifier: Apache-2.0
"""Rules 15 and 19, and the dump's: sandboxes, limits, full disks, folders that go away. The program behaves as
without us, and what could not be recorded is said."""
import errno
import mmap
import os
import subprocess

import pytest

import harness
import unwinder
from seccomp import forbid, refuse

VICTIM = "situations/hostile"
LEFT, CLOSED = ("leaked", "never-connected"), ("closed", "never-connected")


def both(situation, **how):
    """Behaviour natively and with us; standard error may have one line more, which is returned."""
    command = [harness.victim(VICTIM), situation]
    alone = harness.native(command, **{key: value for key, value in how.items() if key != "folder"})
    run = harness.run(command, **how)
    assert (run.status, run.out) == (alone.status, alone.out), run.err
    return run, [line for line in run.err.splitlines() if line not in alone.err.splitlines()]


def lost(run):
    return "\n".join(run.report["warnings"])


@pytest.mark.parametrize("situation", ["sandbox_by_prctl", "sandbox_by_syscall"])
def test_sandbox(situation):
    run, said = both(situation)
    assert run.status == 0 and said == []
    assert (run.verdicts()[CLOSED], run.verdicts()[LEFT]) == (1, 1) and run.report["summary"]["sockets"] == 5
    open_now = [c for c in run.connections if c["verdict"] not in ("closed", "closed-early", "leaked")]
    assert [(c["role"], c["bytes_in"]) for c in open_now] == [("server", 1)]
    assert "seccomp" in lost(run)


def test_sandbox_strict():
    run, said = both("sandbox_strict")
    assert run.status == 7 and said == [] and "seccomp" in lost(run)
    assert [(c["role"], c["bytes_in"], c["bytes_out"]) for c in run.connections if c["verdict"] != "closed"] == \
        [("client", 0, 5), ("server", 3, 0)]


def test_first_socket_inside_a_sandbox():
    run, said = both("sandbox_before_the_first_socket")
    assert run.status == 0 and said == [] and run.dumps() == []


def test_sandbox_refused():
    run, said = both("sandbox_refused")
    assert run.report["summary"]["sockets"] == 4 and "seccomp" not in lost(run)
    assert all(run.report["stacks"][c["stack"]] for c in run.connections)
    assert [c["local"] is None for c in run.connections] == [True, False, False, False]


def test_sandbox_for_all_threads_at_once():
    for _ in range(5):  # the filter finds the other thread in a different place each time
        run, said = both("sandbox_for_all_threads")
        assert run.status == 0 and said == []


def test_sandbox_comes_over_a_thread_that_takes_a_stack(tmp_path):
    """It is waited for: the recorder began when it was allowed to ask, and it has not finished."""
    run, said = both("sandbox_for_all_threads", env=unwinder.instead(tmp_path, "usleep(3000); getppid();"))
    assert run.status == 0 and said == []


def test_program_that_closes_everything():
    run, said = both("closes_everything")
    assert run.out.endswith("untouched\n") and said == []


def test_without_standard_streams(tmp_path):
    """The sockets get their numbers; so does, for a moment, the dump."""
    command = ["sh", "-c", 'exec "$0" no_standard_streams <&- 2>&-', harness.victim(VICTIM)]
    alone = harness.native(command)
    run = harness.native(command, env={"LD_PRELOAD": harness.LIBRARY, "CONNLEAK_OUTPUT": str(tmp_path)})
    assert (run.status, run.out) == (alone.status, alone.out) == (0, "0 2 3\n")
    assert harness.report(*tmp_path.glob("*.dump")).verdicts() == {CLOSED: 1, LEFT: 2}


def test_descriptor_numbers():
    run, said = both("descriptors_are_the_same")
    assert run.verdicts() == {LEFT: 300} and said == []


def test_nofile_64():
    run, said = both("nofile_64")
    assert run.out == "last 63 errno 24\n" and said == []
    assert run.verdicts() == {LEFT: 61} and run.report["process"]["nofile"] == 64


def test_no_descriptor_left_for_the_dump():
    run, said = both("nofile_full_at_the_first_socket")
    assert run.out == "last 7 errno 24\n" and len(said) == 1 and "no descriptor left" in said[0]


def test_nofile_a_million():
    run, said = both("nofile_a_million")
    assert said == [] and run.verdicts() == {CLOSED: 1, LEFT: 3}


def test_fsize_0(tmp_path):
    run, said = both("fsize_0")
    assert len(said) == 1 and "ulimit -f" in said[0] and run.dumps() == []


@pytest.mark.parametrize("situation,at_least", [("fsize_too_small_to_grow", 256), ("little_memory", 256)])
def test_dump_that_cannot_grow(situation, at_least):
    run, said = both(situation)
    assert run.out == "last 902 errno 0\n" and said == []
    kept = run.report["summary"]["leaked"]
    assert at_least <= kept < 900 and f"{900 - kept} connections not recorded" in lost(run)


def test_no_memory():
    run, said = both("no_memory")
    assert run.out == "last 5 errno 0\n" and "ulimit -v" in said[0] and "could make no dump" in said[1]


def test_folder_goes_away():
    folder = harness.new_folder()
    alone = harness.native([harness.victim(VICTIM), "folder_goes_away"], env={"FOLDER": folder})
    os.makedirs(folder, exist_ok=True)
    os.makedirs(folder + "/inner")
    run = harness.execute([harness.CONNLEAK, "run", "-o", folder + "/inner", "--", harness.victim(VICTIM),
                           "folder_goes_away"], env={"FOLDER": folder + "/inner"})
    assert (run.returncode, run.stdout) == (alone.status, alone.out)


def test_root_changes(tmp_path):
    if os.getuid() != 0:
        pytest.skip("chroot needs root")
    run, said = both("root_changes", env={"FOLDER": str(tmp_path)})
    assert said == [] and run.report["summary"]["leaked"] >= 256 and "could not be extended" in lost(run)


def test_childs_root_changes(tmp_path):
    """The child has no dump, and not the folder to make one in: its parent's says that it is missing."""
    if os.getuid() != 0:
        pytest.skip("chroot needs root")
    run, said = both("childs_root_changes", env={"FOLDER": str(tmp_path)})
    assert len(run.reports) == 1 and run.verdicts() == {LEFT: 1}
    assert len(said) == 1 and "no dump" in said[0]
    assert lost(run) == "1 forked children not recorded: no dump could be made for them"


@pytest.mark.parametrize("path", [harness.victim(VICTIM), "./" + os.path.basename(harness.victim(VICTIM))])
def test_no_proc(path):
    """What there is for itself the command finds all the same, and so is the program named that was started."""
    if os.getuid() != 0:
        pytest.skip("a namespace of mounts needs root")
    folder = harness.new_folder()
    hidden = 'mount --make-private /proc && mount -t tmpfs none /proc && exec "$@"'  # also where / is no mount, as in a chroot
    run = harness.execute(["unshare", "-m", "--propagation", "unchanged", "sh", "-c", hidden, "-", harness.CONNLEAK, "run", "-o", folder,
                           "--", path, "nofile_64"], cwd=os.path.dirname(harness.victim(VICTIM)))
    report = harness.report(folder).report
    assert run.returncode == 0 and report["process"]["exe"] == harness.victim(VICTIM)
    assert {"hostile.c", "situation.h"} & {os.path.basename(f["file"]) for stack in report["stacks"].values() for f in stack if f.get("file")}


def test_an_older_container():
    """The command finds its library where glibc may not look at a folder (faccessat2)."""
    env = {name: value for name, value in harness.environment().items() if name != "CONNLEAK_LIBRARY"}
    run = subprocess.run([harness.BUILD / "analyzer/connleak", "run", "-o", harness.new_folder(), "--", harness.victim(VICTIM), "nofile_64"],
                         capture_output=True, text=True, env=env, timeout=harness.TIMEOUT, preexec_fn=lambda: forbid(439))
    assert run.returncode == 0 and "started by" in run.stderr, run.stderr


@pytest.mark.parametrize("call, argument, value, error, said", [
    (28, 2, 18, errno.EINVAL, "Linux 4.14"), (9, 3, mmap.MAP_SHARED, errno.ENODEV, "cannot be mapped")], ids=["madvise", "mmap"])
def test_nothing_can_be_recorded(call, argument, value, error, said):
    """An older kernel, or another than Linux; a folder of 9p or FUSE. A program without a socket hears nothing of it, and of one
    that opens some it is not said that it opened none."""
    def run(*command):
        it = subprocess.run([harness.CONNLEAK, "run", "-o", harness.new_folder(), "--", *command], capture_output=True, text=True,
                            timeout=harness.TIMEOUT, env=harness.environment(), preexec_fn=lambda: forbid(call, argument, value, refuse(error)))
        assert it.returncode == 0
        return it.stderr
    assert "no dump" not in run("true")
    err = run(harness.victim(VICTIM), "nofile_64")
    assert err.count("connleak: no dump, nothing is recorded") == 1 and said in err, err
    assert "hostile is a process that opened a socket and could make no dump" in " ".join(err.split())


@pytest.mark.parametrize("may_search", [True, False])
def test_user_changes(may_search):
    """As a server does that root starts: the dump is its new user's, and grows as long as that one gets at its folder."""
    if os.getuid() != 0:
        pytest.skip("to become another user needs root")
    folder = harness.new_folder()
    os.chmod(folder, 0o711 if may_search else 0o700)
    run, said = both("user_changes", folder=folder)
    assert said == [] and [os.stat(dump).st_uid for dump in run.dumps()] == [65534]
    if may_search:
        assert run.report["summary"]["leaked"] == 901 and not run.report["warnings"]
    else:
        assert run.report["summary"]["leaked"] >= 256 and "another user" in lost(run)


def test_user_changed_before_the_first_socket():
    if os.getuid() != 0:
        pytest.skip("to become another user needs root")
    temporary = harness.new_folder()
    os.chmod(temporary, 0o777)
    run, said = both("user_changed_before", env={"TMPDIR": temporary})
    assert os.listdir(temporary) == [f"connleak.{run.report['process']['pid']}.dump"]
    assert len(said) == 1 and "permission denied" in said[0]
    assert run.verdicts() == {LEFT: 3}  # in the temporary folder


def small_disk(tmp_path, size):
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", disk], capture_output=True,
                      check=False).returncode:
        pytest.skip("mount is not permitted here")
    return disk


@pytest.mark.parametrize("situation,size", [("nofile_64", "64k"), ("fsize_too_small_to_grow", "256k")])
def test_full_disk(tmp_path, situation, size):
    """Without room for the dump at all, and for its first part only. SIGBUS would end the program."""
    disk = small_disk(tmp_path, size)
    try:
        alone = harness.native([harness.victim(VICTIM), situation])
        report = tmp_path / "report.json"
        run = harness.execute([harness.CONNLEAK, "run", "-f", "json", "--report-file", report, "-o", disk, "--",
                               harness.victim(VICTIM), situation], env={"TMPDIR": str(disk)})
        assert (run.returncode, run.stdout) == (alone.status, alone.out), run.stderr
        if size == "64k":
            assert "no space left" in run.stderr
        else:
            assert 256 <= harness.load(report)[0]["summary"]["leaked"] < 900
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


def test_read_only_folder(tmp_path):
    disk = small_disk(tmp_path, "1m")
    try:
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        run = harness.execute([harness.victim(VICTIM), "nofile_64"], cwd=disk,
                              env={"LD_PRELOAD": harness.LIBRARY, "TMPDIR": str(disk)})
        assert (run.returncode, run.stdout) == (0, "last 63 errno 24\n")
        assert "read-only file system" in run.stderr and len(run.stderr.splitlines()) == 1
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


def test_dump_that_was_replaced(tmp_path):
    """By another file of its name, which is not ours to write to: what finds no room in the old one is counted."""
    env = {"FOLDER": str(tmp_path), "CONNLEAK_OUTPUT": str(tmp_path), "LD_PRELOAD": harness.LIBRARY}
    run = harness.execute([harness.victim(VICTIM), "dump_is_replaced"], env=env)
    assert (run.returncode, run.stdout, run.stderr) == (0, "last 903 errno 0\n", "")
    (another,) = tmp_path.glob("*.dump")
    assert another.read_text() == "mine\n"
    assert "could not be extended" in lost(harness.report(tmp_path / "moved"))


@pytest.mark.parametrize("env", [{}, {"CONNLEAK_HISTORY": "many"}])
def test_complaint_into_a_broken_pipe(tmp_path, env):
    """One under a lock of ours, with all signals blocked, and one at the start, with none."""
    reader, writer = os.pipe()
    os.close(reader)
    run = subprocess.run([harness.victim(VICTIM), "complaint_into_a_broken_pipe"], stdout=subprocess.PIPE, stderr=writer,
                         env=harness.environment({"LD_PRELOAD": harness.LIBRARY, "CONNLEAK_OUTPUT": str(tmp_path), **env}),
                         timeout=harness.TIMEOUT, check=False)
    os.close(writer)
    assert (run.returncode, run.stdout) == (0, b"last 3 errno 0\n")


def test_complaint_into_a_file_at_its_limit(tmp_path):
    with open(tmp_path / "err", "wb") as err:
        run = subprocess.run([harness.victim(VICTIM), "complaint_into_a_broken_pipe"], stdout=subprocess.PIPE, stderr=err,
                             env=harness.environment({"LD_PRELOAD": harness.LIBRARY, "CONNLEAK_OUTPUT": str(tmp_path)}),
                             timeout=harness.TIMEOUT, check=False)
    assert (run.returncode, run.stdout) == (0, b"last 3 errno 0\n")


def test_complaint_into_a_connection():
    run, said = both("complaint_into_a_connection")
    assert run.out == "-1\n" and said == []
