# SPDX-License-Identifier: Apache-2.0
"""The kernel's books beside the recorder's."""
import dataclasses
import re

from kernel import Log
from recorder import processes


@dataclasses.dataclass
class Result:
    pids: int = 0
    created: int = 0
    created_seen: int = 0
    closed: int = 0
    closed_seen: int = 0
    own: int = 0  # sockets that libc opened and closed inside itself
    differences: list = dataclasses.field(default_factory=list)


def libcs_own(made):
    """Sockets of getaddrinfo and of the name service: opened and closed inside one call of libc. They are
    balanced, and rule 17 leaves them alone."""
    return re.match(r"AF_UNIX, SOCK_STREAM\|SOCK_CLOEXEC\|SOCK_NONBLOCK, 0$|AF_NETLINK|AF_INET6?, SOCK_DGRAM", made)


def compare(log, folder):
    result, recorded = Result(), processes(folder)
    for pid, process in Log(log).processes.items():
        seen = recorded.get(pid, {})
        result.pids += bool(process.made or seen)
        for inode, made in process.made.items():
            closed = inode in process.closed
            if inode not in seen and closed and libcs_own(made):
                result.own += 1
                continue
            result.created += 1
            if inode in seen and not seen[inode].inherited:
                result.created_seen += 1
            else:
                result.differences.append(f"{pid}: opened behind its back: socket {inode} ({made})")
        for inode in {*process.made, *seen}:
            made, it = process.made.get(inode, "inherited"), seen.get(inode)
            closed = inode in process.closed
            if it is None and (made == "inherited" or (closed and libcs_own(made))):
                continue
            result.closed += closed
            if closed and it and it.closed and not it.unseen:
                result.closed_seen += 1
            elif closed:
                found = "found closed later" if it and it.closed else "believed open"
                result.differences.append(f"{pid}: closed behind its back, {found}: socket {inode} ({made})")
            elif it and it.closed:
                result.differences.append(f"{pid}: open, and believed closed: socket {inode} ({made})")
    return result
