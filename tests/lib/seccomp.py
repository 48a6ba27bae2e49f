# SPDX-License-Identifier: Apache-2.0
"""For preexec_fn: system calls that the kernel refuses, as container runtimes have it."""
import ctypes
import errno
import os
import struct


ALLOW, END = 0x7fff0000, 0x80000000
LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06


def refuse(error):
    return 0x00050000 | error


def forbid(call, argument=None, value=0, answer=refuse(errno.EPERM)):
    """A seccomp filter that answers a system call with an error, or ends the process; of one that has an argument (0 is
    the first) with a value, whose lower half counts."""
    libc = ctypes.CDLL(None, use_errno=True)
    looks = [] if argument is None else [(LOAD, 0, 0, 16 + 8 * argument), (EQUAL, 0, 1, value)]
    ops = [(LOAD, 0, 0, 0), (EQUAL, 0, 1 + len(looks), call), *looks, (RETURN, 0, 0, answer), (RETURN, 0, 0, ALLOW)]
    program = b"".join(struct.pack("HBBI", *op) for op in ops)
    code = ctypes.create_string_buffer(program)
    filter_ = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(ops), ctypes.addressof(code)))
    libc.prctl(38, 1, 0, 0, 0)
    if libc.prctl(22, 2, filter_, 0, 0):
        os._exit(99)
