# SPDX-License-Identifier: Apache-2.0
"""Rules 8, 10, 11, 17, 18 and 19: what the program sees, and what happens behind our back."""
import glob
import os
import re
import shutil
import socket
import subprocess

import pytest

import harness

# A thread's block of TLS that begins at the 16th byte of a page is glibc 2.19's to the leak sanitizers of gcc 10 and clang 11,
# which then read what is not there, and libunwind's is one: as connleak(1) has it they are told not to look. Nor can they
# under an emulator, which traces nobody; there no `connleak run` puts their libraries before ours.
GLIBC = tuple(map(int, os.confstr("CS_GNU_LIBC_VERSION").split()[1].split(".")))
LEAKS = ({"ASAN_OPTIONS": "detect_leaks=0:verify_asan_link_order=0"} if harness.RUNNER else
         {"ASAN_OPTIONS": "detect_leaks=0"} if GLIBC < (2, 34) else {})
RESOLVER_APART = GLIBC < (2, 34)  # libresolv asks then, which is a library as any other

LEFT, CLOSED = ("leaked", "never-connected"), ("closed", "never-connected")
COPIES = "situations/copies"


def unnoticed(situation, **how):
    return harness.both([harness.victim("situations/unnoticed"), situation], **how)


def test_allocates_nothing_of_the_programs():
    assert unnoticed("allocates_nothing").out == "0 allocations\n"


def test_before_main_and_after_it():
    run = unnoticed("early_and_late")
    assert run.out.endswith(" 77\n")  # errno, which a success leaves alone
    # of preinit_array, constructor and destructor: the second is closed by an atexit handler, and keeps its verdict
    assert run.verdicts() == {LEFT: 3} and [c["teardown"] for c in run.connections] == [False, True, False]


def test_in_a_library_that_begins_before_us_and_ends_after_us():
    run = harness.both([harness.victim("situations/around")])
    assert run.out == "3 0\n" and run.verdicts() == {LEFT: 2, CLOSED: 1}


def test_thread_with_the_smallest_stack():
    assert unnoticed("smallest_stack").verdicts() == {CLOSED: 20}


def test_cancelled_in_a_call():
    run = unnoticed("cancelled_in_a_call")
    assert run.out == "cleanup 0\n1\n"
    assert sum(run.verdicts().values()) == 3 and all(v == "closed" for v, _ in run.verdicts())


def test_signals_and_masks():
    assert unnoticed("signals_and_masks").verdicts() == {CLOSED: 1, LEFT: 300}


def test_select_with_the_largest_first_argument():
    run = unnoticed("selects_among_all_numbers")
    assert run.out == "quick\n" and run.verdicts() == {LEFT: 1}


def test_errors():
    assert unnoticed("errors").out == "-1 111 -1 115 0 0 [111] 0 0 [0] -1 11 -1 14 -1 14 -1 14 0\n"


def test_what_cannot_be_read_is_an_error_and_no_crash():
    """poll, select, connect, accept: the wrapper looks at the array or the address, where the kernel says EFAULT."""
    run = unnoticed("unreadable_arguments")
    assert run.status == 0 and run.out.count("-1 14 ") == 19 and run.out.count("-1 ") == 20
    assert run.verdicts()["leaked", "connect-failed"] == 1  # EINVAL; EFAULT is no attempt


def test_accepts_into_little_room():
    assert unnoticed("accepts_into_little_room").out == "1 16\n"


def behind(situation, **how):
    return harness.both([harness.victim("situations/behind"), situation], **how)


@pytest.mark.parametrize("situation, role", [("raw_reads", "client"), ("raw_writes", "server"),
                                             ("throws_an_answer_away", "client"), ("by_stdio", "client"),
                                             ("by_stdio_and_killed", "client")])
def test_io_behind_our_back_voids_the_framing(situation, role):
    """Half an answer was seen going by. The kernel counts the rest: what was framed is not to be believed. Of a program
    that is killed nobody asks the kernel, but that stdio was at it is known."""
    (c,) = [c for c in behind(situation, exits=-9 if "killed" in situation else 0).connections if c["role"] == role and c["verdict"] not in ("listening", "closed")]
    assert (c["verdict"], c["reason"]) not in [("leaked", "undrained"), ("leaked", "unread"), ("leaked", "unanswered")]
    assert c["evidence"] != "framing"


@pytest.mark.parametrize("situation", ["connects_by_a_raw_call", "connects_by_sendto"])
def test_a_connection_that_nobody_saw_begin(situation):
    """Its first bytes say that it is one: from then on it is known as any other, by whom it is with and what it owes."""
    (c,) = [c for c in behind(situation).connections if c["verdict"] == "leaked"]
    assert (c["reason"], c["evidence"], c["role"]) == ("undrained", "framing", "client")
    assert c["peer"].startswith("127.0.0.1:") and c["local"].startswith("127.0.0.1:")


def test_sockets_inside_getaddrinfo_are_left_alone():
    run = unnoticed("asks_a_name_server")
    assert run.out == "1 1\n"
    seen = 1 + RESOLVER_APART
    assert [c["kind"] for c in run.report["connections"]] == ["udp"] * seen and run.report["summary"]["closed"] == seen


