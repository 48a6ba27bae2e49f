# SPDX-License-Identifier: Apache-2.0
"""What the recorder saw: sockets by inode, straight out of the dumps (include/connleak/dump.h)."""
import dataclasses
import pathlib
import struct

PROCESS, CONNECTIONS, KERNEL = 1, 2, 8
FREE, OPEN, CLOSED = 0, 1, 2
INHERITED, CLOSED_UNSEEN, EXEC_CLOEXEC = 1 << 0, 1 << 10, 1 << 11
END_EXEC, GONE = 2, 4


@dataclasses.dataclass
class Seen:
    inherited: bool
    closed: bool
    unseen: bool  # found closed, not seen closing
    at_exec: bool  # every descriptor had close-on-exec at the exec that was begun


def chunks(data):
    at, = struct.unpack_from("<H", data, 14)
    end, = struct.unpack_from("<Q", data, 16)
    while at < end:
        kind, _, item, size, items = struct.unpack_from("<IHHQI", data, at)
        yield kind, [data[at + 64 + i * item:at + 64 + (i + 1) * item] for i in range(items)]
        at += size


def sockets(path):
    """pid, {inode: Seen} of one dump."""
    pid, ended, found, gone, by_id = 0, 0, {}, set(), {}
    for kind, items in chunks(pathlib.Path(path).read_bytes()):
        if kind == PROCESS:
            pid, = struct.unpack_from("<I", items[0])
            ended, = struct.unpack_from("<I", items[0], 72)
        elif kind == KERNEL:
            gone |= {struct.unpack_from("<Q", i)[0] for i in items if struct.unpack_from("<I", i, 20)[0] & GONE}
        elif kind == CONNECTIONS:
            for item in items:
                state, number, inode = item[4], *struct.unpack_from("<QQ", item, 8)
                flags, = struct.unpack_from("<H", item, 60)
                if state in (OPEN, CLOSED):
                    by_id[number] = inode, Seen(bool(flags & INHERITED), state == CLOSED, bool(flags & CLOSED_UNSEEN),
                                                bool(flags & EXEC_CLOEXEC))
    for number, (inode, seen) in sorted(by_id.items()):
        seen.unseen |= number in gone
        seen.closed |= number in gone or (ended == END_EXEC and seen.at_exec)
        merge(found, inode, seen)
    return pid, found


def merge(found, inode, later):
    """A socket may be met again, by another image, or passed to its own process after its close: what is
    said of it last counts, and that it was made here once."""
    later.inherited = later.inherited and (inode not in found or found[inode].inherited)
    found[inode] = later


def processes(folder):
    """{pid: {inode: Seen}}"""
    result = {}
    # connleak.7.dump, connleak.7.1.dump, connleak.7.2.dump
    for path in sorted(pathlib.Path(folder).glob("*.dump"), key=lambda p: [int(n) for n in p.name.split(".")[1:-1]]):
        pid, found = sockets(path)
        for inode, seen in found.items():
            merge(result.setdefault(pid, {}), inode, seen)
        result.setdefault(pid, {})
    return result
