# SPDX-License-Identifier: Apache-2.0
"""For preexec_fn: system calls that the kernel refuses, as container runtimes have it."""
import ctypes
import os
import struct


def forbid(call, first=None):
    """A seccomp filter that answers a system call with EPERM; with one first argument it ends the process."""
    libc = ctypes.CDLL(None, use_errno=True)
    ops = [(0x20, 0, 0, 0), (0x15, 0, 1, call), (0x06, 0, 0, 0x00050001), (0x06, 0, 0, 0x7fff0000)]
    if first is not None:
        ops[1:3] = [(0x15, 0, 3, call), (0x20, 0, 0, 16), (0x15, 0, 1, first), (0x06, 0, 0, 0x80000000)]
    program = b"".join(struct.pack("HBBI", *op) for op in ops)
    code = ctypes.create_string_buffer(program)
    argument = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(ops), ctypes.addressof(code)))
    libc.prctl(38, 1, 0, 0, 0)
    if libc.prctl(22, 2, argument, 0, 0):
        os._exit(99)