def test_a_connection_that_libc_keeps_is_not_the_programs():
    run = behind("asks_a_name_server_and_stays")
    assert run.out == "1 1\n"
    asked = [("drained", "kept-alive")] * RESOLVER_APART
    assert [(c["verdict"], c["reason"]) for c in run.report["connections"]] == [("closed", "unframed"), *asked]  # our server's


def test_libraries_that_come_and_go():
    assert unnoticed("comes_and_goes", env={"PLUGIN": harness.victim("situations/plugin.so")}).verdicts() == {CLOSED: 50}


# ---- the library itself ---------------------------------------------------------------------------------


def dynamic():
    return subprocess.run(["readelf", "-W", "-d", "-l", harness.LIBRARY], check=True, capture_output=True, text=True).stdout


def test_needs_nothing_but_libc():
    """Rule 11: libunwind linked, or libgcc_s, would take over the exceptions of what is loaded later."""
    needed = set(re.findall(r"\(NEEDED\).*\[(.+)\]", dynamic()))
    pieces = r"|lib(dl|pthread)\.so\.\d" * (GLIBC < (2, 34))  # of libc, which were files of their own
    assert all(re.fullmatch(r"libc\.so\.6|ld-linux-.+" + pieces, name) for name in needed), needed


def test_no_text_relocations_and_static_thread_local_storage():
    text = dynamic()
    assert "TEXTREL" not in text
    relocations = subprocess.run(["readelf", "-W", "-r", harness.LIBRARY], check=True, capture_output=True, text=True).stdout
    assert "TPREL" in relocations or "TPOFF" in relocations  # rule 10: initial-exec
    assert not re.search(r"__tls_get_addr|TLSDESC|DTPMOD", relocations)


def test_an_unwinder_of_its_own_is_no_symbol_of_the_program(tmp_path):
    run = subprocess.run(["/usr/bin/python3", "-c", "import socket, ctypes; socket.socket(); "
                          "print(hasattr(ctypes.CDLL(None), 'unw_backtrace'))"], capture_output=True, text=True,
                         env=harness.environment({"LD_PRELOAD": harness.LIBRARY, "CONNLEAK_OUTPUT": str(tmp_path)}), check=True)
    assert run.stdout == "False\n"


def test_without_an_unwinder(tmp_path):
    """Everything but the stacks is recorded, and the report says so."""
    source = tmp_path / "nothing.c"
    source.write_text("int nothing;\n")
    subprocess.run(["gcc", "-shared", "-o", tmp_path / "libunwind.so.8", source], check=True)
    run = harness.both([harness.victim(COPIES), "by_dup_left"], env={"LD_LIBRARY_PATH": str(tmp_path)})
    assert run.verdicts() == {LEFT: 1} and "libunwind" in "\n".join(run.report["warnings"])


# ---- others beside us -----------------------------------------------------------------------------------------


def library(pattern):
    found = glob.glob(pattern)
    assert found, f"{pattern} is not installed; ./dev test installs it"
    return found[0]


@pytest.mark.parametrize("other", ["/usr/lib/*/libjemalloc.so.2", "/usr/lib/*/faketime/libfaketime.so.1",
                                   "/usr/lib/*/libproxychains.so.4"])
@pytest.mark.parametrize("first", [True, False])
def test_other_preloads(other, first):
    other = library(other)
    preload = [harness.LIBRARY, other] if first else [other, harness.LIBRARY]
    env = {"LD_PRELOAD": ":".join(preload), "FAKETIME": "2001-01-01 00:00:00", "PROXYCHAINS_QUIET_MODE": "1"}
    folder = harness.new_folder()
    for situation, expected in (("by_dup_left", {LEFT: 1}), ("dup2_over", {LEFT: 1, CLOSED: 1})):
        alone = harness.native([harness.victim(COPIES), situation], env={**env, "LD_PRELOAD": other})
        run = harness.native([harness.victim(COPIES), situation], env={**env, "CONNLEAK_OUTPUT": folder})
        assert (run.status, run.out, run.err) == (alone.status, alone.out, alone.err)
        dump = max(glob.glob(folder + "/*.dump"), key=os.path.getmtime)
        report = harness.report(dump)
        assert harness.Run(0, "", "", report.reports).verdicts() == expected


def test_ourselves_twice(tmp_path):
    shutil.copy(harness.LIBRARY, tmp_path / "libconnleak.so")
    alone = harness.native([harness.victim(COPIES), "by_dup_left"])
    run = harness.native([harness.victim(COPIES), "by_dup_left"],
                         env={"LD_PRELOAD": f"{harness.LIBRARY}:{harness.LIBRARY}:{tmp_path}/libconnleak.so",
                              "CONNLEAK_OUTPUT": str(tmp_path)})
    assert (run.status, run.out, run.err) == (alone.status, alone.out, alone.err)
    for dump in tmp_path.glob("*.dump"):
        assert harness.report(dump).report["summary"]["leaked"] == 1


@pytest.mark.parametrize("compiler, sanitizer", [("gcc", "address"), ("gcc", "thread"), ("gcc", "undefined"),
                                                 ("clang", "address"), ("clang", "thread"), ("clang", "memory")])
def test_program_with_a_sanitizer(tmp_path, compiler, sanitizer):
    source = harness.ROOT / "tests/victims/situations/copies.c"
    program = tmp_path / "copies"
    subprocess.run([harness.which(compiler), "-g", "-O1", "-D_GNU_SOURCE", f"-fsanitize={sanitizer}", "-I", harness.ROOT / "preload", "-I", harness.ROOT / "include",
                    source, "-o", program], check=True, capture_output=True)
    alone = harness.native([str(program), "passed_closed"], env=LEAKS)
    if alone.status:
        pytest.skip(f"a program with this sanitizer does not run here: {alone.err[:200]}")
    run = harness.both([str(program), "passed_closed"], env=LEAKS)
    assert run.verdicts() == {CLOSED: 1}


def test_address_sanitizer_by_hand(tmp_path):
    """As the man page has it: gcc's shared one comes first."""
    program = tmp_path / "copies"
    subprocess.run(["gcc", "-D_GNU_SOURCE", "-fsanitize=address", "-I", harness.ROOT / "preload", "-I", harness.ROOT / "include",
                    harness.ROOT / "tests/victims/situations/copies.c", "-o", program], check=True, capture_output=True)
    asan = subprocess.run(["gcc", "-print-file-name=libasan.so"], check=True, capture_output=True, text=True).stdout.strip()
    alone = harness.native([str(program), "by_dup_left"], env=LEAKS)
    if alone.status:
        pytest.skip(f"a program with this sanitizer does not run here: {alone.err[:200]}")
    run = harness.native([str(program), "by_dup_left"],
                         env={"LD_PRELOAD": f"{asan} {harness.LIBRARY}", "CONNLEAK_OUTPUT": str(tmp_path), **LEAKS})
    assert (run.status, run.out, run.err) == (alone.status, alone.out, alone.err)
    assert harness.report(*tmp_path.glob("*.dump")).verdicts() == {LEFT: 1}


def test_exceptions_of_a_library_that_is_loaded_later(tmp_path):
    (tmp_path / "t.cc").write_text("#include <stdexcept>\n#include <pthread.h>\n"
                                   "struct D { int *p; ~D() { ++*p; } };\n"
                                   'extern "C" int thrown(void) { int n = 0; try { D d{&n}; throw std::runtime_error("x"); }'
                                   " catch (std::exception &) { return n; } return -1; }\n")
    (tmp_path / "m.c").write_text("#include <dlfcn.h>\n#include <stdio.h>\n#include <sys/socket.h>\n"
                                  "int main(int c, char **v) { socket(2, 1, 0); void *l = dlopen(v[1], RTLD_NOW);\n"
                                  'int (*f)(void) = (int (*)(void))dlsym(l, "thrown"); printf("%d\\n", f()); return c - 2; }\n')
    subprocess.run(["g++", "-shared", "-fPIC", "-o", tmp_path / "t.so", tmp_path / "t.cc"], check=True)
    subprocess.run(["gcc", "-o", tmp_path / "m", tmp_path / "m.c", "-ldl"], check=True)
    run = harness.both([str(tmp_path / "m"), str(tmp_path / "t.so")])
    assert run.out == "1\n" and run.verdicts() == {LEFT: 1}


@pytest.mark.parametrize("depth", [1, 2, 32, 64])
def test_a_stack_has_all_the_frames_asked_for(depth):
    """The recorder's own frames, on top of the program's, do not count."""
    run = unnoticed("opens_far_down", options=["--stack-depth", str(depth)])
    (c,) = [c for c in run.connections if c["reason"] == "never-connected"]
    frames = run.report["stacks"][c["stack"]]
    assert [f["function"] for f in frames] == ["call_down"] * depth


STANDARD_STREAM = {
    "reads": "os.read(0, 9)",
    "polls": "p = select.poll(); p.register(0, select.POLLIN | select.POLLOUT); p.poll(1000)",
    "selects": "select.select([0], [0], [], 1)",
    "watches": "e = select.epoll(); e.register(0, select.EPOLLIN); e.poll(1)",
    "asks": "assert socket.socket(fileno=0).getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0",
    "shuts": "socket.socket(fileno=0).shutdown(socket.SHUT_WR)",
}


@pytest.mark.parametrize("way", STANDARD_STREAM)
def test_a_standard_stream_that_is_a_socket_makes_no_dump(way):
    """A supervisor's or a journal's: this process opened none, whatever it does with that one."""
    ours, theirs = socket.socketpair()
    ours.send(b"anything")
    folder = harness.new_folder()
    with ours, theirs:
        subprocess.run(["/usr/bin/python3", "-S", "-c", "import os, select, socket\n" + STANDARD_STREAM[way]], stdin=theirs,
                       env=harness.environment({"LD_PRELOAD": str(harness.LIBRARY), "CONNLEAK_OUTPUT": str(folder)}), check=True)
    assert not os.listdir(folder)
